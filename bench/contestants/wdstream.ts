/**
 * wdstream itself: this checkout or another, on Deno, Node or Bun, each in a process of its own.
 *
 * @module
 */
import { installRuntime } from "../../test/runtimes/install.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import type { Contestant, Cost } from "../harness/question.ts";
import { type Work, type WorkCost, WorkProcess } from "../harness/work_process.ts";

/** Where it runs. */
export type Runtime = "deno" | "node" | "bun";

/** How it is started. */
export interface StartOptions {
  /**
   * Whose code it is.
   * @default {this checkout's}
   */
  readonly checkout?: Checkout;
  /**
   * Where it runs.
   * @default "deno"
   */
  readonly runtime?: Runtime;
}

/** The command that runs a script of ours. */
async function commandOf(runtime: Runtime): Promise<string[]> {
  if (runtime !== "deno") return [await installRuntime(runtime)];
  return [Deno.execPath(), "run", "--no-check", "--no-config", "--allow-all"];
}

/** What a contestant is called and does. */
export interface WdstreamTask {
  /** A task of `wdstream_process.ts`. */
  readonly task: string;
  readonly name: string;
  readonly note?: string;
  readonly work?: Work;
  readonly amount?: number;
  readonly of?: string;
  readonly warmUps?: number;
}

/** Passes until V8 has compiled what is called often for the last time, on a few images. */
const WARM_UPS = 3;

/** wdstream at work on a corpus. */
export class Wdstream {
  readonly #process: WorkProcess;
  /** "Deno 2.9.6". */
  readonly runtime: string;

  private constructor(process: WorkProcess) {
    this.#process = process;
    this.runtime = process.facts.runtime;
  }

  /** Starts the process and gives it the blobs. */
  static async start(
    blobs: readonly Uint8Array[],
    { checkout = HERE, runtime = "deno" }: StartOptions = {},
  ): Promise<Wdstream> {
    const script = decodeURIComponent(
      new URL("./wdstream_process.ts", import.meta.url).pathname,
    );
    const command = [...await commandOf(runtime), script, checkout.root];
    return new Wdstream(await WorkProcess.start(command, blobs));
  }

  work(task: string, work?: Work): Promise<WorkCost> {
    return this.#process.work(task, work);
  }

  contestant({ task, work, warmUps = WARM_UPS, ...about }: WdstreamTask): Contestant {
    return { ...about, warmUps, pass: (): Promise<Cost> => this.work(task, work) };
  }

  close(): void {
    this.#process.close();
  }
}
