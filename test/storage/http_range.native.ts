/** Answers of hosts that are not what was asked for, and objects that are stored in a packed form. */

import type { ServerResponse } from "node:http";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { SourceError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { openShard } from "../../src/index/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { withServer } from "./server.ts";

const body = makeNoise(5000);

/** An answer of a host: what it says of the range that it sends, and how many bytes it sends. */
interface Answer {
  readonly what: string;
  readonly status?: number;
  readonly range?: string;
  readonly bytes?: Uint8Array;
  /** What is asked for. */
  readonly offset?: number;
  readonly length?: number;
  /** Code of the error; absent where the bytes that were asked for must come. */
  readonly code?: string;
}

const ANSWERS: readonly Answer[] = [
  { what: "the range", range: "bytes 100-199/5000", bytes: body.subarray(100, 200) },
  { what: "a range of unknown whole", range: "bytes 100-199/*", bytes: body.subarray(100, 200) },
  {
    what: "a range up to the end",
    offset: 4950,
    range: "bytes 4950-4999/5000",
    bytes: body.subarray(4950),
  },
  {
    what: "all from an offset on",
    length: Infinity,
    range: "bytes 100-4999/5000",
    bytes: body.subarray(100),
  },
  { what: "everything", status: 200, bytes: body },
  {
    what: "a shorter range",
    range: "bytes 100-149/5000",
    bytes: body.subarray(100, 150),
    code: "source/range",
  },
  {
    what: "a shorter range of unknown whole",
    range: "bytes 100-149/*",
    bytes: body.subarray(100, 150),
    code: "source/range",
  },
  {
    what: "not all from an offset on",
    length: Infinity,
    range: "bytes 100-149/5000",
    bytes: body.subarray(100, 150),
    code: "source/range",
  },
  {
    what: "a longer range",
    range: "bytes 100-299/5000",
    bytes: body.subarray(100, 300),
    code: "source/range",
  },
  {
    what: "an earlier range",
    range: "bytes 0-199/5000",
    bytes: body.subarray(0, 200),
    code: "source/range",
  },
  {
    what: "a later range",
    range: "bytes 150-199/5000",
    bytes: body.subarray(150, 200),
    code: "source/range",
  },
  { what: "a part without a name", bytes: body.subarray(100, 200), code: "source/range" },
  {
    what: "a range of bits",
    range: "bits 100-199/5000",
    bytes: body.subarray(100, 200),
    code: "source/range",
  },
  {
    what: "a range beyond its whole",
    range: "bytes 100-199/150",
    bytes: body.subarray(100, 200),
    code: "source/range",
  },
  {
    what: "the range, and fewer bytes",
    range: "bytes 100-199/5000",
    bytes: body.subarray(100, 150),
    code: "source/network",
  },
  {
    what: "the range, and no bytes",
    range: "bytes 100-199/5000",
    bytes: new Uint8Array(0),
    code: "source/network",
  },
  { what: "no content", status: 204, code: "source/http" },
  { what: "an acceptance", status: 202, bytes: body, code: "source/http" },
  { what: "a reset", status: 205, code: "source/http" },
];

const ranges: TestCase[] = ANSWERS.map(
  ({ what, status = 206, range, bytes, offset = 100, length = 100, code }) => ({
    name: `toSource() ${code === undefined ? "takes" : "refuses"} ${what} for a range`,
    run: () =>
      withServer(
        (_, response) => {
          const headers = range === undefined ? {} : { "content-range": range };
          response.writeHead(status, { ...headers, "transfer-encoding": "chunked" });
          response.end(bytes);
        },
        async ({ origin }) => {
          const opened = async (): Promise<Uint8Array> =>
            await collect(
              (await toSource(`${origin}/a.tar`, { retry: false }).open({ offset, length })).body,
            );
          if (code === undefined) {
            assert.deepEqual(await opened(), body.slice(offset, offset + length));
          } else {
            const error = await rejection(opened()) as SourceError;
            assert.equal(error.code, code, error.message);
            assert.include(error.message, `${origin}/a.tar`);
          }
        },
      ),
  }),
);

/** Answers as a host does that stores an object in a packed form, and knows nothing of what is in it. */
function sendPacked(
  range: string | undefined,
  response: ServerResponse,
  packed: Uint8Array,
  encoding: string,
  isHead: boolean,
): void {
  const [, first, last] = /^bytes=([0-9]+)-([0-9]*)$/.exec(range ?? "") ?? [];
  const start = Number(first ?? 0);
  if (start >= packed.length) {
    response.writeHead(416, { "content-range": `bytes */${packed.length}` }).end();
    return;
  }
  const end = Math.min(Number(last || Infinity), packed.length - 1);
  response.writeHead(first === undefined ? 200 : 206, {
    "content-encoding": encoding,
    "content-length": end + 1 - start,
    etag: '"1"',
    ...(first === undefined ? {} : { "content-range": `bytes ${start}-${end}/${packed.length}` }),
  });
  response.end(isHead ? undefined : packed.subarray(start, end + 1));
}

const packings: TestCase[] = [
  {
    name: "objects that are stored with Content-Encoding: gzip are streamed, and not read in parts",
    async run() {
      const shard = await makeTextShard("s", 50);
      const packed = gzipSync(shard);
      await withServer(
        ({ headers, method }, response) =>
          sendPacked(headers.range, response, packed, "gzip", method === "HEAD"),
        async ({ origin, seen }) => {
          const source = toSource(`${origin}/a.tar`);
          const opened = await source.open();
          assert.isUndefined(opened.sizeBytes, "the size is that of the packed bytes");
          assert.equal(opened.etag, '"1"');
          assert.deepEqual(await collect(opened.body), shard);
          assert.isUndefined((await source.stat?.())?.sizeBytes);
          // From the start, also less than all, and more.
          for (const length of [1000, 20_000, 1e9]) {
            const { body: stream } = await source.open({ length });
            assert.deepEqual(await collect(stream), shard.slice(0, length), String(length));
          }
          const keys: string[] = [];
          for await (const { key } of webdataset(`${origin}/a.tar`)) keys.push(key);
          assert.lengthOf(keys, 50);

          const error = await rejection(
            (async () => await source.open({ offset: 512, length: 512 }))(),
          ) as SourceError;
          assert.equal(error.code, "source/range");
          assert.match(error.message, /packed form \(Content-Encoding\)/);
          const asked = seen.length;
          const opening = await openShard(`${origin}/a.tar`, { index: "none" });
          assert.match((await rejection(opening.get(49))).message, /packed form/);
          assert.isBelow(seen.length - asked, 6);
          const past = rejection((async () => await source.open({ offset: 1e6 }))());
          assert.match((await past).message, /packed form/);
        },
      );
    },
  },
  {
    name: "an object with Content-Encoding: gzip is read in parts from a host that ignores ranges",
    async run() {
      const packed = gzipSync(body);
      await withServer(
        (_, response) => sendPacked(undefined, response, packed, "x-gzip", false),
        async ({ origin }) => {
          const { body: stream } = await toSource(`${origin}/a`).open({ offset: 100, length: 50 });
          assert.deepEqual(await collect(stream), body.slice(100, 150));
        },
      );
    },
  },
  {
    name: "a compressed shard with Content-Encoding: gzip is read once unpacked or twice",
    async run() {
      const shard = await makeTextShard("s", 5);
      for (const stored of [gzipSync(shard), gzipSync(gzipSync(shard))]) {
        await withServer(
          ({ headers }, response) => sendPacked(headers.range, response, stored, "gzip", false),
          async ({ origin }) => {
            const keys: string[] = [];
            for await (const { key } of webdataset(`${origin}/a.tar.gz`)) keys.push(key);
            assert.lengthOf(keys, 5);
          },
        );
      }
    },
  },
  {
    name: "an object with another Content-Encoding is unpacked, or refused with its name",
    run: () =>
      withServer(
        ({ headers }, response) =>
          sendPacked(headers.range, response, brotliCompressSync(body), "br", false),
        async ({ origin }) => {
          const read = (async () => await collect((await toSource(`${origin}/a`).open()).body))();
          if (!("Deno" in globalThis)) return assert.deepEqual(await read, body);
          const error = await rejection(read) as SourceError;
          assert.equal(error.code, "source/unsupported");
          assert.match(error.message, /Content-Encoding: br/);
        },
      ),
  },
  {
    name: "webdataset() takes no archive for whole of which the host promised more bytes",
    async run() {
      const shard = await makeTextShard("s", 5);
      await withServer(
        (_, response) => {
          // What comes ends where a member does.
          response.writeHead(200, { "content-length": shard.length });
          response.write(shard.subarray(0, 2048), () => response.destroy());
        },
        async ({ origin }) => {
          const dataset = webdataset(`${origin}/cut`, { endOfArchive: "optional" });
          const reading = (async () => {
            for await (const _ of dataset);
          })();
          assert.equal((await rejection(reading) as SourceError).code, "source/network");
        },
      );
    },
  },
];

export const cases: TestCase[] = [...ranges, ...packings];
