/**
 * The handler: routes, and what every answer has.
 *
 * @module
 */
import { init } from "../image/mod.ts";
import { imagenetLabels } from "../imagenet/labels.ts";
import { findShard, makeCatalogue, type Split } from "./catalogue.ts";
import { encodeByJsquash } from "./encode_jpeg.ts";
import { galleryPage } from "./gallery.ts";
import { authorize, Turnstile } from "./guard.ts";
import { listSamples, streamBatch } from "./listing.ts";
import type { CacheLike, ExecutionContextLike, Handler, HandlerOptions } from "./options.ts";
import {
  canonical,
  type Parameters,
  readInteger,
  readParameters,
  readPath,
  readView,
  type View,
} from "./parameters.ts";
import { answerProblem, Problem, toProblem } from "./problem.ts";
import { type LabelInfo, render, type Rendered } from "./render.ts";
import { ShardCache } from "./shard_cache.ts";
import { type HandlerSource, openStorage } from "./storage.ts";

/** Part of every entity tag: answers of another version may have other bytes. */
const VERSION = "1";

const VIEW_PARAMETERS = ["as", "size", "fit", "quality"];

/** One request with what it takes to answer it. */
interface Exchange {
  readonly request: Request;
  readonly url: URL;
  readonly shards: ShardCache;
  readonly isPrivate: boolean;
  readonly context: ExecutionContextLike | undefined;
}

/**
 * Makes a fetch handler that serves samples, pictures and tensors out of shards in object storage.
 *
 * | route | answer |
 * | --- | --- |
 * | `/` | a page to look through the samples |
 * | `/v1` | the splits and their shards |
 * | `/v1/{split}/{shard}/{index}` | a sample: `?as=png` (default), `jpeg`, `json`, `rgb`, `f32` or `npy`; `?size=`, `?fit=contain` (default), `cover` or `evaluation`; `?quality=` for `jpeg` with a size |
 * | `/v1/{split}/{n}` | the same by its number in the split |
 * | `/v1/{split}/batch?start=&count=&size=` | tensors `[count, 3, size, size]` as one `.npy` file of float32 |
 * | `/v1/{split}/samples?shard=&index=&count=&class=` | a page of keys and classes |
 *
 * `{shard}` is its number in the split, or its file name. `rgb` is [H, W, 3] u8 and `f32` [3, H, W] float32,
 * little-endian, with the shape in the header `X-Shape`; both, and `npy`, are the bytes that Python gives. Errors
 * are `application/problem+json` with a stable `code`.
 *
 * @throws {TypeError} With the first request, if the source is none of the kinds.
 *
 * @example Usage
 * ```ts
 * import { createHandler } from "@wdstream/wdstream/edge";
 * import { sampleShard, toSource } from "@wdstream/wdstream";
 *
 * const handler = createHandler({
 *   source: toSource(sampleShard()),
 *   splits: { sample: ["sample.tar"] },
 * });
 * const response = await handler(new Request("http://localhost/v1/sample/0/3?size=96&fit=cover"));
 * if (response.headers.get("content-type") !== "image/png") throw new Error(await response.text());
 * ```
 */
export function createHandler<Env = unknown>(options: HandlerOptions<Env>): Handler<Env> {
  const handler = new EdgeHandler(options as HandlerOptions);
  return (request, env, context) => handler.answer(request, env, context);
}

class EdgeHandler {
  readonly #options: HandlerOptions;
  readonly #splits: ReadonlyMap<string, Split>;
  readonly #bounds: { maxSize: number; maxCount: number };
  readonly #maxPixels: number;
  readonly #decodes: Turnstile;
  /** Pictures of full size take memory, so that one is made at a time. */
  readonly #wholes = new Turnstile(1, 16);
  /** By what the configuration gives for the surroundings: a binding, or a URL. */
  readonly #shards = new Map<HandlerSource, ShardCache>();

  constructor(options: HandlerOptions) {
    this.#options = options;
    this.#splits = makeCatalogue(options.splits);
    this.#bounds = { maxSize: options.maxSize ?? 1024, maxCount: options.maxCount ?? 64 };
    this.#maxPixels = options.maxPixels ?? 6_000_000;
    const { maxDecodes = 4 } = options;
    this.#decodes = new Turnstile(maxDecodes, 8 * maxDecodes);
  }

  async answer(
    request: Request,
    env: unknown,
    context: ExecutionContextLike | undefined,
  ): Promise<Response> {
    let isPrivate = this.#options.accessToken !== undefined;
    let response: Response;
    try {
      const token = this.#token(env);
      isPrivate ||= token !== undefined;
      response = this.#answerMethod(request) ??
        await this.#authorized(request, env, token, context);
    } catch (error) {
      const problem = toProblem(error);
      response = answerProblem(problem);
      if (problem.status >= 500) this.#options.onError?.(error, request);
    }
    return this.#finish(request, response, isPrivate);
  }

  #token(env: unknown): string | undefined {
    const { accessToken } = this.#options;
    if (typeof accessToken !== "function") return accessToken;
    const token = accessToken(env);
    // A secret that was forgotten must not open what it should close.
    if (token === undefined || token === "") {
      throw new Problem(500, "misconfigured", "The access token is not set.");
    }
    return token;
  }

  #answerMethod({ method }: Request): Response | undefined {
    if (method === "GET" || method === "HEAD") return undefined;
    const allow = "GET, HEAD, OPTIONS";
    if (method !== "OPTIONS") {
      throw new Problem(405, "method-not-allowed", "Only GET and HEAD are answered.", { allow });
    }
    return new Response(null, { status: 204, headers: { allow } });
  }

  async #authorized(
    request: Request,
    env: unknown,
    token: string | undefined,
    context: ExecutionContextLike | undefined,
  ): Promise<Response> {
    if (token !== undefined) await authorize(request, token);
    const isPrivate = token !== undefined;
    const url = new URL(request.url);
    const exchange = { request, url, shards: this.#openShards(env), isPrivate, context };
    return await this.#route(exchange);
  }

  #openShards(env: unknown): ShardCache {
    const { source, maxRequests = 40, maxSampleBytes = 16 * 1024 * 1024 } = this.#options;
    const given = typeof source === "function" ? source(env) : source;
    const key = given instanceof URL ? given.href : given;
    let shards = this.#shards.get(key);
    if (shards === undefined) {
      const open = openStorage(given, this.#options);
      shards = new ShardCache(open, { maxRequests, maxSampleBytes });
      // Platforms that make a binding anew for each request must not fill the memory.
      if (this.#shards.size >= 4) this.#shards.clear();
      this.#shards.set(key, shards);
    }
    return shards;
  }

  async #route(exchange: Exchange): Promise<Response> {
    const { url } = exchange;
    const [root, splitName, ...rest] = readPath(url);
    if (root === "" && splitName === undefined && this.#options.gallery !== false) {
      // The page's own parameters are for its script.
      return galleryPage();
    }
    // Browsers ask for one by themselves.
    if (root === "favicon.ico" && splitName === undefined) {
      return new Response(null, { status: 204 });
    }
    if (root !== "v1") throw notFound();
    if (splitName === undefined) return this.#describeSplits(url);
    const split = this.#splits.get(splitName);
    if (split === undefined) throw new Problem(404, "split-not-found", "There is no such split.");
    if (rest.length === 1 && rest[0] === "batch") return await this.#batch(exchange, split);
    if (rest.length === 1 && rest[0] === "samples") return await this.#samples(exchange, split);
    const view = readView(readParameters(url, VIEW_PARAMETERS), this.#bounds);
    if (rest.length === 1) {
      const [shard, index] = await exchange.shards.locate(split, readNumber(rest[0]));
      return await this.#sample(exchange, split.shards[shard], index, view);
    }
    if (rest.length !== 2) throw notFound();
    const shard = split.shards[findShard(split, rest[0])];
    return await this.#sample(exchange, shard, readNumber(rest[1]), view);
  }

  #describeSplits(url: URL): Response {
    readParameters(url, []);
    const splits = [...this.#splits.values()].map(({ name, shards, lengths }) => ({
      name,
      shards,
      samples: lengths?.reduce((sum, length) => sum + length, 0),
    }));
    return json({ splits, labels: this.#options.labels !== false });
  }

  async #sample(
    exchange: Exchange,
    shardName: string,
    index: number,
    view: View,
  ): Promise<Response> {
    const { shards, request } = exchange;
    const shard = await shards.shard(shardName);
    const known = shard.index && await this.#tag(shardName, index, view, shard.object.etag);
    if (known !== undefined) {
      if (isMatch(request, known)) return notModified(known);
      const cached = await this.#fromCache(exchange, known);
      if (cached !== undefined) return cached;
    }
    const { sample, shard: opened } = await shards.get(shardName, index, request.signal);
    const etag = await this.#tag(shardName, index, view, opened.object.etag);
    if (etag !== undefined && isMatch(request, etag)) return notModified(etag);
    const makes = async (): Promise<Rendered> => {
      await init(this.#options.kernel);
      return await render(sample, view, {
        maxPixels: this.#maxPixels,
        encodeJpeg: this.#options.encodeJpeg ??
          ((image, quality) => encodeByJsquash(image, quality, this.#options.jpegEncoder)),
        labels: (label) => this.#label(label),
      });
    };
    const isStored = view.as === "json" || (view.as === "jpeg" && view.size === undefined);
    const decodes = (): Promise<Rendered> => this.#decodes.pass(makes, request.signal);
    const { body, type, shape } = isStored
      ? await makes()
      : view.size === undefined
      ? await this.#wholes.pass(decodes, request.signal)
      : await decodes();
    const headers = new Headers({ "content-type": type });
    const length = typeof body === "string" ? new TextEncoder().encode(body).length : body.length;
    headers.set("content-length", String(length));
    if (etag !== undefined) headers.set("etag", etag);
    if (shape !== undefined) headers.set("x-shape", shape.join(","));
    const response = new Response(body, { headers });
    this.#cacheHeaders(response.headers, exchange.isPrivate);
    if (etag !== undefined) this.#intoCache(exchange, etag, response);
    return response;
  }

  /** The entity tag: what is asked for, of which version of which object. */
  async #tag(
    shard: string,
    index: number,
    view: View,
    object: string | undefined,
  ): Promise<string | undefined> {
    if (object === undefined) return undefined;
    const text = [VERSION, shard, index, canonical(view), object.replace(/^W\//, "")].join("\n");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    const bytes = new Uint8Array(digest, 0, 16);
    return `"${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
  }

  #cache(isPrivate: boolean): CacheLike | undefined {
    const { cache } = this.#options;
    if (isPrivate || cache === false) return undefined;
    const platform = globalThis as { caches?: { default?: CacheLike } };
    return cache ?? platform.caches?.default;
  }

  /** The tag names everything that the answer depends on, so that it alone is the key. */
  #cacheKey({ url }: Exchange, etag: string): Request {
    return new Request(new URL(`/v1/.cache/${etag.slice(1, -1)}`, url));
  }

  async #fromCache(exchange: Exchange, etag: string): Promise<Response | undefined> {
    try {
      const found = await this.#cache(exchange.isPrivate)?.match(this.#cacheKey(exchange, etag));
      return found && new Response(found.body, found);
    } catch {
      // A cache that fails is no reason to.
      return undefined;
    }
  }

  #intoCache(exchange: Exchange, etag: string, response: Response): void {
    const cache = this.#cache(exchange.isPrivate);
    if (cache === undefined) return;
    const copy = response.clone();
    const put = Promise.resolve()
      .then(() => cache.put(this.#cacheKey(exchange, etag), copy))
      .catch(() => {});
    exchange.context?.waitUntil(put);
  }

  async #batch(exchange: Exchange, split: Split): Promise<Response> {
    const parameters = readParameters(exchange.url, ["start", "count", "size"]);
    const start = readInteger(parameters, "start", 0, Number.MAX_SAFE_INTEGER) ?? 0;
    const count = readInteger(parameters, "count", 1, this.#bounds.maxCount) ?? 16;
    const size = readInteger(parameters, "size", 1, this.#bounds.maxSize) ?? 224;
    const { signal, method } = exchange.request;
    await init(this.#options.kernel);
    const { body, sizeBytes, shape } = await streamBatch(start, count, size, {
      maxPixels: this.#maxPixels,
      get: async (n) => {
        const [shard, index] = await exchange.shards.locate(split, n);
        return await exchange.shards.get(split.shards[shard], index, signal);
      },
      pass: (work) => this.#decodes.pass(work, signal),
    });
    if (method === "HEAD") await body.cancel();
    const response = new Response(method === "HEAD" ? null : body, {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(sizeBytes),
        "x-shape": shape.join(","),
      },
    });
    this.#cacheHeaders(response.headers, exchange.isPrivate);
    return response;
  }

  async #samples(exchange: Exchange, split: Split): Promise<Response> {
    const parameters = readParameters(exchange.url, ["shard", "index", "count", "class"]);
    const integer = (name: string, high: number): number | undefined =>
      readInteger(parameters, name, 0, high);
    const shard = integer("shard", split.shards.length - 1) ?? 0;
    const index = integer("index", 1e9) ?? 0;
    const count = readCount(parameters, this.#bounds.maxCount);
    const label = integer("class", 1e9);
    const labels = (each: number): Promise<LabelInfo | undefined> => this.#label(each);
    const { shards } = exchange;
    const response = json(await listSamples(shards, split, [shard, index], count, label, labels));
    this.#cacheHeaders(response.headers, exchange.isPrivate);
    return response;
  }

  async #label(label: number): Promise<LabelInfo | undefined> {
    const { labels = "imagenet" } = this.#options;
    if (labels === false) return undefined;
    const list = labels === "imagenet" ? await imagenetLabels() : labels;
    const found = list[label] as LabelInfo | undefined;
    return found && { name: found.name, synset: found.synset };
  }

  #cacheHeaders(headers: Headers, isPrivate: boolean): void {
    const { maxAgeSeconds = 86_400 } = this.#options;
    const who = isPrivate ? "private" : "public";
    headers.set("cache-control", `${who}, max-age=${maxAgeSeconds}`);
  }

  /** What every answer has, a problem's too. */
  #finish(request: Request, response: Response, isPrivate: boolean): Response {
    const headers = new Headers(response.headers);
    headers.set("x-content-type-options", "nosniff");
    headers.set("referrer-policy", "no-referrer");
    if (!headers.has("content-security-policy")) {
      headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    }
    const cors = this.#options.cors ?? (isPrivate ? false : "*");
    headers.set("cross-origin-resource-policy", cors === false ? "same-origin" : "cross-origin");
    if (cors !== false) {
      headers.set("access-control-allow-origin", cors);
      headers.set("access-control-expose-headers", "ETag, X-Shape");
      if (cors !== "*") headers.append("vary", "Origin");
      if (request.method === "OPTIONS") {
        headers.set("access-control-allow-methods", "GET, HEAD");
        headers.set("access-control-allow-headers", "Authorization, If-None-Match");
        headers.set("access-control-max-age", "86400");
      }
    }
    if (isPrivate) {
      headers.append("vary", "Authorization");
      const control = headers.get("cache-control");
      if (control !== null) headers.set("cache-control", control.replace("public", "private"));
      if (control === "no-store") headers.set("cache-control", "private, no-store");
    }
    const { status } = response;
    const isEmpty = request.method === "HEAD" || status === 204 || status === 304;
    if (request.method === "HEAD") response.body?.cancel().catch(() => {});
    return new Response(isEmpty ? null : response.body, { status, headers });
  }
}

function notFound(): Problem {
  return new Problem(404, "not-found", "There is no such page.");
}

function readNumber(text: string): number {
  if (/^(0|[1-9][0-9]{0,15})$/.test(text)) return Number(text);
  throw new Problem(404, "sample-not-found", "A sample has an integer as its number.");
}

function readCount(parameters: Parameters, maxCount: number): number {
  return readInteger(parameters, "count", 1, maxCount) ?? Math.min(48, maxCount);
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

/** Whether the request has this version already (RFC 9110, 13.1.2: weak comparison). */
function isMatch(request: Request, etag: string): boolean {
  const given = request.headers.get("if-none-match");
  if (given === null) return false;
  return given.trim() === "*" ||
    given.split(",").some((each) => each.trim().replace(/^W\//, "") === etag);
}

function notModified(etag: string): Response {
  return new Response(null, {
    status: 304,
    headers: { etag, "cache-control": "public, max-age=86400" },
  });
}
