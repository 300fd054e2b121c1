/**
 * The list of commands: one line each. What a command needs is loaded with it, so that the others start without.
 *
 * @module
 */
import type { Command } from "./command.ts";

/** A module with a command. */
export interface CommandModule {
  readonly command: Command;
}

/** The commands by name, in the order of help. */
export const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  stream: () => import("./commands/stream.ts"),
  digest: () => import("./commands/digest.ts"),
  ls: () => import("./commands/ls.ts"),
  info: () => import("./commands/info.ts"),
  cat: () => import("./commands/cat.ts"),
  get: () => import("./commands/get.ts"),
  preview: () => import("./commands/preview.ts"),
  diff: () => import("./commands/diff.ts"),
  serve: () => import("./commands/serve.ts"),
  verify: () => import("./commands/verify.ts"),
  stats: () => import("./commands/stats.ts"),
  bench: () => import("./commands/bench.ts"),
  plan: () => import("./commands/plan.ts"),
  order: () => import("./commands/order.ts"),
  pack: () => import("./commands/pack.ts"),
  reshard: () => import("./commands/reshard.ts"),
  resize: () => import("./commands/resize.ts"),
  index: () => import("./commands/index_shards.ts"),
  submit: () => import("./commands/submit.ts"),
  work: () => import("./commands/work.ts"),
  status: () => import("./commands/status.ts"),
  retry: () => import("./commands/retry.ts"),
  cancel: () => import("./commands/cancel.ts"),
  merge: () => import("./commands/merge.ts"),
  cache: () => import("./commands/cache.ts"),
  completion: () => import("./commands/completion.ts"),
};

/** Every command, in the order of help. */
export async function loadCommands(): Promise<Command[]> {
  const commands: Command[] = [];
  for (const load of Object.values(COMMANDS)) commands.push((await load()).command);
  return commands;
}
