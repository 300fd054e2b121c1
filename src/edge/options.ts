/**
 * What a handler can be told.
 *
 * @module
 */
import type { KernelSource } from "../image/mod.ts";
import type { SplitShards } from "./catalogue.ts";
import type { ImageDecoders } from "../image/codec.ts";
import type { EncodeJpeg } from "../image/encode/jpeg.ts";
import type { LabelInfo } from "./rendered.ts";
import type { SchemeOptions, StoreInput, StoreOptions } from "../storage/mod.ts";

/** What a platform hands to each request for work after the answer: that of Workers has more. */
export interface ExecutionContextLike {
  /** Keeps the request's surroundings alive until the work is done. */
  waitUntil(work: Promise<unknown>): void;
}

/** What is used of the platform's cache: `caches.default` of Workers, or one that was opened. */
export interface CacheLike {
  /** Gives what was stored for a URL. */
  match(request: Request): Promise<Response | undefined>;
  /** Stores an answer for a URL. */
  put(request: Request, response: Response): Promise<void>;
}

/** What {@linkcode createHandler} takes. */
export interface HandlerOptions<Env = unknown>
  extends
    Pick<StoreOptions, "headers" | "token" | "sign" | "fetch" | "prefix" | keyof SchemeOptions> {
  /**
   * Where the shards lie (the URL or path of a folder, a bucket of R2, an object with `open(name)`, or one shard
   * alone), or a function of what the platform hands to each request. Never taken from a request.
   */
  readonly store: StoreInput | ((env: Env) => StoreInput);
  /**
   * The splits by name, each with the file names of its shards, or a brace pattern of them.
   *
   * @default {"train" and "validation" of ImageNet-1k as published}
   */
  readonly splits?: Readonly<Record<string, SplitShards>>;
  /**
   * Whether `/` is a page to look through the samples.
   *
   * @default {true}
   */
  readonly gallery?: boolean;
  /**
   * Access token that every request must have, as bearer or as the password of basic authorization. With it
   * nothing is put into a shared cache.
   */
  readonly accessToken?: string | ((env: Env) => string | undefined);
  /**
   * Names of the classes by index.
   *
   * @default {"imagenet"}
   */
  readonly labels?: "imagenet" | readonly LabelInfo[] | false;
  /**
   * Origin that scripts of other pages may read from: `*` for any, `false` for none.
   *
   * @default {"*", and false with a token}
   */
  readonly cors?: string | false;
  /**
   * The platform's cache, or `false` for none.
   *
   * @default {caches.default where there is one}
   */
  readonly cache?: CacheLike | false;
  /**
   * Seconds that answers may be kept.
   *
   * @default {86400}
   */
  readonly maxAgeSeconds?: number;
  /** Decoders for image types other than JPEG, by the extension of their files, as `transform()` takes them. */
  readonly decoders?: ImageDecoders;
  /** The kernel, for runtimes that forbid compiling: see `init`. */
  readonly kernel?: KernelSource | PromiseLike<KernelSource>;
  /** The compiled encoder of `@jsquash/jpeg`, for runtimes that forbid compiling. */
  readonly jpegEncoder?: WebAssembly.Module;
  /** Encodes pictures as JPEG, in place of `@jsquash/jpeg`. */
  readonly encodeJpeg?: EncodeJpeg;
  /**
   * Is told of every error behind an answer of 500 or more, which says less: for a log.
   */
  readonly onError?: (error: unknown, request: Request) => void;
  /**
   * Largest `size` in pixels.
   *
   * @default {1024}
   */
  readonly maxSize?: number;
  /**
   * Largest `count` of a batch or a page.
   *
   * @default {64}
   */
  readonly maxCount?: number;
  /**
   * Refuses an image with more pixels: a progressive one takes up to 12 bytes a pixel.
   *
   * @default {6000000}
   */
  readonly maxPixels?: number;
  /**
   * Largest sample in bytes.
   *
   * @default {16777216}
   */
  readonly maxSampleBytes?: number;
  /**
   * Requests to the storage that finding a sample without an index may take.
   *
   * @default {40}
   */
  readonly maxRequests?: number;
  /**
   * Bytes of samples, and as many of pictures, that are worked on at a time. What goes beyond waits some seconds
   * for its turn and is then answered with 503.
   *
   * @default {33554432}
   */
  readonly maxWorkBytes?: number;
  /**
   * Milliseconds that the storage has to give what one request needs of it; then the answer is 504.
   *
   * @default {15000}
   */
  readonly storageTimeoutMs?: number;
  /**
   * Milliseconds after which an index that was not there is looked for again, and one that knows of no such sample
   * is read anew.
   *
   * @default {60000}
   */
  readonly indexRetryMs?: number;
}

/** What a platform calls: `fetch` of a Worker, the handler of `Deno.serve` or `Bun.serve`. */
export type Handler<Env = unknown> = (
  request: Request,
  env?: Env,
  context?: ExecutionContextLike,
) => Promise<Response>;
