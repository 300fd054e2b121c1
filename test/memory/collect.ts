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

/** Resident memory in bytes, once garbage is collected. */
export function measureResident(): number {
  const { gc, Bun } = globalThis as Collecting;
  if (Bun !== undefined) Bun.gc(true);
  else if (gc !== undefined) gc();
  else throw new Error("garbage cannot be collected: start with --expose-gc");
  return process.memoryUsage().rss;
}
