/**
 * The answer of a sample: as a picture, a tensor, pixels, its facts or its file.
 *
 * @module
 */
import { init, readJpegHeader } from "../image/mod.ts";
import { findImageField } from "../steps/fields.ts";
import type { IndexedSample } from "../index/shard_index.ts";
import type { Sample } from "../sample/sample.ts";
import type { Lease } from "./budget.ts";
import { encodeByJsquash } from "../image/encode/jpeg.ts";
import { askStorage, type Exchange } from "./exchange.ts";
import { cacheControl, isMatch, notModified } from "./headers.ts";
import { findLabel } from "./labels.ts";
import { canonical, isTensor, type View } from "./parameters.ts";
import { readCache, writeCache } from "./platform_cache.ts";
import { isStored, render } from "./render.ts";
import type { Rendered } from "./rendered.ts";

/** Part of every entity tag: answers of another version may have other bytes. */
const VERSION = "2";

/** Answers with a sample of a shard. */
export async function answerSample(
  exchange: Exchange,
  shardName: string,
  index: number,
  view: View,
): Promise<Response> {
  const { shards, request, setting } = exchange;
  const place = await askStorage(exchange, (signal) => shards.find(shardName, index, signal));
  const known = await makeTag(shardName, index, view, place.shard.object.etag);
  if (known !== undefined) {
    if (isMatch(request, known)) return notModified(exchange, known);
    const cached = await readCache(exchange, known);
    if (cached !== undefined) return cached;
  }
  const reading = await setting.reading.take(sumSizes(place.sample), request.signal);
  try {
    const found = await askStorage(exchange, (signal) => shards.get(place, signal));
    const etag = await makeTag(shardName, index, view, found.shard.object.etag);
    if (etag !== undefined && isMatch(request, etag)) return notModified(exchange, etag);
    const rendered = await renderSample(exchange, found.sample, view);
    const response = makeResponse(rendered, etag, cacheControl(exchange));
    if (etag !== undefined) writeCache(exchange, etag, response);
    return response;
  } finally {
    reading.end();
  }
}

async function renderSample(exchange: Exchange, sample: Sample, view: View): Promise<Rendered> {
  const { setting, request } = exchange;
  const { maxPixels, codecs, options } = setting;
  let lease: Lease | undefined;
  if (!isStored(view)) {
    await init(options.kernel);
    lease = await setting.rendering.take(estimateBytes(sample, view, maxPixels), request.signal);
  }
  try {
    return await render(sample, view, {
      maxPixels,
      codecs,
      encodeJpeg: options.encodeJpeg ??
        ((image, quality) => encodeByJsquash(image, quality, options.jpegEncoder)),
      labels: (label) => findLabel(setting, label),
    });
  } finally {
    lease?.end();
  }
}

function makeResponse(rendered: Rendered, etag: string | undefined, control: string): Response {
  const { body, type, shape } = rendered;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const headers = new Headers({
    "content-type": type,
    "content-length": String(bytes.length),
    "cache-control": control,
  });
  if (etag !== undefined) headers.set("etag", etag);
  if (shape !== undefined) headers.set("x-shape", shape.join(","));
  return new Response(bytes, { headers });
}

/**
 * The entity tag: what is asked for, of which version of which object. Weak for what is compressed anew, by a
 * platform's or an encoder's version that may give other bytes for the same picture.
 */
async function makeTag(
  shard: string,
  index: number,
  view: View,
  object: string | undefined,
): Promise<string | undefined> {
  if (object === undefined) return undefined;
  const text = [VERSION, shard, index, canonical(view), object.replace(/^W\//, "")].join("\n");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const bytes = new Uint8Array(digest, 0, 16);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const isCompressed = !isStored(view) && ["png", "jpeg", "card"].includes(view.as);
  return `${isCompressed ? "W/" : ""}"${hex}"`;
}

function sumSizes({ fields }: IndexedSample): number {
  return fields.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** About how much memory a picture or tensor takes while it is made. */
function estimateBytes(sample: Sample, view: View, maxPixels: number): number {
  const { size } = view;
  if (isTensor(view)) return 24 * size! ** 2;
  let pixels = maxPixels;
  try {
    const { width, height } = readJpegHeader(sample.bytes[findImageField(sample, {})]);
    pixels = Math.min(width * height, maxPixels);
  } catch {
    // Whatever is wrong with it is said where it is decoded.
  }
  // Of its pixels, decoded at up to four times the wanted size, and of its filtered rows.
  return size === undefined ? 6 * pixels : 3 * Math.min(pixels, 16 * size ** 2) + 6 * size ** 2;
}
