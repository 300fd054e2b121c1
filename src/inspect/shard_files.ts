/**
 * The shards of the gallery as files, for the page that looks into them: whole, or a range of bytes.
 *
 * @module
 */
import { isMatch } from "../edge/headers.ts";
import { Problem } from "../edge/problem.ts";
import { baseName } from "../index/build.ts";
import type { ObjectFacts, OpenedObject, Source } from "../storage/source.ts";

/** What is added to a shard's name to name its index. */
const INDEX_SUFFIX = ".idx";

/** Shards by split, and where they lie. */
export interface ServedShards {
  readonly splits: Readonly<Record<string, readonly string[]>>;
  /** The shard of a name that a split has. */
  open(name: string): Source;
}

/** A range of bytes, as a request asks for it. */
interface Range {
  readonly offset: number;
  readonly length: number;
}

/**
 * Finds the file that a path names: `{split}/{number}/{name}`, where the name is that of the shard, or of the index beside
 * it.
 */
export function findShardFile(
  { splits, open }: ServedShards,
  path: string,
): Source | undefined {
  const [split, number, name, ...rest] = path.split("/").map(decode);
  if (split === undefined || name === undefined || rest.length > 0) return undefined;
  const shards = Object.hasOwn(splits, split) ? splits[split] : [];
  const shard = /^(0|[1-9][0-9]{0,6})$/.test(number ?? "") ? shards[Number(number)] : undefined;
  if (shard === undefined) return undefined;
  const own = baseName(shard);
  if (name === own) return open(shard);
  return name === own + INDEX_SUFFIX ? open(shard).beside?.(INDEX_SUFFIX) : undefined;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/**
 * Answers with a file, or the part of it that is asked for (RFC 9110, 14: one range; other forms are passed over, as it
 * allows).
 *
 * @throws {SourceError} If its storage does not have it, or does not give it.
 * @throws {Problem} 416 for a range that begins behind its end.
 */
export async function answerFile(request: Request, source: Source): Promise<Response> {
  const range = request.method === "GET" ? readRange(request) : undefined;
  const { body, ...facts } = await openFile(request, source, range);
  const headers = new Headers({
    "content-type": "application/x-tar",
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
  });
  const etag = makeTag(facts);
  if (etag !== undefined) headers.set("etag", etag);
  const { sizeBytes } = facts;
  if (etag !== undefined && isMatch(request, etag)) {
    cancel(body);
    return new Response(null, { status: 304, headers });
  }
  // Without a size nobody knows where a range ends that is asked for.
  if (range === undefined || sizeBytes === undefined || isOfOther(request, etag)) {
    const whole = range === undefined ? body : await replace(body, request, source);
    if (sizeBytes !== undefined) headers.set("content-length", String(sizeBytes));
    return new Response(toBody(whole), { headers });
  }
  const { offset, length } = range;
  if (offset >= sizeBytes) {
    cancel(body);
    throw new Problem(416, "bad-range", `The shard has ${sizeBytes} bytes.`, {
      "content-range": `bytes */${sizeBytes}`,
    });
  }
  const end = Math.min(offset + length, sizeBytes);
  headers.set("content-range", `bytes ${offset}-${end - 1}/${sizeBytes}`);
  headers.set("content-length", String(end - offset));
  return new Response(toBody(body), { status: 206, headers });
}

async function openFile(
  { method, signal }: Request,
  source: Source,
  range: Range | undefined,
): Promise<OpenedObject> {
  const head = method === "HEAD" ? { offset: 0, length: 1 } : undefined;
  return await source.open({ ...head ?? range, signal });
}

/** The whole file, of another version than the client has parts of. */
async function replace(
  body: ReadableStream<Uint8Array>,
  { signal }: Request,
  source: Source,
): Promise<ReadableStream<Uint8Array>> {
  cancel(body);
  return (await source.open({ signal })).body;
}

function isOfOther(request: Request, etag: string | undefined): boolean {
  const given = request.headers.get("if-range");
  return given !== null && given !== etag;
}

/** One range with both ends, or to the end of the file. */
function readRange(request: Request): Range | undefined {
  const [, from, to] = /^bytes=([0-9]{1,15})-([0-9]{0,15})$/.exec(
    request.headers.get("range") ?? "",
  ) ?? [];
  if (from === undefined) return undefined;
  const offset = Number(from);
  if (to === "") return { offset, length: Infinity };
  return Number(to) < offset ? undefined : { offset, length: Number(to) + 1 - offset };
}

/** The storage's own, or of a file its size and when it was written last. */
function makeTag({ etag, sizeBytes, lastModifiedMs }: ObjectFacts): string | undefined {
  if (etag !== undefined) return etag;
  return lastModifiedMs === undefined ? undefined : `"${sizeBytes}-${lastModifiedMs}"`;
}

function cancel(body: ReadableStream<Uint8Array>): void {
  body.cancel().catch(() => {});
}

function toBody(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return body as ReadableStream<Uint8Array<ArrayBuffer>>;
}
