/**
 * Shards whose names have wildcards: their stores are asked what there is.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { hasWildcard } from "./braces.ts";
import { nameText } from "./redact.ts";
import type { AccessOptions } from "./source_options.ts";
import type { ShardInput } from "./to_source.ts";
import { toStore } from "./to_store.ts";

/**
 * The shards of a list, those that patterns match in the order of their names by code units; `*` stands for any text
 * without a slash, `**` for any.
 *
 * @throws {SourceError} `source/not-found` if a pattern matches nothing, `source/unsupported` if its place is not listed.
 */
export async function listMatches(
  inputs: readonly ShardInput[],
  access: AccessOptions,
  signal: AbortSignal | undefined,
): Promise<ShardInput[]> {
  const listed: ShardInput[] = [];
  for (const input of inputs) {
    if (!hasWildcard(input)) {
      listed.push(input);
      continue;
    }
    const { folder, names } = await findMatches(input, access, signal);
    const store = toStore(folder, access);
    for (const name of names) listed.push(store.open(name));
  }
  return listed;
}

async function findMatches(
  pattern: string,
  access: AccessOptions,
  signal: AbortSignal | undefined,
): Promise<{ folder: string; names: string[] }> {
  const end = pattern.lastIndexOf("/", pattern.indexOf("*")) + 1;
  const [folder, rest] = [pattern.slice(0, end), pattern.slice(end)];
  if (folder.endsWith("://")) {
    throw new TypeError(
      `Cannot list "${nameText(pattern)}": a pattern stands behind a whole bucket`,
    );
  }
  const { list } = toStore(folder, access);
  if (list === undefined) {
    throw new SourceError("source/unsupported", {
      action: `list "${nameText(pattern)}"`,
      reason: "objects of its kind are not listed; name them, as in {000..127}",
    });
  }
  const matches = makeMatcher(rest);
  const names: string[] = [];
  const prefix = rest.slice(0, rest.indexOf("*"));
  for await (const { name } of list(prefix, { signal, isFlat: !/\/|\*\*/.test(rest) })) {
    if (matches.test(name)) names.push(name);
  }
  if (names.length > 0) return { folder, names: names.sort((a, b) => a < b ? -1 : 1) };
  throw new SourceError("source/not-found", {
    action: `list "${nameText(pattern)}"`,
    reason: "no object has a name that matches",
  });
}

function makeMatcher(pattern: string): RegExp {
  const parts = pattern.split(/(\*+)/).map((part) =>
    part === "*"
      ? "[^/]*"
      : part.startsWith("**")
      ? ".*"
      : part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")
  );
  return new RegExp(`^${parts.join("")}$`, "su");
}
