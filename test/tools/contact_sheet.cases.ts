/** Contact sheets: which pictures, where, how much of them is bright, and what terminals are sent. */

import { assert } from "chai";
import { findProtocol, formatPicture } from "../../src/cli/show_picture.ts";
import { encodePng } from "../../src/image/encode/png.ts";
import { decodeJpeg, init } from "../../src/image/jpeg/mod.ts";
import { resize } from "../../src/image/resize/resize.ts";
import { evaluation, training } from "../../src/image/transform/mod.ts";
import type { Image } from "../../src/image/types.ts";
import { formatContactSheetPage, makeContactSheet } from "../../src/tools/mod.ts";
import type { WdsError } from "../../mod.ts";
import { noCompression, type TestCase } from "../case.ts";
import { catchError, makeShard } from "../dataset/shards.ts";
import { decodePng } from "../image/decode_png.ts";

const EDGE = 32;
const GAP = 6;
const ROW = EDGE + 14 + GAP;

/** The pixel at a place. */
function at({ width, data }: Image, x: number, y: number): number[] {
  return [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
}

/** The part of a sheet where a picture is. */
function cut(sheet: Image, left: number, top: number, width: number, height: number): Uint8Array {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * sheet.width + left);
    data.set(sheet.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  return data;
}

/** Escape and bell as signs that are none of base64's, nor of sixels'. */
function spell(text: string): string {
  return text.replaceAll("\x1b", "<").replaceAll("\x07", ">");
}

/** Reads sixels: what a terminal would draw, for pictures that name their colours first. */
function readSixel(text: string): { width: number; height: number; data: Uint8Array } {
  const [, body] = /^<P[\d;]*q([^<]*)<\\$/.exec(spell(text)) ?? [];
  const [raster, width, height] = /^"1;1;(\d+);(\d+)/.exec(body)!;
  const palette: number[][] = [];
  const data = new Uint8Array(3 * Number(width) * Number(height));
  let [x, y, colour] = [0, 0, 0];
  const rest = body.slice(raster.length);
  for (
    const [, define, number, count, sign] of rest.matchAll(
      /#(\d+;2;\d+;\d+;\d+)|#(\d+)|(?:!(\d+))?([?-~$-])/g,
    )
  ) {
    if (define !== undefined) {
      const [index, , ...percent] = define.split(";").map(Number);
      palette[index] = percent.map((value) => Math.round(255 * value / 100));
    } else if (number !== undefined) colour = Number(number);
    else if (sign === "$") x = 0;
    else if (sign === "-") [x, y] = [0, y + 6];
    else {
      const bits = sign.charCodeAt(0) - 63;
      for (let n = Number(count ?? 1); n > 0; n--, x++) {
        for (let bit = 0; bit < 6; bit++) {
          if ((bits >> bit) & 1) {
            data.set(palette[colour], 3 * ((y + bit) * Number(width) + x));
          }
        }
      }
    }
  }
  return { width: Number(width), height: Number(height), data };
}

export const cases: TestCase[] = [
  {
    name:
      "makeContactSheet() shows each picture as Pillow resizes it, in rows, and leaves a gap for faults",
    skip: noCompression,
    async run({ read }): Promise<void> {
      await init();
      const file = await read("jpeg/baseline/420_42x32.jpg");
      const shard = await makeShard([
        ["a.jpg", file],
        ["a.cls", "1"],
        ["b.jpg", file.subarray(0, 90)],
        ["b.cls", "x"],
        ["c.jpg", file],
        ["d.txt", "no image"],
      ]);
      const faults: WdsError[] = [];
      const { image, cells } = await makeContactSheet(shard, {
        columns: 2,
        size: EDGE,
        labels: [{ name: "cat" }, { name: "Dog <b>" }],
        onFault: (fault) => void faults.push(fault),
      });
      assert.deepEqual([image.width, image.height], [2 * (EDGE + GAP) + GAP, 2 * ROW + GAP]);
      assert.deepEqual(cells.map(({ key, index, cls, caption }) => [key, index, cls, caption]), [
        ["a", 0, 1, "Dog <b>"],
        ["b", 1, undefined, "b"],
        ["c", 2, undefined, "c"],
        ["d", 3, undefined, "d"],
      ]);
      assert.deepEqual(cells.map(({ imageSize }) => imageSize), [
        [42, 32],
        undefined,
        [42, 32],
        undefined,
      ]);
      assert.deepEqual(faults.map(({ code, key }) => [code, key]), [
        ["jpeg/truncated", "b"],
        ["sample/no-image", "d"],
      ]);
      const small = resize(decodeJpeg(file), { width: 32, height: 24 });
      for (const top of [GAP, GAP + ROW]) {
        assert.deepEqual(cut(image, GAP, top + 4, 32, 24), small.data);
      }
      assert.deepEqual(at(image, GAP + EDGE + GAP + 1, GAP + 1), [48, 48, 48]);
      const few = await makeContactSheet(shard, { count: 1, size: EDGE });
      assert.deepEqual([few.cells.length, few.image.width], [1, EDGE + 2 * GAP]);
      const page = await formatContactSheetPage({ image, cells }, "a & b");
      assert.match(page, /<title>a &#38; b<\/title>/);
      assert.match(page, /Dog &#60;b&#62;/);
      assert.lengthOf([...page.matchAll(/<img /g)], 2);
      assert.lengthOf([...page.matchAll(/not decoded/g)], 2);
      assert.notMatch(page, /Dog <b>|https?:/);
    },
  },
  {
    name: "makeContactSheet() darkens what a model does not see",
    async run({ read }): Promise<void> {
      await init();
      const file = await read("jpeg/baseline/420_42x32.jpg");
      const shard = await makeShard([["a.jpg", file]]);
      // Resized to 42 x 32, the middle 16 x 16 of which is kept: columns 13 to 28, rows 8 to 23.
      const crop = evaluation({ size: 16, resize: 32 });
      const { image } = await makeContactSheet(shard, { size: 42, crop });
      const { data } = decodeJpeg(file);
      const [left, top] = [GAP, GAP + 5];
      for (let y = 0; y < 32; y++) {
        for (let x = 0; x < 42; x++) {
          const isSeen = x >= 13 && x < 29 && y >= 8 && y < 24;
          const whole = [...data.subarray(3 * (42 * y + x), 3 * (42 * y + x) + 3)];
          const expected = isSeen ? whole : whole.map((value) => value * 90 >> 8);
          assert.deepEqual(at(image, left + x, top + y), expected, `${x}, ${y}`);
        }
      }
      const drawn = await catchError(makeContactSheet(shard, { crop: training({ size: 16 }) }));
      assert.instanceOf(drawn, TypeError);
      const none = await catchError(makeContactSheet(shard, { columns: 0 }));
      assert.instanceOf(none, RangeError);
    },
  },
  {
    name: "pictures reach terminals whole: in pieces for kitty, as a file for iTerm2, as sixels",
    skip: noCompression,
    async run({ read }): Promise<void> {
      await init();
      const image = decodeJpeg(await read("jpeg/baseline/420_42x32.jpg"));
      const png = await encodePng(image);
      const bytes = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const kitty = spell(formatPicture(image, png, "kitty"));
      const pieces = [...kitty.matchAll(/<_G([^;]*);([^<]*)<\\/g)];
      assert.equal(pieces.map(([whole]) => whole).join(""), kitty);
      assert.match(pieces[0][1], /^a=T,f=100,m=[01]$/);
      pieces.forEach(([, keys, piece], i) => {
        assert.equal(keys.endsWith("m=0"), i === pieces.length - 1);
        assert.isAtMost(piece.length, 4096);
      });
      const joined = bytes(pieces.map(([, , piece]) => piece).join(""));
      assert.deepEqual(Uint8Array.from((await decodePng(joined)).data), image.data);
      const iterm = spell(formatPicture(image, png, "iterm2"));
      const [, size, file] = /^<\]1337;File=inline=1;size=(\d+);[^:]*:([^>]*)>$/.exec(
        iterm,
      )!;
      assert.equal(Number(size), png.length);
      assert.deepEqual(bytes(file), png);
      const drawn = readSixel(formatPicture(image, png, "sixel"));
      assert.deepEqual([drawn.width, drawn.height], [image.width, image.height]);
      // Six levels a channel, dithered: no pixel is farther than a level, and blocks are right on average.
      let sum = 0;
      for (let i = 0; i < image.data.length; i++) {
        assert.isAtMost(Math.abs(drawn.data[i] - image.data[i]), 51);
        sum += drawn.data[i] - image.data[i];
      }
      assert.isBelow(Math.abs(sum / image.data.length), 3);
    },
  },
  {
    name: "terminals are known by what they say of themselves",
    run(): void {
      const find = (variables: Record<string, string>) => findProtocol((name) => variables[name]);
      assert.equal(find({ TERM: "xterm-kitty" }), "kitty");
      assert.equal(find({ TERM: "xterm-ghostty" }), "kitty");
      assert.equal(find({ TERM: "xterm-256color", KONSOLE_VERSION: "230800" }), "kitty");
      assert.equal(find({ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }), "iterm2");
      assert.equal(find({ TERM: "xterm-256color", TERM_PROGRAM: "WezTerm" }), "iterm2");
      assert.equal(find({ TERM: "foot" }), "sixel");
      assert.isUndefined(find({ TERM: "xterm-256color" }));
      assert.isUndefined(find({ TERM: "tmux-256color", TERM_PROGRAM: "iTerm.app" }));
      assert.isUndefined(find({}));
    },
  },
];
