/**
 * The first stage: shards to samples.
 *
 * @module
 */
import { skipFault } from "./faults.ts";
import { SampleError, type WdsError } from "../errors.ts";
import { samples } from "../sample/mod.ts";
import type { Sample } from "../sample/sample.ts";
import { gunzipIfNeeded } from "../storage/mod.ts";
import type { Source } from "../storage/source.ts";
import { readTar } from "../tar/mod.ts";
import { type ReadOptions, sizeLimits } from "../sample/read_options.ts";
import type { Run } from "./run.ts";

/**
 * Stage: reads shard after shard. A shard is opened when its first sample is asked for.
 *
 * @throws {SampleError} `sample/empty` where no shard holds any sample.
 */
export async function* readShards(
  sources: readonly Source[],
  options: ReadOptions,
  run: Run,
): AsyncGenerator<Sample, void, undefined> {
  let lastFault: WdsError | undefined;
  const before = run.stats.samples;
  const onSkip = run.onSkip && ((error: WdsError): void => {
    lastFault = error;
    run.onSkip?.(error);
  });
  for (const source of sources) {
    try {
      for await (const sample of readShard(source, options, run, onSkip)) {
        run.stats.samples++;
        yield sample;
        run.signal.throwIfAborted();
      }
    } catch (error) {
      run.signal.throwIfAborted();
      skipFault(error, onSkip);
    }
  }
  if (run.stats.samples === before) throw describeEmptiness(sources, lastFault);
}

async function* readShard(
  source: Source,
  options: ReadOptions,
  run: Run,
  onSkip: ((error: WdsError) => void) | undefined,
): AsyncGenerator<Sample, void, undefined> {
  const { signal } = run;
  const { name } = source;
  signal.throwIfAborted();
  const { body: stored } = await source.open({ signal });
  run.stats.shards++;
  const counted = countBytes(stored, (bytes) => run.stats.bytes += bytes);
  const archive = await gunzipIfNeeded(counted, { name });
  const { endOfArchive, maxPaxBytes, maxPaxHeaders, maxSampleFields } = options;
  const { maxEntryBytes, maxSampleBytes } = sizeLimits(options);
  const entries = readTar(archive, {
    name,
    signal,
    maxEntryBytes,
    maxPaxBytes,
    maxPaxHeaders,
    endOfArchive,
    memberFaults: "mark",
  });
  yield* samples(entries, {
    shard: name,
    signal,
    onError: onSkip === undefined ? "throw" : "skip",
    onSkip,
    maxSampleBytes,
    maxSampleFields,
  });
}

function countBytes(
  stream: ReadableStream<Uint8Array>,
  onBytes: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      onBytes(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** The error of a dataset, or of a transform, that yields nothing at all. */
export function describeEmptiness(
  sources: readonly Source[],
  lastFault: WdsError | undefined,
): SampleError {
  const names = sources.slice(0, 3).map(({ name }) => `"${name}"`).join(", ");
  const more = sources.length > 3 ? ` and ${sources.length - 3} more` : "";
  const reason = lastFault === undefined
    ? "there are none"
    : `all were skipped; last: ${lastFault.message}`;
  return new SampleError("sample/empty", {
    action: `read any sample of ${names}${more}`,
    reason,
    shard: sources.length === 1 ? sources[0].name : undefined,
    cause: lastFault,
  });
}
