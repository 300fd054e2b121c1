/**
 * What is asked of the package's `/formats` on every runtime: a shard with a picture of each format, and what the source
 * makes of them.
 */
import { FORMATS } from "../../src/image/codecs/lazy.ts";
import { replaceRegistered } from "../../src/image/codecs/mod.ts";
import { decodeImage } from "../../src/image/decode_image.ts";
import { evaluation, init } from "../../src/image/mod.ts";
import { mask } from "../../src/image/transform/mod.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { makeShard } from "../dataset/shards.ts";
import { fileFixtures } from "../fixtures.ts";
import { sha256 } from "../reference/digest.ts";

/** Pictures by what they are; Pillow's pixels are known of all but those of the last two formats. */
const PICTURES = [
  "png/pillow_palette.png",
  "png/odd_6_16_adam7.png",
  "gif/magick_interlaced.gif",
  "bmp/ffmpeg_565.bmp",
  "tiff/sharp_tiles.tiff",
  "webp/sharp_lossy.webp",
  "webp/sharp_lossless.webp",
  "avif/avifenc_deep.avif",
  "jxl/cjxl_lossy.jxl",
];

/** The shard: the field `img` of each sample is a picture, and the last one has a mask. */
export async function makeFormatShard(): Promise<Uint8Array<ArrayBuffer>> {
  const members: [string, Uint8Array][] = [];
  for (const path of PICTURES) {
    const bytes = await fileFixtures.read(`formats/${path}`);
    members.push([`${path.replaceAll(/[/.]/g, "_")}.img`, bytes]);
  }
  members.push(
    ["jpeg.img", await fileFixtures.read("jpeg/baseline/420_42x32.jpg")],
    ["jpeg.seg.png", await fileFixtures.read("masks/files/palette_8.png")],
  );
  return await makeShard(members);
}

/** `describe(shard, workers)`: a line for each sample, with the digests of its pixels, tensor and mask. */
export const FORMATS_PROGRAM = `
import { evaluation, webdataset } from "@wdstream/wdstream";
import { decodeImage } from "@wdstream/wdstream/formats";
import { mask } from "@wdstream/wdstream/transforms";
async function hex(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
export async function describe(shard, workers) {
  const given = { img: evaluation({ size: 16, type: "uint8" }), "seg.png": mask() };
  const samples = webdataset(shard, { workers }).transform(given, { missing: "undefined", label: false });
  const lines = [];
  for await (const { key, fields, tensors } of samples) {
    const seg = tensors["seg.png"];
    const digests = [(await decodeImage(fields.img)).data, tensors.img.data, ...seg ? [seg.data] : []];
    lines.push([key, ...await Promise.all(digests.map(hex))].join(" "));
  }
  return lines;
}
`;

/** The lines that every runtime must give: those of the source, of which Pillow's pixels are looked at too. */
export async function expectFormats(shard: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const before = replaceRegistered(FORMATS);
  try {
    await init();
    const given = { img: evaluation({ size: 16, type: "uint8" }), "seg.png": mask() } as const;
    const samples = webdataset(shard).transform(given, { missing: "undefined", label: false });
    const golden = JSON.parse(
      new TextDecoder().decode(await fileFixtures.read("formats/golden.json")),
    ) as { files: Record<string, { rgb: string }> };
    const lines: string[] = [];
    for await (const { key, fields, tensors } of samples) {
      const pixels = await sha256((await decodeImage(fields.img as Uint8Array)).data);
      const path = PICTURES[lines.length];
      if (/^(png|gif|bmp|tiff|webp)/.test(key) && golden.files[path].rgb !== pixels) {
        throw new Error(`${path} has not Pillow's pixels`);
      }
      const seg = tensors["seg.png"];
      const rest = [tensors.img!.data, ...seg ? [seg.data] : []];
      lines.push([key, pixels, ...await Promise.all(rest.map(sha256))].join(" "));
    }
    return lines;
  } finally {
    replaceRegistered(before);
  }
}
