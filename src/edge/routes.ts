/**
 * The routes: which path asks for what, by which parameters.
 *
 * @module
 */
import { answerBatch } from "./answer_batch.ts";
import { countClasses, countSplitClasses, MAX_COUNTED_SHARDS } from "./answer_classes.ts";
import { type ListingRequest, listSamples } from "./answer_listing.ts";
import { answerSample } from "./answer_sample.ts";
import { searchSamples } from "./answer_search.ts";
import { findShard, type Split } from "./catalogue.ts";
import { askStorage, type Exchange } from "./exchange.ts";
import { galleryPage } from "./gallery/page.ts";
import { answerJson } from "./headers.ts";
import {
  type Parameters,
  readChoice,
  readInteger,
  readParameters,
  readPath,
  readText,
  readView,
} from "./parameters.ts";
import { Problem } from "./problem.ts";
import { readSearch } from "./search.ts";

/** One route. */
export interface Route {
  /** Its path, with what varies in braces. Of several that fit, the first is meant. */
  readonly path: string;
  /** Parameters that it takes; absent where they are not the handler's to read. */
  readonly parameters?: readonly string[];
  /** What it answers, for the documentation. */
  readonly summary: string;
  /** Answers. `at` has what stands in the place of each pair of braces. */
  answer(
    exchange: Exchange,
    at: Readonly<Record<string, string>>,
    parameters: Parameters,
  ): Promise<Response> | Response;
}

const VIEW = ["as", "size", "fit", "quality"];

/** The routes in the order in which they are tried. */
export const ROUTES: readonly Route[] = [
  {
    path: "/",
    summary:
      "the gallery: pictures, captions, search, classes, single samples beside what a model sees of them",
    answer({ setting }): Response {
      if (setting.options.gallery === false) throw notFound();
      return galleryPage(setting.inspectsAt);
    },
  },
  {
    // Browsers ask for one by themselves.
    path: "/favicon.ico",
    summary: "nothing",
    answer: () => new Response(null, { status: 204 }),
  },
  {
    path: "/v1",
    parameters: [],
    summary: "splits and shards",
    answer: describeSplits,
  },
  {
    path: "/v1/{split}/batch",
    parameters: ["start", "count", "size"],
    summary: "tensors `[count, 3, size, size]`, one `.npy` file of float32",
    async answer(exchange, at, parameters): Promise<Response> {
      const { maxCount, maxSize } = exchange.setting.bounds;
      return await answerBatch(exchange, findSplit(exchange, at.split), {
        start: readInteger(parameters, "start", 0, Number.MAX_SAFE_INTEGER) ?? 0,
        count: readInteger(parameters, "count", 1, maxCount) ?? Math.min(16, maxCount),
        size: readInteger(parameters, "size", 1, maxSize) ?? Math.min(224, maxSize),
      });
    },
  },
  {
    path: "/v1/{split}/samples",
    parameters: ["shard", "index", "count", "class", "key", "search", "field", "op", "value"],
    summary:
      "keys and classes, page by page; `?key=` takes those with a text in their keys; `?search=` those with words in keys, " +
      "class names or captions; `?field=` those whose JSON has a value: `op` is `is` (default), `not`, `has`, `min`, " +
      "`max` or `any`",
    async answer(exchange, at, parameters): Promise<Response> {
      const { maxCount } = exchange.setting.bounds;
      const split = findSplit(exchange, at.split);
      const shard = readInteger(parameters, "shard", 0, split.shards.length - 1) ?? 0;
      const request: ListingRequest = {
        from: [shard, readInteger(parameters, "index", 0, 1e9) ?? 0],
        count: readInteger(parameters, "count", 1, maxCount) ?? Math.min(48, maxCount),
        label: readInteger(parameters, "class", 0, 1e9),
        key: readText(parameters, "key"),
      };
      const search = readSearch(parameters);
      if (search === undefined) {
        return answerJson(await listSamples(exchange, split, request), exchange);
      }
      const page = await searchSamples(exchange, split, { ...request, search });
      if (page.faults.length === 0) return answerJson(page, exchange);
      // What could not be read may be there the next time.
      const response = answerJson(page);
      response.headers.set("cache-control", "no-store");
      return response;
    },
  },
  {
    path: "/v1/{split}/classes",
    parameters: ["shard", "count", "of"],
    summary:
      "how many samples of each class up to 8 shards have, by their indexes; with `?of=split` all of them, by that of the split",
    async answer(exchange, at, parameters): Promise<Response> {
      const split = findSplit(exchange, at.split);
      const shard = readInteger(parameters, "shard", 0, split.shards.length - 1) ?? 0;
      const count = readInteger(parameters, "count", 1, MAX_COUNTED_SHARDS) ?? 1;
      if (readChoice(parameters, "of", ["shards", "split"]) === "split") {
        return answerJson(await countSplitClasses(exchange, split), exchange);
      }
      return answerJson(await countClasses(exchange, split, shard, count), exchange);
    },
  },
  {
    path: "/v1/{split}/{n}",
    parameters: VIEW,
    summary: "a sample by its number in the split, as below",
    async answer(exchange, at, parameters): Promise<Response> {
      const view = readView(parameters, exchange.setting.bounds);
      const split = findSplit(exchange, at.split);
      const n = readNumber(at.n);
      const [shard, index] = await askStorage(
        exchange,
        (signal) => exchange.shards.locate(split, n, signal),
      );
      return await answerSample(exchange, shard, index, view);
    },
  },
  {
    path: "/v1/{split}/{shard}/{index}",
    parameters: VIEW,
    summary:
      "a sample: `?as=png` (default), `jpeg`, `json`, `card` (JSON and a picture), `rgb`, `f32`, `npy` or `statistics` " +
      "(of the tensor); `?size=`; `?fit=contain` (default), `cover` or `evaluation`; `?quality=` for new JPEGs",
    async answer(exchange, at, parameters): Promise<Response> {
      const view = readView(parameters, exchange.setting.bounds);
      const split = findSplit(exchange, at.split);
      const shard = split.shards[findShard(split, at.shard)];
      return await answerSample(exchange, shard, readNumber(at.index), view);
    },
  },
];

const PATTERNS = ROUTES.map((route) => ({ route, segments: route.path.split("/").slice(1) }));

/**
 * Answers a request by its route.
 *
 * @throws {Problem} If there is none, or a parameter is not its.
 */
export async function followRoute(exchange: Exchange): Promise<Response> {
  const given = readPath(exchange.url);
  for (const { route, segments } of PATTERNS) {
    const at = matchSegments(segments, given);
    if (at === undefined) continue;
    const { parameters } = route;
    const read = parameters === undefined ? new Map() : readParameters(exchange.url, parameters);
    return await route.answer(exchange, at, read);
  }
  throw notFound();
}

function matchSegments(
  segments: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const at: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    if (segment.startsWith("{")) at[segment.slice(1, -1)] = given[i];
    else if (segment !== given[i]) return undefined;
  }
  return at;
}

function describeSplits({ setting }: Exchange): Response {
  const splits = [...setting.splits.values()].map(({ name, shards, lengths }) => ({
    name,
    shards,
    samples: lengths?.reduce((sum, length) => sum + length, 0),
  }));
  return answerJson({ splits, labels: setting.options.labels !== false });
}

function findSplit({ setting }: Exchange, name: string): Split {
  const split = setting.splits.get(name);
  if (split !== undefined) return split;
  throw new Problem(404, "split-not-found", "There is no such split.");
}

function readNumber(text: string): number {
  if (/^(0|[1-9][0-9]{0,15})$/.test(text)) return Number(text);
  throw new Problem(404, "sample-not-found", "A sample has an integer as its number.");
}

function notFound(): Problem {
  return new Problem(404, "not-found", "There is no such page.");
}
