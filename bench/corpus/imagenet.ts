/**
 * The images and shards that most questions are asked about: ImageNet's, where they lie beside the repository, else the built-in
 * sample.
 *
 * @module
 */
import { sampleShard } from "../../mod.ts";
import { readTar } from "../../src/tar/mod.ts";

/** Images and shards. */
export interface Corpus {
  /** In words, for the report. */
  readonly description: string;
  readonly shards: readonly Uint8Array<ArrayBuffer>[];
  readonly images: readonly Uint8Array<ArrayBuffer>[];
}

/** Where real ImageNet shards may lie, beside the repository. */
const SHARED = new URL("../../../shared/data/imagenet/", import.meta.url);

/** Reads the shards and takes images from all over them. */
export async function loadCorpus(maxImages: number): Promise<Corpus> {
  const urls = await listShards();
  const shards = await Promise.all(urls.map((url) => Deno.readFile(url)));
  const images: Uint8Array<ArrayBuffer>[] = [];
  for (const shard of shards) {
    for await (const entry of readTar(ReadableStream.from([shard]))) {
      if (entry.path.endsWith(".jpg")) images.push(entry.bytes.slice());
    }
  }
  // Every n-th, so that a part is like the whole.
  const step = Math.max(1, images.length / maxImages);
  const chosen = Array.from(
    { length: Math.min(maxImages, images.length) },
    (_, i) => images[Math.floor(i * step)],
  );
  const kind = urls[0].href === sampleShard().href
    ? "images of the built-in sample"
    : "ImageNet-1k validation images";
  const sizeBytes = chosen.reduce((sum, { length }) => sum + length, 0);
  return {
    description: `${chosen.length} ${kind}, ${
      Math.round(sizeBytes / chosen.length / 1000)
    } kB each`,
    shards,
    images: chosen,
  };
}

/** How many images shards have. */
export async function countImages(shards: readonly URL[]): Promise<number> {
  let count = 0;
  for (const shard of shards) {
    for await (const { path } of readTar(ReadableStream.from([await Deno.readFile(shard)]))) {
      if (path.endsWith(".jpg")) count++;
    }
  }
  return count;
}

/** The real shards, if they are there, or the built-in sample. */
export async function listShards(): Promise<URL[]> {
  const urls: URL[] = [];
  try {
    for await (const { name } of Deno.readDir(SHARED)) {
      if (name.endsWith(".tar")) urls.push(new URL(name, SHARED));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (urls.length === 0) return [sampleShard()];
  return urls.sort((a, b) => a.href < b.href ? -1 : 1);
}
