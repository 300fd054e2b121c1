/**
 * A fetch handler over shards in object storage, for edge runtimes and servers: samples, thumbnails, tensors and a
 * gallery.
 *
 * ```ts
 * import { createHandler } from "@wdstream/wdstream/edge";
 * import { sampleShard, toSource } from "@wdstream/wdstream";
 *
 * const handler = createHandler({ store: toSource(sampleShard()), splits: { sample: ["sample.tar"] } });
 * const tensor = await handler(new Request("http://localhost/v1/sample/0/3?as=f32&size=224"));
 * console.log(tensor.headers.get("x-shape")); // 3,224,224
 * ```
 *
 * @module
 */
export { createHandler } from "./handler.ts";
export type { CacheLike, ExecutionContextLike, Handler, HandlerOptions } from "./options.ts";
export type { SplitShards } from "./catalogue.ts";
export type { DecodedPixels, ImageDecoder, ImageDecoders } from "../image/codec.ts";
export type { EncodeJpeg } from "../image/encode/jpeg.ts";
export type { LabelInfo } from "./rendered.ts";
export type { KernelSource } from "../image/mod.ts";
export type { Image } from "../image/types.ts";
export type {
  AccessOptions,
  HttpOptions,
  ListOptions,
  ObjectFacts,
  OpenedObject,
  OpenOptions,
  PutOptions,
  R2BucketLike,
  R2ObjectLike,
  R2PageLike,
  R2PartLike,
  R2UploadLike,
  ShardInput,
  Source,
  Store,
  StoredObject,
  StoreInput,
  StoreLike,
  StoreOptions,
} from "../storage/mod.ts";
