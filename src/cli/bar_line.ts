/**
 * The line of a bar: as much of what there is to say as the terminal is wide.
 *
 * @module
 */
import type { WorkerState } from "../workers/state.ts";
import { countText } from "./words.ts";

/** A line that is drawn again and again. */
export interface BarLine {
  /**
   * Draws it.
   *
   * @param total What `done` comes to, where that is known.
   * @param more What is said besides where there is room for it, the longest first.
   */
  update(done: number, total: number | undefined, text: string, more?: readonly string[]): void;
  /** Takes it away, so that another line can stand in its place, until {@linkcode BarLine.show} is called as often. */
  hide(): void;
  /** Lets it come again, below what was written meanwhile. */
  show(): void;
  stop(): void;
}

/** Where it is drawn. */
export interface BarStream extends NodeJS.WritableStream {
  /** Letters in a line. */
  readonly columns?: number;
  readonly isTTY?: boolean;
}

const BAR_LETTERS = 40;
const LEAST_BAR_LETTERS = 10;

/** Its end puts the cursor where it was when it began: over the lines that came since. */
const PLACES = new Set(["\x1b7", "\x1b8"]);

/** To the begin of the line, which is cleared. */
const CLEAR = "\r\x1b[2K";

/**
 * Starts a line; nothing is drawn yet.
 *
 * @param isPassing Whether nothing of it stays when it ends.
 */
export function startLine(
  { SingleBar, Presets }: typeof import("cli-progress"),
  stream: BarStream,
  isPassing = false,
): BarLine {
  let bar: InstanceType<typeof SingleBar> | undefined;
  let part: number | undefined;
  let hidden = 0;
  const own = Object.create(stream, {
    write: {
      value: (text: string) => hidden > 0 || PLACES.has(text) ? true : stream.write(text),
    },
  }) as BarStream;
  const options = {
    format: "{line}",
    stream: own,
    hideCursor: true,
    // What is written above is drawn over it, and is not to be cut off at the terminal's edge, as the bar is.
    forceRedraw: true,
    linewrap: true,
    clearOnComplete: isPassing,
  };
  return {
    update(done, total, text, more = []): void {
      part = total === undefined ? undefined : total === 0 ? 1 : Math.min(1, done / total);
      const line = layOutLine(part, text, more, stream.columns || 80);
      if (bar === undefined) {
        bar = new SingleBar(options, Presets.shades_classic);
        bar.start(total ?? 0, 0, { line });
      }
      // Where a lane begins inside a shard, more is read than there is.
      bar.update(Math.min(done, total ?? done), { line });
    },
    hide(): void {
      if (hidden++ === 0 && bar?.isActive) stream.write(CLEAR);
    },
    show: () => void (hidden = Math.max(0, hidden - 1)),
    stop(): void {
      hidden = 0;
      bar?.stop();
    },
  };
}

/**
 * A line for a terminal of a width: the bar is what gives way, and then what is said besides.
 *
 * @param part How much is done, 0 to 1; absent where nobody knows, and there is no bar then.
 */
export function layOutLine(
  part: number | undefined,
  text: string,
  more: readonly string[],
  columns: number,
): string {
  const percent = part === undefined ? "" : `${Math.floor(part * 100)}% | `;
  const least = part === undefined ? 0 : LEAST_BAR_LETTERS + 1;
  const room = columns - 1 - percent.length - text.length;
  const own = more.find((each) => each.length + 3 <= room - least);
  const said = `${percent}${text}${own === undefined ? "" : ` | ${own}`}`;
  if (part === undefined) return said;
  const letters = Math.min(BAR_LETTERS, columns - 2 - said.length);
  // Where not even a short one fits, the number says it.
  if (letters < LEAST_BAR_LETTERS) return said;
  const full = Math.round(part * letters);
  return `${"\u2588".repeat(full)}${"\u2591".repeat(letters - full)} ${said}`;
}

/** A worker that is at something for longer is said to be. */
const LONG_MS = 2000;

/** What workers are doing: each of them, and in few words; nothing where there is none. */
export function describeWorkers(states: readonly WorkerState[], nowMs: number): string[] {
  if (states.length === 0) return [];
  const each = states.map(({ images, busySinceMs, restarts }) => {
    const longMs = busySinceMs === undefined ? 0 : nowMs - busySinceMs;
    const notes = [
      ...(busySinceMs === undefined ? ["waits"] : []),
      ...(longMs > LONG_MS ? [`${Math.round(longMs / 1000)} s at one`] : []),
      ...(restarts > 0 ? [`started ${restarts + 1} times`] : []),
    ];
    return `${images}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
  });
  const waiting = states.filter(({ busySinceMs }) => busySinceMs === undefined).length;
  return [
    `workers: ${each.join(" ")}`,
    `${countText(states.length, "worker")}${waiting === 0 ? "" : `, ${waiting} of them waiting`}`,
  ];
}
