import type { Cost } from "./contestant.ts";
import { splitLines } from "./python.ts";

/** What a process read in one pass, and its cost. */
export interface PipelineCost extends Cost {
  readonly images: number;
}

/** A process that reads shards whenever it is told to. */
export class PipelineProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  /** Starts the process. */
  constructor() {
    const path = new URL("./pipeline_child.ts", import.meta.url).pathname;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--allow-read", path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(splitLines())
      .getReader();
  }

  /** Has it read the shards once. */
  async pass(shards: readonly string[], workers: number): Promise<PipelineCost> {
    const order = JSON.stringify({ shards, workers });
    await this.#writer.write(new TextEncoder().encode(order));
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error("A process of the pipeline ended");
    return JSON.parse(value);
  }

  /** Ends it. */
  close(): void {
    this.#writer.close().catch(() => {});
    this.#lines.cancel().catch(() => {});
    this.#child.unref();
  }
}
