import type { Contestant, Cost } from "./contestant.ts";

/** Debian's interpreter, which has Pillow and torchvision where the packages are installed. */
const INTERPRETER = "/usr/bin/python3";

/** A Python process that holds the corpus and does a share of the work whenever it is told to. */
export class PythonWorker {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  /** Versions by package, only those that are there. */
  readonly versions: Readonly<Record<string, string>>;

  private constructor(
    child: Deno.ChildProcess,
    writer: WritableStreamDefaultWriter<Uint8Array>,
    lines: ReadableStreamDefaultReader<string>,
    versions: Record<string, string>,
  ) {
    this.#child = child;
    this.#writer = writer;
    this.#lines = lines;
    this.versions = versions;
  }

  /**
   * Starts the process and gives it the blobs, and for each one what else its tasks take; `undefined`
   * where there is no interpreter.
   */
  static async start(
    blobs: readonly Uint8Array[],
    extras: readonly unknown[] = [],
  ): Promise<PythonWorker | undefined> {
    let child: Deno.ChildProcess;
    try {
      const script = new URL("./worker.py", import.meta.url);
      child = new Deno.Command(INTERPRETER, {
        args: ["-u", decodeURIComponent(script.pathname)],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
        env: { OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
      }).spawn();
    } catch {
      return undefined;
    }
    const writer = child.stdin.getWriter();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines())
      .getReader();
    const sizes = blobs.map(({ length }) => length);
    await writer.write(new TextEncoder().encode(JSON.stringify({ sizes, extras }) + "\n"));
    for (const blob of blobs) await writer.write(blob);
    const { value } = await lines.read();
    if (value === undefined) return undefined;
    return new PythonWorker(child, writer, lines, JSON.parse(value));
  }

  /** A contestant whose passes the worker's function does; none where its package is missing. */
  contestant(task: string, needs: string, name: string, note?: string): Contestant[] {
    const version = this.versions[needs];
    if (version === undefined) return [];
    return [{ name: `${name} ${version}`, note, pass: () => this.#run(task) }];
  }

  /** One pass over a single blob, several times, by a function whose package is there. */
  repeat(task: string, blob: number, times: number): Promise<Cost> {
    return this.#run(`${task} ${blob} ${times}`);
  }

  close(): void {
    this.#writer.close().catch(() => {});
    this.#lines.cancel().catch(() => {});
    this.#child.unref();
  }

  async #run(task: string): Promise<Cost> {
    await this.#writer.write(new TextEncoder().encode(task + "\n"));
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error(`The Python worker ended during "${task}"`);
    const reply = JSON.parse(value);
    if (reply.error) throw new Error(`The Python worker failed: ${reply.error}`);
    return reply;
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
