import os from "node:os";

/** What was measured where, for the report. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly deno: string;
  readonly v8: string;
  /** Of the working copy; "+" after it if files differ from it. */
  readonly commit: string;
}

/** Describes this machine and this working copy. */
export async function describeMachine(): Promise<Machine> {
  return {
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryGB: Math.round(os.totalmem() / 1e9),
    system: `${Deno.build.os} ${os.release()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    commit: await readCommit(),
  };
}

async function readCommit(): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const cwd = new URL("../", import.meta.url);
    const { stdout, success } = await new Deno.Command("git", { args, cwd, stderr: "null" })
      .output();
    if (!success) throw new Error("no repository");
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    const commit = await git("rev-parse", "--short=12", "HEAD");
    // What the benchmark writes is not part of what it measures.
    const changed = await git("status", "--porcelain", "--", "mod.ts", "src", "wasm", "bench/*.ts");
    return changed === "" ? commit : `${commit}+`;
  } catch {
    return "unknown";
  }
}
