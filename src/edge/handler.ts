/**
 * The handler: who may ask, and what every answer has. What is asked for is the routes' affair.
 *
 * @module
 */
import { listCodecs } from "../image/codecs/plugged.ts";
import { authorize } from "./access.ts";
import { MemoryBudget } from "./budget.ts";
import { makeCatalogue } from "./catalogue.ts";
import type { Setting } from "./exchange.ts";
import { finishAnswer } from "./headers.ts";
import type { ExecutionContextLike, Handler, HandlerOptions } from "./options.ts";
import { answerProblem, Problem, toProblem } from "./problem.ts";
import { followRoute } from "./routes.ts";
import { ShardCache } from "./shard_cache.ts";
import { accessOf } from "../storage/source_options.ts";
import { type StoreInput, toStore } from "../storage/to_store.ts";

/**
 * Makes a fetch handler that serves samples, pictures and tensors out of shards in object storage.
 *
 * | route | answer |
 * | --- | --- |
 * | `/` | a page to look through the samples |
 * | `/v1` | the splits and their shards |
 * | `/v1/{split}/{shard}/{index}` | a sample: `?as=png` (default), `jpeg`, `json`, `card`, `rgb`, `f32`, `npy` or `statistics`; `?size=`, `?fit=contain` (default), `cover` or `evaluation`; `?quality=` for `jpeg` with a size |
 * | `/v1/{split}/{n}` | the same by its number in the split |
 * | `/v1/{split}/batch?start=&count=&size=` | tensors `[count, 3, size, size]` as one `.npy` file of float32 |
 * | `/v1/{split}/samples?shard=&index=&count=&class=&key=` | a page of keys and classes: all, of a class, or with a text in their keys |
 * | `/v1/{split}/samples?search=&field=&op=&value=` | the same, of samples with words in keys, class names or captions, and a value in their JSON: `op` is `is` (default), `not`, `has`, `min`, `max` or `any`. An answer looks as far as one request may (`looked`, `reached` of `total`); `next` is where to go on |
 * | `/v1/{split}/classes?shard=&count=&of=` | how many samples of each class up to 8 shards have, by their indexes; with `of=split` all of them, by the split's |
 *
 * `{shard}` is its number in the split, or its file name. `rgb` is [H, W, 3] u8 and `f32` [3, H, W] float32,
 * little-endian, with the shape in the header `X-Shape`; both, and `npy`, are the bytes that Python gives. `card` is
 * `multipart/form-data` of `facts`, which `json` gives alone, and `picture`, so that a list takes one request a sample;
 * `statistics` is the least, the largest and the mean value of that tensor and their standard deviation. Errors
 * are `application/problem+json` with a stable `code`.
 *
 * @throws {TypeError} With the first request, if the store is none of the kinds.
 *
 * @example Usage
 * ```ts
 * import { createHandler } from "@wdstream/wdstream/edge";
 * import { sampleShard, toSource } from "@wdstream/wdstream";
 *
 * const handler = createHandler({
 *   store: toSource(sampleShard()),
 *   splits: { sample: ["sample.tar"] },
 * });
 * const response = await handler(new Request("http://localhost/v1/sample/0/3?size=96&fit=cover"));
 * if (response.headers.get("content-type") !== "image/png") throw new Error(await response.text());
 * ```
 */
export function createHandler<Env = unknown>(options: HandlerOptions<Env>): Handler<Env> {
  return createHandlerBeside(options, undefined);
}

/** The same, with a gallery that links to the page which looks into shards, as `withInspector()` serves it beside it. */
export function createHandlerBeside<Env>(
  options: HandlerOptions<Env>,
  inspectsAt: string | undefined,
): Handler<Env> {
  const handler = new EdgeHandler(options as HandlerOptions, inspectsAt);
  return (request, env, context) => handler.answer(request, env, context);
}

class EdgeHandler {
  readonly #setting: Setting;
  /** By what the configuration gives for the surroundings: a binding, or a URL. */
  readonly #shards = new Map<StoreInput, ShardCache>();

  constructor(options: HandlerOptions, inspectsAt: string | undefined) {
    const { maxWorkBytes = 32 << 20 } = options;
    this.#setting = {
      options,
      splits: makeCatalogue(options.splits),
      bounds: { maxSize: options.maxSize ?? 1024, maxCount: options.maxCount ?? 64 },
      maxPixels: options.maxPixels ?? 6_000_000,
      codecs: listCodecs(options.decoders),
      storageTimeoutMs: options.storageTimeoutMs ?? 15_000,
      inspectsAt,
      reading: new MemoryBudget(maxWorkBytes),
      rendering: new MemoryBudget(maxWorkBytes),
    };
  }

  async answer(
    request: Request,
    env: unknown,
    context: ExecutionContextLike | undefined,
  ): Promise<Response> {
    const { options } = this.#setting;
    let isPrivate = options.accessToken !== undefined;
    let response: Response;
    try {
      const token = this.#token(env);
      isPrivate ||= token !== undefined;
      response = answerMethod(request) ?? await this.#authorized(request, env, token, context);
    } catch (error) {
      const hasLeft = request.signal?.aborted === true;
      const problem = hasLeft ? new Problem(503, "left", "The client has left.") : toProblem(error);
      response = answerProblem(problem);
      if (problem.status >= 500 && !hasLeft) this.#tell(error, request);
    }
    return finishAnswer(request, response, isPrivate, options);
  }

  #token(env: unknown): string | undefined {
    const { accessToken } = this.#setting.options;
    if (typeof accessToken !== "function") return accessToken;
    const token = accessToken(env);
    // A secret that was forgotten must not open what it should close.
    if (token === undefined || token === "") {
      throw new Problem(500, "misconfigured", "The access token is not set.");
    }
    return token;
  }

  async #authorized(
    request: Request,
    env: unknown,
    token: string | undefined,
    context: ExecutionContextLike | undefined,
  ): Promise<Response> {
    if (token !== undefined) await authorize(request, token);
    // Servers make it of what the client says, which need not be one.
    if (!URL.canParse(request.url)) throw new Problem(400, "bad-url", "The URL is none.");
    return await followRoute({
      request,
      url: new URL(request.url),
      setting: this.#setting,
      shards: this.#openShards(env),
      isPrivate: token !== undefined,
      context,
    });
  }

  #openShards(env: unknown): ShardCache {
    const { options } = this.#setting;
    const { store, maxRequests = 40, maxSampleBytes = 16 << 20, indexRetryMs = 60_000 } = options;
    const given = typeof store === "function" ? store(env) : store;
    const key = given instanceof URL ? given.href : given;
    let shards = this.#shards.get(key);
    if (shards === undefined) {
      const { prefix, ...access } = options;
      // A visitor waits less long than a storage takes to recover.
      // `cache` is that of the answers.
      const opened = toStore(given, {
        ...accessOf({ ...access, cache: undefined }),
        prefix,
        retry: false,
      });
      shards = new ShardCache(opened, { maxRequests, maxSampleBytes, indexRetryMs });
      // Platforms that make a binding anew for each request must not fill the memory.
      if (this.#shards.size >= 4) this.#shards.clear();
      this.#shards.set(key, shards);
    }
    return shards;
  }

  #tell(error: unknown, request: Request): void {
    try {
      this.#setting.options.onError?.(error, request);
    } catch {
      // A log that fails is no reason to leave a client without an answer.
    }
  }
}

function answerMethod({ method }: Request): Response | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  const allow = "GET, HEAD, OPTIONS";
  if (method !== "OPTIONS") {
    throw new Problem(405, "method-not-allowed", "Only GET and HEAD are answered.", { allow });
  }
  return new Response(null, { status: 204, headers: { allow } });
}
