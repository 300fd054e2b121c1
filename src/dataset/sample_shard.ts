/**
 * The shard that comes with the module, for examples and first tries.
 *
 * @module
 */
/**
 * Where the built-in sample shard lies: beside this module, on disk or on the registry that it was
 * loaded from.
 *
 * 36 drawn pictures of eight ImageNet classes, laid out as the shards of timm/imagenet-1k-wds.
 * 1.7 MB. Reading it takes the permission to read that file, or to reach that host.
 *
 * @example Usage
 * ```ts
 * import { sampleShard, webdataset } from "@wdstream/wdstream";
 *
 * let count = 0;
 * for await (const _ of webdataset(sampleShard())) count++;
 * if (count !== 36) throw new Error(`${count} samples`);
 * ```
 */
export function sampleShard(): URL {
  return new URL("./sample.tar", import.meta.url);
}
