/**
 * Which Parquet files of a folder are a split, by the names that Hugging Face's datasets give them.
 *
 * @module
 */
import { SourceError } from "../errors.ts";

/** `train-00000-of-00005.parquet`, also with a hash behind the numbers. */
const PART = /(?:^|\/)([^/]+?)-(\d{5,})-of-(\d{5,})(?:-[0-9a-f]+)?\.parquet$/i;

/** Exact: `datasets` 5.0, `data_files.SPLIT_KEYWORDS`. */
const SPLITS: ReadonlySet<string> = new Set([
  ...[
    "train",
    "training",
    "validation",
    "valid",
    "dev",
    "val",
    "test",
    "testing",
    "eval",
    "evaluation",
  ],
]);

/**
 * The files of a split: those whose names, or whose folders' names, say so; all files where no name says of which split
 * it is.
 *
 * @throws {SourceError} `source/not-found` if there are files of other splits alone, or one of several parts is missing.
 */
export function pickSplit(names: readonly string[], split: string): string[] {
  const splits = new Map<string, string[]>();
  const unnamed: string[] = [];
  for (const name of names) {
    const own = splitOf(name, split);
    if (own === undefined) unnamed.push(name);
    else splits.set(own, [...splits.get(own) ?? [], name]);
  }
  if (splits.size === 0) return unnamed;
  const picked = splits.get(split);
  if (picked === undefined) {
    throw splitError(split, `there are files of ${[...splits.keys()].join(", ")} alone`);
  }
  checkParts(picked, split);
  return picked;
}

function splitOf(name: string, wanted: string): string | undefined {
  const [, part] = PART.exec(name) ?? [];
  if (part !== undefined) return part;
  const words = name.replace(/\.parquet$/i, "").split("/").slice(-2).reverse();
  return words.find((word) => word === wanted) ?? words.find((word) => SPLITS.has(word));
}

/** All parts that the names promise are there: a download may have been cut short. */
function checkParts(names: readonly string[], split: string): void {
  const found = new Map<string, Set<number>>();
  for (const name of names) {
    const match = PART.exec(name);
    if (match === null) continue;
    const whole = `${name.slice(0, name.lastIndexOf("/") + 1)} ${match[3]}`;
    if (!found.has(whole)) found.set(whole, new Set());
    found.get(whole)!.add(Number(match[2]));
  }
  for (const [whole, numbers] of found) {
    const [, count] = whole.split(/ (?=\d+$)/);
    for (let i = 0; i < Number(count); i++) {
      if (numbers.has(i)) continue;
      const part = `${split}-${String(i).padStart(5, "0")}-of-${count}.parquet`;
      throw splitError(split, `${part} is missing`);
    }
  }
}

function splitError(split: string, reason: string): SourceError {
  return new SourceError("source/not-found", { action: `pack the split "${split}"`, reason });
}
