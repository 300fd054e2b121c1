/** Shards that cannot be had are no faults of the data: they are thrown, unless a policy of its own says otherwise. */

import { assert } from "chai";
import { type Dataset, type ReadOptions, webdataset } from "../../src/dataset/mod.ts";
import type { Sample } from "../../src/sample/mod.ts";
import { imagenet1k } from "../../src/imagenet/mod.ts";
import type { ErrorCode, WdsError } from "../../src/errors.ts";
import { evaluation } from "../../src/image/mod.ts";
import type { TestCase } from "../case.ts";
import { catchError, collect, makeShard, makeTextShard } from "./shards.ts";

type Shard = Uint8Array<ArrayBuffer>;
type Answer = (shard: Shard) => Response | Promise<Response>;

/** A body that gives some bytes and then does what `end` does. */
function bodyThat(
  shard: Shard,
  end: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
): ReadableStream<Shard> {
  let isFirst = true;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (isFirst) controller.enqueue(shard.slice(0, 2048 + 700));
      else end(controller);
      isFirst = false;
    },
  }, { highWaterMark: 0 });
}

const status = (code: number): Answer => () => new Response("", { status: code });

/** How a shard may not be had, with the code of its error and the samples of it that come before. */
const WAYS: readonly (readonly [what: string, Answer, ErrorCode, before: number])[] = [
  ["is missing", status(404), "source/not-found", 0],
  ["is gone", status(410), "source/not-found", 0],
  ["takes a token", status(401), "source/unauthorized", 0],
  ["refuses an expired token", status(403), "source/unauthorized", 0],
  ["is asked for too often", status(429), "source/http", 0],
  ["is on a host that failed", status(500), "source/http", 0],
  ["is on a host that is down", status(503), "source/http", 0],
  ["comes as no content", () => new Response(null, { status: 204 }), "source/http", 0],
  [
    "is on a host that is not reached",
    () => Promise.reject(new TypeError("refused")),
    "source/network",
    0,
  ],
  [
    "comes over a connection that is reset",
    (shard) => new Response(bodyThat(shard, (controller) => controller.error(new Error("reset")))),
    "source/network",
    1,
  ],
  [
    "comes over a connection that ends early",
    (shard) =>
      new Response(bodyThat(shard, (controller) => controller.close()), {
        headers: { "content-length": String(shard.length) },
      }),
    "source/network",
    1,
  ],
  [
    "redirects to nowhere",
    () => new Response("", { status: 302, headers: { location: "ftp://h.test/" } }),
    "source/redirect",
    0,
  ],
];

/** A dataset of three shards, of which the second cannot be had. */
function open(answer: Answer, options: ReadOptions): Dataset<Sample> {
  const fetch = (async (url: string) => {
    const shard = await makeTextShard("s", 3);
    return url.endsWith("1.tar") ? await answer(shard) : new Response(shard);
  }) as typeof globalThis.fetch;
  return webdataset("https://h.test/{0..2}.tar", { fetch, retry: false, ...options });
}

const thrown: TestCase[] = WAYS.map(([what, answer, code, before]) => ({
  name: `Dataset with onError skip throws where a shard ${what}, and onUnavailable skip goes on`,
  async run(): Promise<void> {
    const told: WdsError[] = [];
    const onSkip = (error: WdsError): void => void told.push(error);
    const strict = open(answer, { onError: "skip", onSkip });
    const keys: string[] = [];
    const error = await catchError((async () => {
      for await (const { key } of strict) keys.push(key);
    })()) as WdsError;
    assert.equal(error.code, code, error.message);
    assert.lengthOf(keys, 3 + before);
    assert.lengthOf(told, 0);
    assert.equal(strict.stats.skipped, 0);

    const lenient = open(answer, { onUnavailable: "skip", onSkip });
    assert.lengthOf(await collect(lenient), 6 + before);
    assert.deepEqual(told.map((fault) => fault.code), [code]);
    assert.equal(lenient.stats.skipped, 1);
  },
}));

export const cases: TestCase[] = [
  ...thrown,
  {
    name:
      "Dataset with onUnavailable skip still throws faults of the data, and the other way round",
    async run(): Promise<void> {
      const damaged: Answer = (shard) => new Response(shard.slice(0, 700));
      const error = await catchError(collect(open(damaged, { onUnavailable: "skip" }))) as WdsError;
      assert.equal(error.code, "tar/truncated");
      assert.lengthOf(await collect(open(damaged, { onError: "skip" })), 6);
      const packed: Answer = () =>
        new Response(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 7));
      const gzip = await catchError(collect(open(packed, { onUnavailable: "skip" }))) as WdsError;
      assert.equal(gzip.code, "source/gzip");
      assert.lengthOf(await collect(open(packed, { onError: "skip" })), 6);
      const both = open(status(403), { onError: "skip", onUnavailable: "skip" });
      assert.lengthOf(await collect(both.decode()), 6);
    },
  },
  {
    name: "Dataset with workers throws where a shard cannot be had, after the samples before it",
    async run({ read }): Promise<void> {
      const picture = await read("jpeg/baseline/420_42x32.jpg");
      const pictures = await makeShard([["a.jpg", picture], ["b.jpg", "none"], ["c.jpg", picture]]);
      const fetch = ((url: string) =>
        Promise.resolve(
          url.endsWith("1.tar") ? new Response("", { status: 403 }) : new Response(pictures),
        )) as typeof globalThis.fetch;
      for (const workers of [0, 1]) {
        for (const onUnavailable of ["throw", "skip"] as const) {
          const told: WdsError[] = [];
          const onSkip = (error: WdsError): void => void told.push(error);
          const options = { fetch, workers, onError: "skip", onUnavailable, onSkip } as const;
          const dataset = webdataset("https://h.test/{0..2}.tar", options);
          const keys: string[] = [];
          const reading = (async () => {
            const tensors = dataset.transform(evaluation({ size: 8 }), { label: false });
            for await (const { key } of tensors) keys.push(key);
          })();
          if (onUnavailable === "skip") await reading;
          else assert.equal((await catchError(reading) as WdsError).code, "source/unauthorized");
          assert.deepEqual(keys, onUnavailable === "skip" ? ["a", "c", "a", "c"] : ["a", "c"]);
          const codes = told.map(({ code }) => code);
          assert.deepEqual(
            codes,
            onUnavailable === "skip"
              ? ["jpeg/not-jpeg", "source/unauthorized", "jpeg/not-jpeg"]
              : ["jpeg/not-jpeg"],
          );
        }
      }
    },
  },
  {
    name: "webdataset() and imagenet1k() refuse options that are none",
    run(): void {
      const wrong: readonly (readonly [Record<string, unknown>, typeof TypeError])[] = [
        [{ onUnavailable: "ignore" }, TypeError],
        [{ maxRedirects: 1.5 }, RangeError],
        [{ token: 5 }, TypeError],
        [{ retry: true }, TypeError],
        [{ retry: { attempts: 0 } }, RangeError],
        [{ retry: { stallMs: -1 } }, RangeError],
        [{ retry: { onRetry: "log" } }, TypeError],
        [{ fetch: "fetch" }, TypeError],
        [{ signal: "now" }, TypeError],
        [{ workers: 1.5 }, RangeError],
        [{ workers: NaN }, RangeError],
      ];
      for (const [options, kind] of wrong) {
        const [name] = Object.keys(options);
        assert.throws(() => webdataset(new Uint8Array(1024), options), kind, name);
        assert.throws(() => imagenet1k("train", options), kind, name);
      }
      for (const digits of [0, 1.5, NaN, 16, "4"]) {
        assert.throws(
          () => imagenet1k("train", { digits } as { digits: number }),
          RangeError,
          "digits",
        );
      }
      const others = [{ store: 5 }, { store: null }, { info: "no" }, { tokenFromEnvironment: 1 }];
      for (const options of others as unknown as Record<string, never>[]) {
        assert.throws(() => imagenet1k("train", options), TypeError, Object.keys(options)[0]);
      }
    },
  },
];
