/**
 * A process that holds a corpus and does a share of the work whenever it is told to: ours on Deno, Node or Bun, Python,
 * or a small C program. All of them speak the same protocol.
 *
 * On its standard input the process gets a line with the number of blobs and their sizes, the blobs, and a line of JSON with
 * what else its tasks take for each blob. It answers with a line of JSON: what it is called, and what it can do. Then, for
 * each line `TASK FIRST COUNT TIMES SETTINGS`, it does a task for some of the blobs, each several times, and answers with its
 * cost as JSON, or with `{"error": …}`.
 *
 * @module
 */
import type { Cost } from "./question.ts";

/** Which of the blobs, how often, and what else the task takes. */
export interface Work {
  /**
   * Number of the first.
   * @default 0
   */
  readonly first?: number;
  /**
   * How many.
   * @default {all}
   */
  readonly count?: number;
  /**
   * How often each is done.
   * @default 1
   */
  readonly times?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** What a process says about itself. */
export type Facts = Readonly<Record<string, string>>;

/** What a process answers: its cost, and what else the task tells. */
export type WorkCost = Cost & Readonly<Record<string, unknown>>;

/**
 * Has glibc keep what a process frees. Otherwise libjpeg-turbo's memory of a progressive file is taken from the system anew
 * with each file, and its page faults, which some machines make dear, outweigh the decoding.
 */
export const KEEP_MEMORY: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: "1073741824",
  MALLOC_TRIM_THRESHOLD_: "2147483647",
};

/** A process at work. */
export class WorkProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #count: number;
  /** What it says about itself: versions by package, only those that are there. */
  readonly facts: Facts;

  private constructor(
    child: Deno.ChildProcess,
    writer: WritableStreamDefaultWriter<Uint8Array>,
    lines: ReadableStreamDefaultReader<string>,
    count: number,
    facts: Facts,
  ) {
    this.#child = child;
    this.#writer = writer;
    this.#lines = lines;
    this.#count = count;
    this.facts = facts;
  }

  /** Starts a process and gives it the blobs, and for each one what else its tasks take. */
  static async start(
    [command, ...args]: readonly string[],
    blobs: readonly Uint8Array[],
    { extras = [], env }: {
      readonly extras?: readonly unknown[];
      readonly env?: Record<string, string>;
    } = {},
  ): Promise<WorkProcess> {
    const child = new Deno.Command(command, {
      args,
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const writer = child.stdin.getWriter();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines())
      .getReader();
    const encoder = new TextEncoder();
    const sizes = blobs.map(({ length }) => length);
    try {
      await writer.write(encoder.encode(`${[blobs.length, ...sizes].join(" ")}\n`));
      for (const blob of blobs) await writer.write(blob);
      await writer.write(encoder.encode(`${JSON.stringify(extras)}\n`));
    } catch {
      // It has ended; its output says so too.
    }
    const { value } = await lines.read();
    if (value === undefined) throw new Error(`${command} ended before it began`);
    return new WorkProcess(child, writer, lines, blobs.length, JSON.parse(value));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Has it do a task. */
  async work(
    task: string,
    { first = 0, count = this.#count - first, times = 1, settings = {} }: Work = {},
  ): Promise<WorkCost> {
    const line = `${task} ${first} ${count} ${times} ${JSON.stringify(settings)}\n`;
    await this.#writer.write(new TextEncoder().encode(line));
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error(`A process ended during "${task}"`);
    const reply = JSON.parse(value);
    if (reply.error) throw new Error(`"${task}" failed: ${reply.error}`);
    return reply;
  }

  /** Ends it. */
  close(): void {
    this.#writer.close().catch(() => {});
    this.#lines.cancel().catch(() => {});
    this.#child.unref();
  }
}

/** Splits text into lines without their ends. */
export function splitLines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() as string;
      for (const line of lines) controller.enqueue(line);
    },
  });
}
