/**
 * Writes `src/imagenet/labels_data.ts` from two lists of facts: the synsets of ImageNet-1k (one a
 * line) and WordNet's lemmas for each (synset, tab, lemmas separated by commas).
 *
 *     deno run --allow-read --allow-write test/imagenet/make_labels.ts SYNSETS.txt LEMMAS.tsv
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";

const ROWS_PER_LINE = 10;

async function readLines(path: string): Promise<string[]> {
  return (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
}

const [synsetsPath, lemmasPath] = process.argv.slice(2);
const lemmas = new Map<string, string>();
for (const line of await readLines(lemmasPath)) {
  const [synset, names] = line.split("\t");
  lemmas.set(synset, names);
}
const rows = (await readLines(synsetsPath)).sort().map((synset) => {
  const names = lemmas.get(synset);
  if (names === undefined) throw new Error(`No lemmas for ${synset}`);
  if (/[|;\t]/.test(names)) throw new Error(`The lemmas of ${synset} hold a separator`);
  return `${synset.slice(1)}${names.split(", ").join(";")}`;
});
if (rows.length !== 1000) throw new Error(`${rows.length} synsets instead of 1000`);

const lines: string[] = [];
for (let start = 0; start < rows.length; start += ROWS_PER_LINE) {
  lines.push(`  ${JSON.stringify(rows.slice(start, start + ROWS_PER_LINE).join("|"))},`);
}
const header =
  `// Made by test/imagenet/make_labels.ts: the 1,000 synsets of ImageNet-1k in sorted order, each as
// its eight digits and its lemmas separated by ";". Synsets and lemmas are facts of WordNet 3.0,
// Copyright 2006 by Princeton University; its notice is in wordnet_license.txt.
`;
await writeFile(
  new URL("../../src/imagenet/labels_data.ts", import.meta.url),
  `${header}export const LABEL_ROWS: readonly string[] = [\n${lines.join("\n")}\n];\n`,
);
