/** Reads a shard with a picture of each format by no worker, then by two; prints what they gave. */

import "../../src/formats/mod.ts";
import { evaluation, webdataset } from "../../mod.ts";
import { listRegistered } from "../../src/image/codecs/mod.ts";
import { fileFixtures } from "../fixtures.ts";
import { collect, makeShard } from "../dataset/shards.ts";
import { sha256 } from "../reference/digest.ts";

const FILES = [
  "png/pillow_rgba.png",
  "webp/sharp_lossy.webp",
  "avif/avifenc_deep.avif",
  "gif/magick_interlaced.gif",
  "png/bad_cut.png",
  "bmp/ffmpeg_565.bmp",
  "tiff/sharp_jpeg.tiff",
  "webp/bad_damaged_sharp_lossless.webp",
  "jxl/cjxl_lossy.jxl",
];

console.log(listRegistered().map(({ name }) => name).join(" "));
const members: [string, Uint8Array][] = [[
  "j.jpg",
  await fileFixtures.read("jpeg/baseline/420_42x32.jpg"),
]];
for (const [i, path] of FILES.entries()) {
  members.push([`p${i}.${path.split(".")[1]}`, await fileFixtures.read(`formats/${path}`)]);
}
const shard = await makeShard(members);
for (const workers of [0, 2]) {
  const codes: string[] = [];
  const samples = webdataset(shard, {
    workers,
    onError: "skip",
    onSkip: ({ code }) => codes.push(code),
  });
  const tensors = await collect(samples.transform(evaluation({ size: 16 }), { label: false }));
  const joined = new Uint8Array(await new Blob(tensors.map(({ image }) => image)).arrayBuffer());
  const counts = `${tensors.length} samples, ${codes.length} faults: ${codes.join(" ")}`;
  console.log(await sha256(joined), counts);
}
