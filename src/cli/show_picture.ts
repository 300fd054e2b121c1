/**
 * Pictures on terminals that can show some.
 *
 * @module
 */
import type { Image } from "../image/types.ts";
import { toBase64 } from "../tools/describe_sample.ts";

/** How terminals take pictures. */
export type PictureProtocol = "kitty" | "iterm2" | "sixel";

/**
 * What a terminal says of itself by its variables; nothing where it says nothing of pictures.
 *
 * The names are those that kitty, Ghostty, WezTerm, iTerm2, Konsole, foot and mlterm document.
 */
export function findProtocol(
  get: (name: string) => string | undefined,
): PictureProtocol | undefined {
  const term = get("TERM") ?? "";
  const program = get("TERM_PROGRAM") ?? "";
  // Multiplexers swallow what they do not know.
  if (/^(tmux|screen)/.test(term) || get("TMUX")) return undefined;
  if (get("KITTY_WINDOW_ID") || /kitty|ghostty/.test(term) || program === "ghostty") return "kitty";
  if (program === "iTerm.app" || program === "WezTerm" || get("LC_TERMINAL") === "iTerm2") {
    return "iterm2";
  }
  if (get("KONSOLE_VERSION")) return "kitty";
  return /^(foot|mlterm|yaft)|sixel/.test(term) ? "sixel" : undefined;
}

/** Most bytes of base64 that kitty takes at once. */
const KITTY_PIECE = 4096;

/**
 * A picture as a terminal takes it.
 *
 * @param image Pixels [H, W, 3], for sixel.
 * @param png The same as a file, for the others.
 */
export function formatPicture(image: Image, png: Uint8Array, protocol: PictureProtocol): string {
  if (protocol === "sixel") return formatSixel(image);
  const base64 = toBase64(png);
  if (protocol === "iterm2") {
    return `\x1b]1337;File=inline=1;size=${png.length};preserveAspectRatio=1:${base64}\x07`;
  }
  const pieces: string[] = [];
  for (let at = 0; at < base64.length; at += KITTY_PIECE) {
    const isLast = at + KITTY_PIECE >= base64.length;
    const keys = at === 0 ? `a=T,f=100,m=${isLast ? 0 : 1}` : `m=${isLast ? 0 : 1}`;
    pieces.push(`\x1b_G${keys};${base64.slice(at, at + KITTY_PIECE)}\x1b\\`);
  }
  return pieces.join("");
}

/** Levels of each channel: 216 colours, of the 256 that terminals have. */
const LEVELS = 6;
/** Thresholds of an ordered dither, of 16. */
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/** DEC's sixels: six rows at a time, colour by colour, repetitions counted. */
function formatSixel({ width, height, data }: Image): string {
  const percent = (level: number): number => Math.round(100 * level / (LEVELS - 1));
  let text = `\x1bP0;1q"1;1;${width};${height}`;
  for (let colour = 0; colour < LEVELS ** 3; colour++) {
    const [red, green, blue] = [
      Math.floor(colour / 36),
      Math.floor(colour / 6) % 6,
      colour % 6,
    ].map(percent);
    text += `#${colour};2;${red};${green};${blue}`;
  }
  const colours = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const threshold = (BAYER[4 * (y & 3) + (x & 3)] + 0.5) / 16;
      let colour = 0;
      for (let c = 0; c < 3; c++) {
        colour = LEVELS * colour + Math.floor(data[3 * i + c] * (LEVELS - 1) / 255 + threshold);
      }
      colours[i] = colour;
    }
  }
  for (let top = 0; top < height; top += 6) {
    const rows = Math.min(6, height - top);
    const band = colours.subarray(top * width, (top + rows) * width);
    for (const colour of [...new Set(band)].sort((a, b) => a - b)) {
      text += `#${colour}${formatBand(band, width, rows, colour)}$`;
    }
    text += "-";
  }
  return `${text}\x1b\\`;
}

function formatBand(band: Uint8Array, width: number, rows: number, colour: number): string {
  let text = "";
  let last = "";
  let count = 0;
  const flush = (): void => {
    text += count > 3 ? `!${count}${last}` : last.repeat(count);
  };
  for (let x = 0; x < width; x++) {
    let bits = 0;
    for (let y = 0; y < rows; y++) if (band[y * width + x] === colour) bits |= 1 << y;
    const sign = String.fromCharCode(63 + bits);
    if (sign !== last) {
      flush();
      last = sign;
      count = 0;
    }
    count++;
  }
  // Nothing behind the last pixel of a colour need be said.
  if (last !== "?") flush();
  return text;
}
