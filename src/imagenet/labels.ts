/**
 * ImageNet-1k's classes: their synsets and WordNet's names for them.
 *
 * @module
 */
/** One class of ImageNet-1k. */
export interface ImageNetLabel {
  /** WordNet's synset: "n" and eight digits. */
  readonly synset: string;
  /** WordNet's first lemma for it. Not unique: there are two cranes and two maillots. */
  readonly name: string;
  /** All of WordNet's lemmas for it. */
  readonly lemmas: readonly string[];
}

let labels: Promise<readonly ImageNetLabel[]> | undefined;

async function loadLabels(): Promise<readonly ImageNetLabel[]> {
  const { LABEL_ROWS } = await import("./labels_data.ts");
  return LABEL_ROWS.flatMap((line) => line.split("|")).map((row) => {
    const lemmas = row.slice(8).split(";");
    return { synset: `n${row.slice(0, 8)}`, name: lemmas[0], lemmas };
  });
}

/**
 * The 1,000 classes of ImageNet-1k by class index: synsets in sorted order.
 *
 * The list is loaded at the first call. Synsets and lemmas are WordNet 3.0's.
 *
 * @example Usage
 * ```ts
 * import { imagenetLabels } from "@wdstream/wdstream/imagenet";
 *
 * const labels = await imagenetLabels();
 * if (labels[340].synset !== "n02391049" || labels[340].name !== "zebra") throw new Error("?");
 * ```
 */
export function imagenetLabels(): Promise<readonly ImageNetLabel[]> {
  return labels ??= loadLabels();
}
