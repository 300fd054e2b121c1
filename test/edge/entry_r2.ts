/** A Worker as the README has it: the handler over a bucket. */
import encoder from "./mozjpeg_enc.wasm";
import kernel from "./wdstream.wasm";
import { createHandler, type R2BucketLike } from "../../src/edge/mod.ts";

interface Env {
  readonly BUCKET: R2BucketLike;
  /** File names of the shards, separated by commas. */
  readonly SHARDS: string;
  /** "off" for a handler that keeps nothing. */
  readonly CACHE?: string;
}

let handler: ReturnType<typeof createHandler<Env>> | undefined;

export default {
  fetch(request: Request, env: Env, context: { waitUntil(work: Promise<unknown>): void }) {
    handler ??= createHandler<Env>({
      source: ({ BUCKET }) => BUCKET,
      splits: { all: env.SHARDS.split(",") },
      kernel,
      jpegEncoder: encoder,
      ...(env.CACHE === "off" ? { cache: false } : {}),
    });
    return handler(request, env, context);
  },
};
