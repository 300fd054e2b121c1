/** A Worker as the README has it: the handler over a bucket. */
import encoder from "./mozjpeg_enc.wasm";
import kernel from "./wdstream.wasm";
import { createHandler, type R2BucketLike } from "../../src/edge/mod.ts";
import { makeFaulty } from "./load/faulty_bucket.ts";

interface Env {
  readonly BUCKET: R2BucketLike;
  /** File names of the shards, separated by commas. */
  readonly SHARDS: string;
  /** "off" for a handler that keeps nothing. */
  readonly CACHE?: string;
  /** One call in how many to the bucket fails; absent for none. */
  readonly FAULTS?: string;
}

let faulty: R2BucketLike | undefined;

function openBucket({ BUCKET, FAULTS }: Env): R2BucketLike {
  return FAULTS === undefined ? BUCKET : faulty ??= makeFaulty(BUCKET, Number(FAULTS));
}

let handler: ReturnType<typeof createHandler<Env>> | undefined;

export default {
  fetch(request: Request, env: Env, context: { waitUntil(work: Promise<unknown>): void }) {
    handler ??= createHandler<Env>({
      store: openBucket,
      splits: { all: env.SHARDS.split(",") },
      kernel,
      jpegEncoder: encoder,
      ...(env.CACHE === "off" ? { cache: false } : {}),
      ...(env.FAULTS === undefined ? {} : { storageTimeoutMs: 1000 }),
    });
    return handler(request, env, context);
  },
};
