/**
 * Tensors of consecutive samples, as one `.npy` file of [count, 3, size, size] float32.
 *
 * @module
 */
import { evaluation, init } from "../image/mod.ts";
import { readRecipe } from "../image/transform/recipes/mod.ts";
import { transformFile } from "../image/transform/transform_file.ts";
import { fixedLengthStream } from "../runtime.ts";
import type { Split } from "./catalogue.ts";
import { askStorage, type Exchange } from "./exchange.ts";
import { cacheControl } from "./headers.ts";
import { withImage } from "./image.ts";
import { makeNpyHeader, toLittleEndian } from "../sample/write_npy.ts";
import type { Place } from "./shard_cache.ts";
import { Problem } from "./problem.ts";

/** Batches up to this size are made before the status is sent, so that a damaged image is an answer of its own. */
const MAX_WHOLE_BYTES = 16 << 20;

/** Samples that are read at a time. */
const READ_AHEAD = 4;

/** What is asked for. */
export interface BatchRequest {
  /** Number of the first sample in the split. */
  readonly start: number;
  /** Samples at most: fewer where the split ends. */
  readonly count: number;
  /** Edge of the crop in pixels. */
  readonly size: number;
}

/** Answers with a batch. Where it is too large to be made at once it is sent as it is made, and kept by nobody. */
export async function answerBatch(
  exchange: Exchange,
  split: Split,
  { start, count, size }: BatchRequest,
): Promise<Response> {
  const places = await findPlaces(exchange, split, start, count);
  const shape = [places.length, 3, size, size];
  const header = makeNpyHeader(shape);
  const sizeBytes = header.length + 4 * shape.reduce((product, length) => product * length);
  const isWhole = sizeBytes <= MAX_WHOLE_BYTES;
  const headers = new Headers({
    "content-type": "application/octet-stream",
    "content-length": String(sizeBytes),
    "x-shape": shape.join(","),
    "cache-control": isWhole ? cacheControl(exchange) : "no-store",
  });
  if (exchange.request.method === "HEAD") return new Response(null, { headers });
  await init(exchange.setting.options.kernel);
  const tensors = makeTensors(exchange, places, size);
  if (isWhole) return new Response(await joinTensors(header, tensors, sizeBytes), { headers });
  // Whatever is wrong with the first sample is an answer of its own; later the connection breaks.
  const first = await tensors.next();
  const body = streamTensors(header, first.value!, tensors);
  return new Response(fixLength(body, sizeBytes), { headers });
}

/** Where the samples are. Those past the split's end are left out, unless that is all of them. */
async function findPlaces(
  exchange: Exchange,
  split: Split,
  start: number,
  count: number,
): Promise<Place[]> {
  const { shards } = exchange;
  return await askStorage(exchange, async (signal) => {
    const places: Place[] = [];
    try {
      while (places.length < count) {
        const [shard, index] = await shards.locate(split, start + places.length, signal);
        places.push(await shards.find(shard, index, signal));
      }
    } catch (error) {
      const isPastEnd = error instanceof Problem && error.code === "sample-not-found";
      if (!isPastEnd || places.length === 0) throw error;
    }
    return places;
  });
}

/** Reads some samples ahead, all for this request, and decodes them in order. */
async function* makeTensors(
  exchange: Exchange,
  places: readonly Place[],
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined, undefined> {
  const { shards, setting } = exchange;
  const { maxPixels, codecs } = setting;
  const recipe = readRecipe(evaluation({ size }));
  const waiting: ReturnType<typeof shards.get>[] = [];
  let next = 0;
  const readOn = (): void => {
    while (next < places.length && waiting.length < READ_AHEAD) {
      const place = places[next++];
      const reading = askStorage(exchange, (signal) => shards.get(place, signal));
      // It is reported when its turn comes; until then it must not count as unhandled.
      reading.catch(() => {});
      waiting.push(reading);
    }
  };
  readOn();
  while (waiting.length > 0) {
    const { sample } = await waiting.shift()!;
    readOn();
    const { data } = await withImage(
      sample,
      codecs,
      (bytes, codec) => transformFile(bytes, codec, recipe, { maxPixels }),
    );
    yield toLittleEndian(data as Float32Array<ArrayBuffer>);
  }
}

async function joinTensors(
  header: Uint8Array,
  tensors: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = new Uint8Array(sizeBytes);
  file.set(header);
  let offset = header.length;
  for await (const tensor of tensors) {
    file.set(tensor, offset);
    offset += tensor.length;
  }
  return file;
}

function streamTensors(
  header: Uint8Array<ArrayBuffer>,
  first: Uint8Array<ArrayBuffer>,
  rest: AsyncGenerator<Uint8Array<ArrayBuffer>, undefined, undefined>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const ready = [header, first];
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const value = ready.shift() ?? (await rest.next()).value;
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
    async cancel(): Promise<void> {
      await rest.return(undefined);
    },
  }, { highWaterMark: 0 });
}

/**
 * A stream of a known length, where the platform has a kind of its own for that: workerd sends any other without
 * its length, and ends one that fails as if it were whole.
 */
function fixLength(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  length: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const FixedLengthStream = fixedLengthStream();
  if (FixedLengthStream === undefined) return body;
  const { readable, writable } = new FixedLengthStream(length);
  // A failure reaches the client by the stream, which breaks.
  body.pipeTo(writable).catch(() => {});
  return readable;
}
