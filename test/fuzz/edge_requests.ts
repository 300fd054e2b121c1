/** Hostile requests, and what must hold of every answer. */

import { formatIndex, formatSplit, indexShard } from "../../src/index/mod.ts";
import { createHandler, type Handler, type R2BucketLike } from "../../src/edge/mod.ts";
import type { Fixtures } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { makeFaulty } from "../edge/load/faulty_bucket.ts";

/** What must never be told. */
const SECRETS = ["secret of the storage", "t0p-secret", "node_modules"];

/** Samples of the sound shards. */
const LENGTH = 6;

/** What became of a campaign. */
export interface EdgeFuzzReport {
  readonly requests: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** What did not hold, with the request that shows it. */
  readonly broken: readonly string[];
}

type Random = (limit: number) => number;

function makeRandom(seed: number): Random {
  let state = seed * 2654435761 >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

class Objects implements R2BucketLike {
  readonly bytes = new Map<string, Uint8Array<ArrayBuffer>>();

  get(key: string, { range = {} }: { range?: { offset?: number; length?: number } } = {}) {
    const bytes = this.bytes.get(key);
    if (bytes === undefined) return Promise.resolve(null);
    const { offset = 0, length = bytes.length } = range;
    const body = new Blob([bytes.slice(offset, offset + length)]).stream();
    return Promise.resolve({ size: bytes.length, httpEtag: `"${key}"`, body });
  }

  head(key: string) {
    const bytes = this.bytes.get(key);
    return Promise.resolve(bytes ? { size: bytes.length, httpEtag: `"${key}"` } : null);
  }
}

/** Sound shards 0 (indexed) and 1 (not), and shards and indexes that are damaged at random. */
async function makeObjects(fixtures: Fixtures, random: Random): Promise<Objects> {
  const objects = new Objects();
  const encoder = new TextEncoder();
  const names = ["small_444.jpg", "portrait_420.jpg", "grey.jpg"];
  const pictures = await Promise.all(names.map((name) => fixtures.read(`jpeg/pictures/${name}`)));
  const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
  const members: [string, Uint8Array | string][] = [];
  for (let i = 0; i < LENGTH; i++) {
    members.push([`k${i}.cls`, String(i)], [`k${i}.jpg`, pictures[i % pictures.length]]);
    members.push([`k${i}.json`, i === 2 ? deep : '{"a": NaN, "n": 123456789012345678901}']);
    members.push([`k${i}.txt`, "<script>alert(1)</script>"]);
  }
  const sound = await makeShard(members);
  const index = encoder.encode(formatIndex(await indexShard(sound)));
  objects.bytes.set("s-0.tar", sound);
  objects.bytes.set("s-0.tar.idx", index);
  objects.bytes.set("s-1.tar", sound);
  const split = formatSplit({
    shards: [{ url: "s-0.tar", sampleCount: 2 }],
    classes: [random(9), random(9)],
  });
  objects.bytes.set("s-0.tar.split", random(2) === 0 ? split : damage(split, random));
  for (let n = 2; n < 10; n++) {
    objects.bytes.set(`s-${n}.tar`, damage(sound, random));
    if (n % 2 === 0) {
      objects.bytes.set(`s-${n}.tar.idx`, n % 4 === 0 ? damage(index, random) : index);
    }
  }
  return objects;
}

function damage(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(
    bytes.slice(0, random(3) === 0 ? random(bytes.length) : bytes.length),
  );
  for (let n = random(12); n > 0 && copy.length > 0; n--) {
    // Headers more often than what lies between them.
    const at = random(2) === 0 ? random(copy.length) : 512 * random(copy.length >> 9) + random(512);
    if (at < copy.length) copy[at] = random(256);
  }
  return copy;
}

const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  as: ["png", "jpeg", "json", "card", "rgb", "f32", "npy", "statistics", "gif", "", "PNG"],
  size: ["1", "8", "32", "64", "0", "65", "-1", "1e3", "٣", "9999999999999999999"],
  fit: ["contain", "cover", "evaluation", "fill", ""],
  quality: ["1", "50", "100", "0", "101", "x"],
  start: ["0", "3", "11", "59", "9007199254740991", "-1"],
  count: ["1", "2", "5", "8", "9", "0"],
  shard: ["0", "1", "2", "5", "9", "10"],
  index: ["0", "5", "6", "1000000000"],
  of: ["split", "shards", "x"],
  class: ["0", "3", "999999999", "x"],
  search: ["k", "a b", "\u{1f40d}", "x".repeat(201), ""],
  field: ["a", "a.b", "__proto__", ""],
  op: ["is", "min", "any", "like"],
  value: ["1", "x", "", "NaN"],
  key: ["k", "K3", "", "\u0130", "<script>", "x".repeat(200), "x".repeat(201), "\ud800"],
};

const HEADERS: readonly (readonly [string, string])[] = [
  ["if-none-match", "*"],
  ["if-none-match", '"x", W/"y"'],
  ["if-none-match", ""],
  ["range", "bytes=0-10"],
  ["accept", "image/webp"],
  ["authorization", "Bearer t0p-secret"],
  ["origin", "null"],
  ["x-forwarded-host", "evil.example"],
];

const VIEWS = [
  "",
  "as=rgb",
  "as=json",
  "as=jpeg",
  "size=32",
  "size=40&fit=cover",
  "as=f32&size=32",
  "as=npy&size=16",
  "as=rgb&size=24&fit=evaluation",
  "fit=evaluation",
  "as=card",
  "as=card&size=24&fit=contain",
  "as=statistics&size=32",
];

/** What a client might ask for that means well, of sound and of damaged shards. */
function makeTarget(random: Random): string {
  const shard = random(10);
  switch (random(5)) {
    case 0:
      return `/v1/all/batch?start=${random(62)}&count=${1 + random(8)}&size=${8 + random(24)}`;
    case 1:
      return `/v1/all/samples?shard=${shard}&index=${random(8)}&count=${1 + random(8)}` +
        (random(3) === 0 ? `&class=${random(6)}` : "") +
        (random(3) === 0 ? `&key=${random(6)}` : "") +
        (random(3) === 0 ? `&search=${random(6)}` : "") +
        (random(6) === 0 ? `&field=a&op=min&value=${random(6)}` : "");
    case 3:
      if (random(4) === 0) return `/v1/all/classes?shard=${shard}&count=${1 + random(8)}`;
      return `/v1/all/${random(62)}?${VIEWS[random(VIEWS.length)]}`;
    case 2:
      return `/v1/all/${random(62)}?${VIEWS[random(VIEWS.length)]}`;
    default:
      return `/v1/all/${shard}/${random(LENGTH + 1)}?${VIEWS[random(VIEWS.length)]}`;
  }
}

/** Anything that has the form of a request. */
function makeHostileTarget(random: Random): string {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)];
  const split = pick(["all", "all", "all", "all", "none", "__proto__", "..%2f", "%zz", ""]);
  const shard = pick([
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "s-0.tar",
    "10",
    "01",
    "x",
  ]);
  const number = pick([
    "0",
    "1",
    "2",
    "3",
    "5",
    "6",
    "60",
    "-1",
    "007",
    "1e1",
    "99999999999999999",
  ]);
  const path = pick([
    `/v1/${split}/${shard}/${number}`,
    `/v1/${split}/${shard}/${number}`,
    `/v1/${split}/${shard}/${number}`,
    `/v1/${split}/${number}`,
    `/v1/${split}/batch`,
    `/v1/${split}/samples`,
    `/v1/${split}/classes`,
    "/v1",
    "/",
    `/${split}/${shard}`,
    `/v1/${split}/${shard}/${number}/${number}`,
    "/favicon.ico",
    "//v1//all//0",
  ]);
  const query = new URLSearchParams();
  for (let n = random(4); n > 0; n--) {
    const name = pick(Object.keys(PARAMETERS));
    query.append(name, pick(PARAMETERS[name]));
  }
  return `${path}?${query}`;
}

function makeRequest(random: Random): Request {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)];
  const target = random(3) === 0 ? makeHostileTarget(random) : makeTarget(random);
  const headers = new Headers();
  for (let n = random(3); n > 0; n--) headers.set(...pick(HEADERS) as [string, string]);
  const method = random(8) === 0 ? pick(["HEAD", "OPTIONS", "POST", "DELETE"]) : "GET";
  const controller = new AbortController();
  if (random(20) === 0) setTimeout(() => controller.abort(new Error("left")), random(10));
  const { signal } = controller;
  return new Request(`http://edge.test${target}`, { method, headers, signal });
}

/** Says what does not hold of an answer. */
async function judge(request: Request, response: Response): Promise<string | undefined> {
  const { status, headers } = response;
  if (status === 500) return "status 500";
  if (![200, 204, 304, 400, 404, 405, 413, 422, 501, 502, 503, 504].includes(status)) {
    return `status ${status}`;
  }
  if (headers.get("x-content-type-options") !== "nosniff") return "no nosniff";
  if (!headers.has("content-security-policy")) return "no policy";
  let body: Uint8Array;
  try {
    body = new Uint8Array(await response.arrayBuffer());
  } catch {
    // It was cut, and says so; then nobody may keep it.
    return headers.get("cache-control")?.includes("no-store") ? undefined : "cut, but may be kept";
  }
  const length = headers.get("content-length");
  if (request.method === "HEAD" || status === 204 || status === 304) {
    if (body.length > 0) return "a body where there must be none";
  } else if (length !== null && Number(length) !== body.length) {
    return `${body.length} of ${length} bytes, as if it were whole`;
  }
  const shape = headers.get("x-shape");
  if (shape !== null && status === 200 && request.method === "GET") {
    const elements = shape.split(",").reduce((product, each) => product * Number(each), 1);
    const bytes = elements * (/as=rgb/.test(request.url) ? 1 : 4);
    if (body.length !== bytes && body.length !== bytes + 128) {
      return `${body.length} bytes of [${shape}]`;
    }
  }
  const text = new TextDecoder().decode(body);
  const told = `${text} ${JSON.stringify([...headers])}`;
  const secret = SECRETS.find((each) => told.includes(each));
  if (secret !== undefined) return `it tells "${secret}"`;
  if (status >= 400) {
    if (headers.get("cache-control") !== "no-store") return "a problem that may be kept";
    if (request.method !== "HEAD" && JSON.parse(text).status !== status) return "no problem+json";
  }
  if (status === 304 && !headers.has("etag")) return "304 without a tag";
  return undefined;
}

/** What must hold of the sound, indexed shard: numbers past its end are not there, the others are. */
function judgePresence(request: Request, { status }: Response): string | undefined {
  const { pathname } = new URL(request.url);
  const [, number] = /^\/v1\/all\/(?:0|s-0\.tar)\/([0-9]{1,9})$/.exec(pathname) ?? [];
  if (number === undefined || /^0[0-9]/.test(number)) return undefined;
  const isThere = Number(number) < LENGTH;
  if (status === 404 && isThere) return "404 of what is there";
  if ((status === 200 || status === 304) && !isThere && request.method !== "OPTIONS") {
    return `${status} of what is not there`;
  }
  return undefined;
}

function withTimeout(response: Promise<Response>, ms: number): Promise<Response> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), ms);
  });
  return Promise.race([response, late]).finally(() => clearTimeout(timer));
}

/** Asks `count` times, some requests at a time. */
export async function runEdgeFuzz(
  fixtures: Fixtures,
  count: number,
  seed: number,
): Promise<EdgeFuzzReport> {
  const random = makeRandom(seed);
  const statuses: Record<string, number> = {};
  const broken: string[] = [];
  let handler: Handler | undefined;
  let requests = 0;
  const ask = async (): Promise<void> => {
    const request = makeRequest(random);
    const what = `${request.method} ${request.url} ${JSON.stringify([...request.headers])}`;
    try {
      const response = await withTimeout(handler!(request), 60_000);
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      const complaint = judgePresence(request, response) ?? await judge(request, response);
      if (complaint !== undefined) broken.push(`${complaint}: ${what}`);
    } catch (error) {
      broken.push(`${error}: ${what}`);
    }
  };
  while (requests < count) {
    const objects = await makeObjects(fixtures, random);
    handler = createHandler({
      store: makeFaulty(objects, 40),
      splits: { all: "s-{0..9}.tar" },
      cache: false,
      maxSize: 64,
      maxCount: 8,
      storageTimeoutMs: 100,
      indexRetryMs: 50,
    });
    for (let round = 0; round < 50 && requests < count; round++) {
      const size = Math.min(8, count - requests);
      requests += size;
      await Promise.all(Array.from({ length: size }, ask));
    }
  }
  return { requests, statuses, broken };
}
