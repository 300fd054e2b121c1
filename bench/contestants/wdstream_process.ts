/**
 * wdstream in a process of its own, on Deno, Node or Bun, of any checkout: speaks the protocol of harness/work_process.ts. The
 * argument is the checkout's folder. Only what its entry points have offered since long is used, so that an old checkout can
 * be measured beside a new one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";

type Bytes = Uint8Array<ArrayBuffer>;
type Settings = Record<string, unknown>;

/** What is used of a checkout. */
interface Api {
  init(): Promise<void>;
  decodeJpeg(bytes: Bytes, options?: object): { data: Bytes };
  decodeImage(bytes: Bytes): Promise<{ data: Bytes }>;
  transformImage(bytes: Bytes, transform: unknown, options?: object): unknown;
  evaluation(options: object): unknown;
  training(options: object): unknown;
  pythonRandom(seed: number): unknown;
  readTar(stream: ReadableStream<Uint8Array>): AsyncIterable<{ bytes: Uint8Array }>;
  webdataset(shards: unknown, options?: object): Samples;
  resizeShards(shards: unknown, to: unknown, options: object): Promise<{ samples: number }>;
  verifyShards(shards: unknown, options: object): Promise<{ images: number; findings: object[] }>;
}

interface Samples {
  transform(transform: unknown): {
    batch(
      size: number,
      options?: object,
    ): AsyncIterable<{ readonly size: number; release?(): void }>;
  };
}

/** What follows the numbers in a line. */
interface Order {
  readonly first: number;
  readonly count: number;
  readonly times: number;
  readonly settings: Settings;
}

/** The entry points that are used, and in older checkouts all of it comes from the first. */
const ENTRIES = [".", "./tar", "./random", "./tools", "./jobs", "./formats"];

const [root] = process.argv.slice(2);
const { exports } = JSON.parse(readFileSync(`${root}/deno.json`, "utf8"));
const api = {} as Api;
for (const entry of ENTRIES.filter((entry) => entry in exports)) {
  Object.assign(api, await import(pathToFileURL(`${root}/${exports[entry]}`).href));
}
await api.init();

/** Standard input, by lines and by counts of bytes. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    return true;
  }

  async readLine(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = new TextDecoder().decode(this.#rest.subarray(0, end));
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (!await this.#more()) return undefined;
    }
  }

  async readBytes(count: number): Promise<Bytes> {
    const bytes = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      if (this.#rest.length === 0 && !await this.#more()) throw new Error("The input ended early");
      const part = this.#rest.subarray(0, count - at);
      bytes.set(part, at);
      this.#rest = this.#rest.subarray(part.length);
      at += part.length;
    }
    return bytes;
  }
}

const input = new Input(process.stdin);
const [, ...sizes] = (await input.readLine() ?? "0").split(" ").map(Number);
const blobs: Bytes[] = [];
for (const size of sizes) blobs.push(await input.readBytes(size));
await input.readLine();

const CHUNK_BYTES = 65536;

function streamChunks(archive: Bytes, chunkBytes: number): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= archive.length) return controller.close();
      controller.enqueue(archive.subarray(at, at += chunkBytes));
    },
  });
}

/** What a task does with one blob; made anew for each pass. */
type MakeWork = (settings: Settings, chosen: readonly Bytes[]) => (blob: Bytes) => unknown;

/** An array for the tensors of all, where the settings ask for one. */
function makeInto(settings: Settings): Float32Array | undefined {
  const size = Number(settings.size ?? 224);
  return settings.into ? new Float32Array(3 * size * size) : undefined;
}

let pixels: Bytes | undefined;

const BY_BLOB: Readonly<Record<string, MakeWork>> = {
  decode({ into, region, scale }, chosen) {
    if (!into) return (blob) => api.decodeJpeg(blob, { region, scale });
    pixels ??= new Uint8Array(Math.max(...chosen.map((blob) => api.decodeJpeg(blob).data.length)));
    const options = { into: pixels, region, scale };
    return (blob) => api.decodeJpeg(blob, options);
  },
  /** PNG, WebP and others, which some entry registers. */
  formats: () => (blob) => api.decodeImage(blob),
  evaluation(settings) {
    const { resize = 256, size = 224, interpolation = "bicubic", resampler } = settings;
    const transform = api.evaluation({ resize, size, interpolation, resampler });
    const options = { into: makeInto(settings) };
    return (blob) => api.transformImage(blob, transform, options);
  },
  training(settings) {
    const { seed = 5, size = 224 } = settings;
    const transform = api.training({ size, interpolation: "bicubic" });
    const options = { into: makeInto(settings), random: api.pythonRandom(Number(seed)) };
    return (blob) => api.transformImage(blob, transform, options);
  },
  tar({ isWhole, expected }) {
    return async (blob) => {
      let total = 0;
      const stream = streamChunks(blob, isWhole ? blob.length : CHUNK_BYTES);
      for await (const { bytes } of api.readTar(stream)) total += bytes.length;
      if (expected !== undefined && total !== expected) throw new Error(`${total} bytes of bodies`);
    };
  },
};

const WHOLE: Readonly<Record<string, (settings: Settings) => Promise<object>>> = {
  /** Shards to batches of tensors. */
  async pipeline({ shards, workers, memory, batch = 64 }) {
    const transform = api.evaluation({ resize: 256, size: 224, interpolation: "bicubic" });
    const elements = Number(batch) * 3 * 224 * 224;
    const array = memory === "into"
      ? new Float32Array(elements)
      : memory === "shared"
      ? new Float32Array(new SharedArrayBuffer(2 * elements * Float32Array.BYTES_PER_ELEMENT))
      : undefined;
    let images = 0;
    const batches = api.webdataset(shards, { workers }).transform(transform)
      .batch(Number(batch), { into: array });
    for await (const batch of batches) {
      images += batch.size;
      // Other checkouts may know nothing of it.
      if (memory === "release") batch.release?.();
    }
    return { images };
  },

  /** Shards to shards with smaller images, which a store takes and forgets. */
  async resize({ shards, workers, short, quality }) {
    const written = new Map<string, Bytes>();
    const store = {
      open: (name: string) => written.get(name) ?? missing(name),
      // In pieces, as a folder takes them, kept until the object is whole, as Python's are.
      create(name: string) {
        let pieces: Bytes[] = [];
        const draft = {
          write: (bytes: Bytes) => Promise.resolve(void pieces.push(bytes.slice())),
          async finish(): Promise<boolean> {
            // Only what it reads again: what it has done.
            if (name.endsWith(".json")) {
              written.set(name, new Uint8Array(await new Blob(pieces).arrayBuffer()));
            }
            pieces = [];
            return true;
          },
          discard: () => Promise.resolve(void (pieces = [])),
        };
        return Promise.resolve(draft);
      },
    };
    const options = { workers, short, quality, index: "none" };
    return { images: (await api.resizeShards(shards, store, options)).samples };
  },

  /** Shards, with every image decoded. */
  async verify({ shards, workers }) {
    const { images } = await api.verifyShards(shards, { workers, skip: ["keys"] });
    return { images };
  },
};

/** Nothing, as a store tells it that has no such object. */
function missing(name: string): string {
  return `${root}/there is no ${name}`;
}

function timeAll(task: string, { first, count, times, settings }: Order) {
  const chosen = blobs.slice(first, first + count);
  const work = BY_BLOB[task](settings, chosen);
  return async () => {
    const itemSeconds: number[] = [];
    let from = performance.now();
    for (const blob of chosen) {
      for (let n = 0; n < times; n++) {
        const result = work(blob);
        // Waiting costs a turn of the loop, which what is synchronous does not need.
        if (result instanceof Promise) await result;
      }
      const now = performance.now();
      itemSeconds.push((now - from) / 1000);
      from = now;
    }
    return { itemSeconds };
  };
}

/** Most memory that was resident since the process began, where the system tells. */
function readPeak(): number | undefined {
  try {
    const found = /VmHWM:\s+([0-9]+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
    return found ? Number(found[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

async function answer(line: string): Promise<object> {
  const [, task, first, count, times, json] = /^(\S+) (\S+) (\S+) (\S+) (.*)$/.exec(line) ?? [];
  const settings: Settings = JSON.parse(json);
  const order = { first: Number(first), count: Number(count), times: Number(times), settings };
  const run = task in WHOLE ? () => WHOLE[task](settings) : timeAll(task, order);
  const before = process.cpuUsage();
  const begun = performance.now();
  const told = await run();
  const wallSeconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { ...told, wallSeconds, cpuSeconds: (user + system) / 1e6, peakBytes: readPeak() };
}

const versions = process.versions as Record<string, string | undefined>;
console.log(JSON.stringify({
  runtime: versions.bun
    ? `Bun ${versions.bun}`
    : versions.deno
    ? `Deno ${versions.deno}`
    : `Node ${versions.node}`,
}));
for (let line = await input.readLine(); line !== undefined; line = await input.readLine()) {
  let reply: object;
  try {
    reply = await answer(line);
  } catch (error) {
    reply = { error: String(error) };
  }
  console.log(JSON.stringify(reply));
}
