/**
 * What is written where something is read: a folder in another one, and a file in the place of one that is given.
 *
 * @module
 */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { nameText } from "../storage/redact.ts";
import type { Store } from "../storage/store.ts";
import { type Command, type CommandInput, listOptions, UsageError } from "./command.ts";

/**
 * Refuses to write in the place of what is read.
 *
 * @throws {UsageError} If an option names an operand as its output.
 */
export async function checkOutputs(
  command: Command,
  { values, operands }: CommandInput,
): Promise<void> {
  for (const [option, { isOutput }] of listOptions(command)) {
    const path = (values as Readonly<Record<string, unknown>>)[option.slice(2)];
    if (isOutput !== true || typeof path !== "string" || path === "-") continue;
    for (const operand of operands.slice(0, command.operands?.files)) {
      if (operand === "-" || await findWithin(operand, path) !== "") continue;
      // What is not there is lost to nobody, and is told of where it is opened.
      if (!await realpath(operand).then(() => true, () => false)) continue;
      throw new UsageError(`${option} would write over "${nameText(operand)}", which is read`);
    }
  }
}

/**
 * Where a folder lies in another one.
 *
 * @returns The path from the one to the other, with a slash behind it; `""` if they are the same, `undefined` if it does
 *   not lie there, or either is none of this machine.
 */
export async function findWithin(folder: string, inner: string): Promise<string | undefined> {
  if ([folder, inner].some((name) => /^[a-z][a-z0-9+.-]+:\/\//i.test(name))) return undefined;
  let path: string;
  try {
    path = relative(await findPlace(folder), await findPlace(inner));
  } catch {
    // What may not be looked at is found out where it is opened.
    return undefined;
  }
  const parts = path.split(sep);
  if (path === "") return "";
  return parts[0] === ".." || resolve(path) === path ? undefined : `${parts.join("/")}/`;
}

/** A path through symbolic links, as far as there is anything. */
async function findPlace(name: string): Promise<string> {
  const path = resolve(name);
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (parent === path || (error as { code?: string }).code !== "ENOENT") throw error;
    return join(await findPlace(parent), basename(path));
  }
}

/** A store without the objects of a folder in it. */
export function leaveOut(store: Store, folder: string): Store {
  const { list } = store;
  return {
    open: (name) => store.open(name),
    ...(list && {
      async *list(prefix, options) {
        for await (const object of list.call(store, prefix, options)) {
          if (!object.name.startsWith(folder)) yield object;
        }
      },
    }),
  };
}
