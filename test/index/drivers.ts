/** One archive through every driver of the parser: a stream of chunks, one of bodies, and ranges. */

import { assert } from "chai";
import { HeaderWalk, type RangeBytes } from "../../src/index/header_walk.ts";
import { indexShard } from "../../src/index/mod.ts";
import { WdsError } from "../../src/errors.ts";
import { readSamples } from "../../src/sample/mod.ts";
import { readTar } from "../../src/tar/mod.ts";
import { inChunks } from "../tar/archive.ts";

/** What a driver made of an archive. */
export interface Outcome {
  /** Key, then extension and size of each field. */
  readonly samples: readonly string[];
  /** Code, offset and message of every fault that was skipped, or of the one that was thrown. */
  readonly faults: readonly string[];
}

/** How the archive is read. */
export interface DriverOptions {
  readonly onError: "throw" | "skip";
  readonly endOfArchive: "required" | "optional";
  readonly maxEntryBytes: number;
  readonly maxSampleBytes: number;
}

const NAME = "archive.tar";

/** Ranges of bytes in memory. */
export class MemoryRanges implements RangeBytes {
  requests = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(start: number, end: number): Promise<Uint8Array> {
    this.requests++;
    return Promise.resolve(this.#bytes.subarray(start, end));
  }
}

/** Reads the archive by chunks, bodies and all. */
export async function readByStream(
  bytes: Uint8Array,
  chunkBytes: number,
  body: "bytes" | "stream",
  options: DriverOptions,
): Promise<Outcome> {
  const found: string[] = [];
  const { onError, endOfArchive, maxEntryBytes, maxSampleBytes } = options;
  const reading = { name: NAME, endOfArchive, maxEntryBytes, memberFaults: "mark", body } as const;
  const faults = await collectFaults(async (onSkip) => {
    const entries = readTar(inChunks(bytes, chunkBytes), reading);
    const grouping = { shard: NAME, onError, onSkip, maxSampleBytes };
    for await (const { key, bytes } of readSamples(entries, grouping)) {
      found.push(
        showSample(key, Object.entries(bytes).map(([name, { length }]) => [name, length])),
      );
    }
  });
  return { samples: found, faults };
}

/** Walks over the archive's headers by ranges. */
export async function readByRanges(bytes: Uint8Array, options: DriverOptions): Promise<Outcome> {
  let walk: HeaderWalk | undefined;
  const faults = await collectFaults(async (told) => {
    const onSkip = options.onError === "skip" ? told : undefined;
    walk = new HeaderWalk(NAME, new MemoryRanges(bytes), { ...options, onSkip });
    await walk.advance(() => false, Infinity, undefined);
  });
  const found = walk!.samples.map(({ key, fields }) =>
    showSample(
      key,
      fields.map(({ extension, sizeBytes, sparseBytes }) => [extension, sparseBytes ?? sizeBytes]),
    )
  );
  return { samples: found, faults };
}

/**
 * Fails unless every driver makes the same of the archive, with typed errors alone, and an index lists the same
 * samples, of which it says where they lie.
 */
export async function compareDrivers(
  bytes: Uint8Array<ArrayBuffer>,
  chunkBytes: number,
  options: DriverOptions,
): Promise<Outcome> {
  const outcome = await readByRanges(bytes, options);
  for (const body of ["bytes", "stream"] as const) {
    const streamed = await readByStream(bytes, chunkBytes, body, options);
    const shown = [streamed, outcome].map((each) => JSON.stringify(each, undefined, 1));
    assert.equal(shown[0], shown[1], `${body} in chunks of ${chunkBytes}\n${shown.join("\n")}`);
  }
  const { onError, endOfArchive, maxEntryBytes, maxSampleBytes } = options;
  if (maxEntryBytes === Infinity && maxSampleBytes === Infinity && onError === "skip") {
    const walk = new HeaderWalk(NAME, new MemoryRanges(bytes), { endOfArchive, onSkip() {} });
    await walk.advance(() => false, Infinity, undefined);
    const index = await indexShard(bytes, { name: NAME, onError, endOfArchive });
    assert.deepEqual(index.samples, walk.samples);
  }
  return outcome;
}

function showSample(key: string, fields: readonly (readonly [string, number])[]): string {
  return `${key}: ${fields.map(([name, length]) => `${name} ${length}`).join(", ")}`;
}

async function collectFaults(
  run: (onSkip: (error: WdsError) => void) => Promise<void>,
): Promise<string[]> {
  const faults: string[] = [];
  try {
    await run((error) => void faults.push(showFault(error)));
  } catch (error) {
    faults.push(showFault(error));
  }
  return faults;
}

function showFault(error: unknown): string {
  if (!(error instanceof WdsError)) throw error;
  const { code, shard, key, offsetBytes, message } = error;
  return `${code} ${shard} ${key} ${offsetBytes}: ${message}`;
}
