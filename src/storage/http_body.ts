/**
 * The body of an answer: whether it holds the bytes that were asked for.
 *
 * @module
 */
import { isDeno } from "../runtime.ts";
import { SourceError } from "../errors.ts";
import { gunzipIfNeeded } from "./gunzip.ts";
import { sliceStream } from "./slice_stream.ts";
import type { NetworkCounts, ObjectFacts } from "./source.ts";

/** What was asked for. */
export interface Asked {
  /** Name of the source, for errors. */
  readonly name: string;
  /** First byte. */
  readonly offset: number;
  /** Bytes at most. */
  readonly length: number;
  readonly signal?: AbortSignal;
  /** Is counted up. */
  readonly network?: NetworkCounts;
}

/**
 * The bytes that were asked for, out of an answer that brings them all, or this range.
 *
 * @throws {SourceError} `source/range` if the answer brings other bytes; its body is not cancelled then.
 */
export async function openBody(
  response: Response,
  asked: Asked,
): Promise<ReadableStream<Uint8Array>> {
  const { name, offset, length, signal, network } = asked;
  const isPartial = response.status === 206;
  const rangeBytes = isPartial ? checkRange(response, asked) : undefined;
  if (response.body === null) {
    const lacking = rangeBytes ?? contentLength(response) ?? 0;
    if (lacking === 0) return emptyStream();
    throw new SourceError("source/network", {
      action: `read "${name}"`,
      reason: `no bytes came of ${lacking}`,
      shard: name,
    });
  }
  const common = { name, code: "source/network", signal } as const;
  const onBytes = network && ((bytes: number): void => {
    network.bytes += bytes;
  });
  // A host that knows no ranges sends everything.
  const skip = isPartial ? 0 : offset;
  if (!isEncoded(response)) {
    const expected = rangeBytes ?? contentLength(response);
    return sliceStream(response.body, { ...common, skip, length, expected, onBytes });
  }
  const packed = sliceStream(response.body, { ...common, onBytes });
  return sliceStream(await unpack(packed, response, name), { ...common, skip, length });
}

/** The bytes that were packed for the transport or in the storage, which most runtimes unpack by themselves. */
async function unpack(
  body: ReadableStream<Uint8Array>,
  response: Response,
  name: string,
): Promise<ReadableStream<Uint8Array>> {
  const encoding = response.headers.get("content-encoding")!;
  if (/^\s*(x-)?gzip\s*$/i.test(encoding)) return await gunzipIfNeeded(body, { name });
  // Deno unpacks what it has asked for by itself alone, and a request of ours asks for nothing packed.
  if (!isDeno) return body;
  await body.cancel();
  throw new SourceError("source/unsupported", {
    action: `open "${name}"`,
    reason: `it is stored with Content-Encoding: ${encoding}, which Deno does not unpack`,
    shard: name,
  });
}

/** What an answer says of its object. */
export function describeObject(response: Response): ObjectFacts {
  const sizeBytes = objectSize(response);
  const etag = response.headers.get("etag");
  const lastModifiedMs = Date.parse(response.headers.get("last-modified") ?? "");
  return {
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(etag ? { etag } : {}),
    ...(Number.isNaN(lastModifiedMs) ? {} : { lastModifiedMs }),
  };
}

/** Size of the whole object, where it is known of what is read and not of its packed form. */
function objectSize(response: Response): number | undefined {
  if (isEncoded(response)) return undefined;
  const total = /\/([0-9]+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (total !== undefined) return Number(total);
  return response.status === 206 ? undefined : contentLength(response);
}

/** Whether an object is stored, or sent, in a packed form: ranges and lengths are of that form. */
export function isEncoded(response: Response): boolean {
  const encoding = response.headers.get("content-encoding")?.trim().toLowerCase();
  return encoding !== undefined && encoding !== "" && encoding !== "identity";
}

/** Whether a range that begins at the start reaches to the end. */
export function isWholeRange(response: Response): boolean {
  const range = parseRange(response);
  return range !== undefined && range.start === 0 && range.end + 1 === range.total;
}

/** Bytes of the body, where they are those of the object. */
export function contentLength(response: Response): number | undefined {
  const length = response.headers.get("content-length");
  if (length === null || isEncoded(response)) return undefined;
  return /^[0-9]+$/.test(length) ? Number(length) : undefined;
}

/** A stream of nothing. */
export function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

interface ByteRange {
  readonly start: number;
  /** The last byte, not the one behind it. */
  readonly end: number;
  readonly total: number | undefined;
}

function parseRange(response: Response): ByteRange | undefined {
  const text = response.headers.get("content-range") ?? "";
  const [, start, end, total] = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+|\*)$/i.exec(text.trim()) ?? [];
  if (start === undefined) return undefined;
  const range = {
    start: Number(start),
    end: Number(end),
    total: total === "*" ? undefined : Number(total),
  };
  const isSound = range.start <= range.end && range.end < (range.total ?? Infinity);
  return isSound ? range : undefined;
}

/** Bytes of a partial answer, which must begin where it was asked to, and end there or where the object ends. */
function checkRange(response: Response, { name, offset, length }: Asked): number {
  const range = parseRange(response);
  const last = offset + Math.max(length, 1) - 1;
  const isAsked = range !== undefined && range.start === offset &&
    (range.end === last || (range.end < last && range.end + 1 === range.total));
  if (isAsked) return range.end - range.start + 1;
  const wanted = length === Infinity ? `bytes from ${offset} on` : `bytes ${offset} to ${last}`;
  const came = response.headers.get("content-range");
  throw new SourceError("source/range", {
    action: `open "${name}"`,
    reason: `${wanted} were asked for, ` +
      (came === null ? "a part that is not named came" : `"${came.slice(0, 80)}" came`),
    shard: name,
  });
}
