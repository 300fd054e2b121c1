/**
 * wdstream itself: this checkout or another, on Deno, Node or Bun, each in a process of its own.
 *
 * @module
 */
import { installRuntime } from "../../test/runtimes/install.ts";
import type { Checkout, Contestant, Cost } from "../harness/question.ts";
import { type Work, type WorkCost, WorkProcess } from "../harness/work_process.ts";

/** This checkout. */
export const HERE: Checkout = {
  root: decodeURIComponent(new URL("../../", import.meta.url).pathname).replace(/\/$/, ""),
  name: "",
};

/** Where it runs. */
export type Runtime = "deno" | "node" | "bun";

/** How it is started. */
export interface StartOptions {
  /** @default {this one} */
  readonly checkout?: Checkout;
  /** @default "deno" */
  readonly runtime?: Runtime;
  /** Whether Deno reads the checkout's configuration, which names the packages that compressed shards take. */
  readonly withPackages?: boolean;
  /** V8's flags, for Deno. */
  readonly v8Flags?: string;
}

/** The command that runs a script of ours. */
export async function commandOf(
  { runtime = "deno", checkout = HERE, withPackages = false, v8Flags }: StartOptions,
): Promise<string[]> {
  if (runtime !== "deno") return [await installRuntime(runtime)];
  const config = withPackages ? ["--config", `${checkout.root}/deno.json`] : ["--no-config"];
  const flags = v8Flags === undefined ? [] : [`--v8-flags=${v8Flags}`];
  return [Deno.execPath(), "run", "--no-check", ...config, ...flags, "--allow-all"];
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
}

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
    options: StartOptions = {},
  ): Promise<Wdstream> {
    const script = decodeURIComponent(
      new URL("./wdstream_process.ts", import.meta.url).pathname,
    );
    const { root } = options.checkout ?? HERE;
    const command = [...await commandOf(options), script, root];
    return new Wdstream(await WorkProcess.start(command, blobs));
  }

  work(task: string, work?: Work): Promise<WorkCost> {
    return this.#process.work(task, work);
  }

  contestant({ task, work, ...about }: WdstreamTask): Contestant {
    return { ...about, pass: (): Promise<Cost> => this.#process.work(task, work) };
  }

  close(): void {
    this.#process.close();
  }
}
