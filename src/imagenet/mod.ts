/**
 * ImageNet-1k as WebDataset shards (timm/imagenet-1k-wds): catalogue, hosts and labels.
 *
 * ```ts
 * import { imagenetLabels, listShards } from "@wdstream/wdstream/imagenet";
 *
 * console.log(listShards("train").sampleCount, (await imagenetLabels())[0].name);
 * ```
 *
 * @module
 */
export { imagenet1k } from "./imagenet1k.ts";
export type { ImageNetOptions } from "./imagenet1k.ts";
export type { ImageNetHost, ImageNetLocation } from "./hosts.ts";
export { listShards } from "./catalogue.ts";
export type { ImageNetSplit, SplitCatalogue } from "./catalogue.ts";
export { imagenetLabels } from "./labels.ts";
export type { ImageNetLabel } from "./labels.ts";
