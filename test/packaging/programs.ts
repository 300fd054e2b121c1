/** Programs that users of the package might have: run, and checked by TypeScript against its declarations. */

/** Prints, for each sample, the digest of the tensor that Python has too. */
export const PROGRAM = `
import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
import { readTar } from "@wdstream/wdstream/tar";
import { readJpegHeader } from "@wdstream/wdstream/jpeg";
import { resize } from "@wdstream/wdstream/resize";
import { imagenetLabels } from "@wdstream/wdstream/imagenet";
import { createHandler } from "@wdstream/wdstream/edge";
for (const each of [readTar, readJpegHeader, resize, imagenetLabels, createHandler]) {
  if (typeof each !== "function") throw new Error("an entry point is empty");
}
const transform = evaluation({ size: 224, cropRatio: 0.875, interpolation: "bicubic" });
export async function digests(shard, workers) {
  const lines = [];
  for await (const { key, image } of webdataset(shard, { workers }).transform(transform)) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", image));
    lines.push(key + " " + Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return lines;
}
`;

/** What takes types of the web, or of Node. */
export const TYPED = `
import {
  type Batch,
  type Dataset,
  evaluation,
  init,
  openShard,
  sampleShard,
  webdataset,
  WdsError,
} from "@wdstream/wdstream";
import { readTar, UntarStream, writeTar } from "@wdstream/wdstream/tar";
import { decodeJpeg } from "@wdstream/wdstream/jpeg";
import { resize } from "@wdstream/wdstream/resize";
import { imagenet1k } from "@wdstream/wdstream/imagenet";
import { decodeMask, type Mask } from "@wdstream/wdstream/formats";
import { mask } from "@wdstream/wdstream/transforms";
import { createHandler } from "@wdstream/wdstream/edge";
import { main } from "@wdstream/wdstream/cli";
import { kernel } from "@wdstream/wdstream/workerd";

export async function use(): Promise<number> {
  await init(kernel);
  const batches: Dataset<Batch<Float32Array<ArrayBuffer>>> = webdataset(sampleShard())
    .transform(evaluation({ size: 224 }))
    .batch(4);
  for await (const { images, labels, shape } of batches) return images[0] + labels[0] + shape[0];
  const several = { jpg: evaluation({ size: 8 }), "seg.png": mask({ type: "int32" }) } as const;
  for await (const { tensors, labels } of webdataset("a.tar").transform(several).batch(4)) {
    const images: Float32Array = tensors.jpg.data;
    const [size, height, width]: readonly [number, number, number] = tensors["seg.png"].shape;
    const masks: Int32Array = tensors["seg.png"].data;
    return images[0] + masks[0] + labels[0] + size + height + width;
  }
  const own: Mask = await decodeMask(new Uint8Array(9));
  for await (const { tensors } of webdataset("a.tar").transform(several, { missing: "undefined" })) {
    if (tensors.jpg !== undefined) return tensors.jpg.data[0] + own.width;
  }
  const { fields } = await (await openShard("a.tar")).get(0);
  const image = resize(decodeJpeg(fields.jpg), { width: 3, height: 4 });
  const handler = createHandler<{ B: string }>({ store: ({ B }) => B });
  const response: Response = await handler(new Request("http://x/"), { B: "" });
  for await (const { path } of readTar(writeTar([]))) console.log(path, UntarStream, imagenet1k, WdsError);
  return image.width + response.status + await main([]);
}
`;

/** What takes Node's types. */
export const TYPED_NODE = `
import { createServer, type Server } from "node:http";
import { createListener } from "@wdstream/wdstream/node";
export const server: Server = createServer(
  createListener(createHandler<{ B: string }>({ store: ({ B }) => B }), { env: { B: "" } }),
);
`;
