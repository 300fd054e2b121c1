/**
 * What a file on the command line is: a shard or an image. Its content decides, and its name only where that says
 * nothing.
 *
 * @module
 */
import { isImageExtension } from "../image/format.ts";
import { ImageError } from "../errors.ts";
import { describeFormat, findFormat } from "../image/format.ts";
import { isGzip } from "../storage/gunzip.ts";
import { sliceStream } from "../storage/slice_stream.ts";
import type { OpenedObject, Source } from "../storage/source.ts";
import { wrap } from "../storage/wrap.ts";

/** A file that was looked at. It is open: its source is to be opened, and that body read or cancelled. */
export interface IdentifiedFile {
  readonly kind: "shard" | "image";
  /** The file, of which nothing is lost: what was read to look at it comes again. */
  readonly source: Source;
}

/** Bytes of an image file that is read by itself: as many as a member of an archive may have. */
export const MAX_IMAGE_BYTES = 256 * 1024 * 1024;

const BLOCK_BYTES = 512;

/**
 * Looks at the beginning of a file.
 *
 * @param verb What is to be done with it, for errors.
 * @throws {ImageError} `image/unsupported-format`, with what it is, if it is neither a shard nor an image.
 */
export async function identifyFile(source: Source, verb: string): Promise<IdentifiedFile> {
  const { name } = source;
  const opened = await source.open();
  const reader = opened.body.getReader();
  try {
    const head = await readHead(reader);
    const kind = chooseKind(head, name);
    if (kind !== undefined) return { kind, source: replay(source, opened, reader, head) };
    throw new ImageError("image/unsupported-format", {
      action: `${verb} "${name}"`,
      reason: `it is ${describeFormat(head)}, neither a shard (tar) nor an image`,
      shard: name,
    });
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The first block; less only where there is no more. */
async function readHead(reader: Reader): Promise<Uint8Array> {
  let head = new Uint8Array(0);
  while (head.length < BLOCK_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    const longer = new Uint8Array(head.length + value.length);
    longer.set(head);
    longer.set(value, head.length);
    head = longer;
  }
  return head;
}

function chooseKind(head: Uint8Array, name: string): IdentifiedFile["kind"] | undefined {
  // Archives first: they begin with the name of a file, which may look like the signature of an image.
  if (isTarHeader(head) || isGzip(head) || isZeroBlock(head)) return "shard";
  if ((findFormat(head)?.extensions.length ?? 0) > 0) return "image";
  // Whoever reads it says what is wrong with it.
  if (/\.(tar|tar\.gz|tgz)$/i.test(name)) return "shard";
  return isImageExtension(name.slice(name.lastIndexOf(".") + 1).toLowerCase())
    ? "image"
    : undefined;
}

/** Whether the sum of a header is the one that it holds, as of no other file by chance. */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < BLOCK_BYTES) return false;
  const field = String.fromCharCode(...head.subarray(148, 156));
  const digits = /^ *([0-7]+)[ \0]/.exec(`${field} `)?.[1];
  if (digits === undefined) return false;
  // The field itself counts as blanks. Some writers have added up signed bytes.
  let sum = 8 * 0x20;
  let signedSum = sum;
  for (const [i, byte] of head.subarray(0, BLOCK_BYTES).entries()) {
    if (i >= 148 && i < 156) continue;
    sum += byte;
    signedSum += byte << 24 >> 24;
  }
  return parseInt(digits, 8) === sum || parseInt(digits, 8) === signedSum;
}

function isZeroBlock(head: Uint8Array): boolean {
  return head.length >= BLOCK_BYTES && head.subarray(0, BLOCK_BYTES).every((byte) => byte === 0);
}

/** The same source, which gives what was opened and read of it already to whoever opens it first. */
function replay(
  source: Source,
  opened: OpenedObject,
  reader: Reader,
  head: Uint8Array,
): Source {
  const { name } = source;
  const { body: _, ...facts } = opened;
  let isTaken = false;
  let rest: Uint8Array | undefined = head;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const first = rest;
      rest = undefined;
      // A pull that gives nothing is not asked again: an empty file goes on to its end.
      if (first !== undefined && first.length > 0) return controller.enqueue(first);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return wrap(source, {
    open({ offset = 0, length, signal }): Promise<OpenedObject> | OpenedObject {
      if (isTaken) return source.open({ offset, length, signal });
      isTaken = true;
      const code = "source/read";
      return { ...facts, body: sliceStream(body, { name, skip: offset, length, code, signal }) };
    },
  });
}
