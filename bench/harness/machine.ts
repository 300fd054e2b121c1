/**
 * What was measured where.
 *
 * @module
 */
import os from "node:os";
import { HERE } from "./checkout.ts";

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
    commit: HERE.commit,
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
    const find = (key: string): string =>
      new RegExp(`^${key}\\s*: (.*)$`, "m").exec(text)?.[1] ?? "?";
    return `${model} (family ${find("cpu family")}, model ${find("model")})`;
  } catch {
    return model;
  }
}
