/**
 * What was measured where.
 *
 * @module
 */
import os from "node:os";

/** This machine and this working copy, for the report. */
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
    cpu: await nameProcessor(),
    cores: navigator.hardwareConcurrency,
    memoryGB: Math.round(os.totalmem() / 1e9),
    system: `${Deno.build.os} ${os.release()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    commit: await readCommit(new URL("../../", import.meta.url)),
  };
}

/** How many processes wanted to run, on average over the last minute. */
export function readLoad(): number {
  return os.loadavg()[0];
}

/** The model, and its family's number, as a virtual machine may hide the name. */
async function nameProcessor(): Promise<string> {
  const model = os.cpus()[0]?.model.trim() ?? "unknown processor";
  try {
    const text = await Deno.readTextFile("/proc/cpuinfo");
    const find = (key: string): string => new RegExp(`^${key}\\s*: (.*)$`, "m").exec(text)?.[1] ?? "?";
    return `${model} (family ${find("cpu family")}, model ${find("model")})`;
  } catch {
    return model;
  }
}

/** The commit of a checkout, short; "+" after it where its files differ. */
export async function readCommit(root: URL): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout, success } = await new Deno.Command("git", { args, cwd: root, stderr: "null" })
      .output();
    if (!success) throw new Error("no repository");
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    const commit = await git("rev-parse", "--short=12", "HEAD");
    // What the benchmark writes is not part of what it measures.
    const changed = await git("status", "--porcelain", "--", "mod.ts", "src", "wasm", ":(glob)bench/**/*.ts");
    return changed === "" ? commit : `${commit}+`;
  } catch {
    return "unknown";
  }
}
