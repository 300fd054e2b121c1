/** Measures memory after a collection, so that it does not matter when the runtime would have collected by itself. */
import process from "node:process";

interface Collecting {
  /** V8's, with `--expose-gc`. */
  readonly gc?: () => void;
  readonly Bun?: { gc(isSynchronous: boolean): void };
}

/** What a runtime is started with to run a script that measures. */
export function measureArguments(script: string): string[] {
  if ("Deno" in globalThis) {
    return ["run", "--quiet", "--no-check", "--allow-all", "--v8-flags=--expose-gc", script];
  }
  return "Bun" in globalThis ? [script] : ["--expose-gc", script];
}

/** Memory in bytes, once garbage is collected. */
export interface Memory {
  /** What the system has given the process: also what allocators keep for later, which a busy machine has more of. */
  readonly resident: number;
  /** What the engine still holds, arrays among it: the same on any machine. */
  readonly live: number;
}

/** Resident memory in bytes, once garbage is collected. */
export function measureResident(): number {
  return measureMemory().resident;
}

/** Memory, once garbage is collected. */
export function measureMemory(): Memory {
  const { gc, Bun } = globalThis as Collecting;
  if (Bun !== undefined) Bun.gc(true);
  else if (gc !== undefined) gc();
  else throw new Error("garbage cannot be collected: start with --expose-gc");
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, live: heapUsed + external };
}
