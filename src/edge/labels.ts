/**
 * What class indices mean.
 *
 * @module
 */
import { imagenetLabels } from "../imagenet/labels.ts";
import type { Setting } from "./exchange.ts";
import type { LabelInfo } from "./rendered.ts";

/** The name of a class, where there is one. */
export async function findLabel(
  { options }: Setting,
  label: number,
): Promise<LabelInfo | undefined> {
  const { labels = "imagenet" } = options;
  if (labels === false) return undefined;
  const list = labels === "imagenet" ? await imagenetLabels() : labels;
  const found = list[label] as LabelInfo | undefined;
  return found && { name: found.name, synset: found.synset };
}
