/**
 * Names of classes, for the commands that show pictures.
 *
 * @module
 */
import type { HandlerOptions } from "../edge/options.ts";
import { readAll } from "../storage/read_all.ts";
import { toSource } from "../storage/to_source.ts";
import { text } from "./options.ts";

/** Where the names of classes are. */
export const LABELS_OPTION = text(
  "imagenet|none|FILE",
  "names of classes: ImageNet's, none, or the lines of a file (default: ImageNet's for shards that are called so)",
);

const MAX_LABEL_BYTES = 16 * 1024 * 1024;

/**
 * What `--labels` names.
 *
 * @param names Names of the shards, and whether there are none but the built-in sample.
 */
export async function readLabels(
  given: string | undefined,
  names: readonly string[],
  isSample: boolean,
): Promise<HandlerOptions["labels"]> {
  if (given === "none") return false;
  if (given === "imagenet") return "imagenet";
  if (given === undefined) {
    return isSample || names.some((name) => /imagenet-?1k/i.test(name)) ? "imagenet" : false;
  }
  const lines = new TextDecoder().decode(await readAll(toSource(given), MAX_LABEL_BYTES, undefined))
    .trimEnd().split(/\r?\n/);
  return lines.map((name) => ({ name }));
}
