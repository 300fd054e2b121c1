import { assert } from "chai";
import { makePicture } from "../../src/image/transform/picture.ts";
import { decodeJpeg, evaluation, init, transformImage } from "../../src/image/mod.ts";
import { noCompression, type TestCase } from "../case.ts";
import { decodePng } from "../image/decode_png.ts";
import { makeShard } from "../dataset/shards.ts";
import { createHandler } from "../../src/edge/mod.ts";
import { readRecipe } from "../../src/image/transform/recipes/mod.ts";
import { transformPixels } from "../../src/image/transform/transform.ts";
import type { Image } from "../../src/image/types.ts";
import { toSource } from "../../src/storage/mod.ts";
import { begin, bytesOf, HOSTILE, ORIGIN, problem } from "./setting.ts";

const forms: TestCase[] = [
  {
    name: "createHandler() serves pixels and tensors as Python has them",
    async run(fixtures) {
      const { ask, images } = await begin(fixtures);
      await init();
      for (const [i, image] of images.entries()) {
        const rgb = await ask(`/v1/test/0/${i}?as=rgb`);
        const decoded = decodeJpeg(image);
        assert.equal(rgb.headers.get("x-shape"), `${decoded.height},${decoded.width},3`);
        assert.deepEqual(await bytesOf(rgb), decoded.data);
        const tensor = transformImage(image, evaluation({ size: 64 })).data as Float32Array<
          ArrayBuffer
        >;
        const raw = await ask(`/v1/test/0/${i}?as=f32&size=64`);
        assert.equal(raw.headers.get("x-shape"), "3,64,64");
        assert.deepEqual(new Float32Array(await raw.arrayBuffer()), tensor);
        const npy = await bytesOf(await ask(`/v1/test/0/${i}?as=npy&size=64`));
        assert.deepEqual(new Float32Array(npy.buffer, 128), tensor);
        const crop = await ask(`/v1/test/0/${i}?as=rgb&size=64&fit=evaluation`);
        const u8 = transformImage(image, evaluation({ size: 64, type: "uint8" })).data;
        assert.deepEqual(await bytesOf(crop), u8);
        assert.deepEqual(await bytesOf(await ask(`/v1/test/0/${i}?as=jpeg`)), image);
      }
    },
  },
  {
    name: "createHandler() serves pictures as PNG without loss",
    skip: noCompression,
    async run(fixtures) {
      const { ask, images } = await begin(fixtures);
      await init();
      for (
        const query of [
          "",
          "?size=40",
          "?size=40&fit=cover",
          "?fit=evaluation&size=33",
          "?size=2000",
        ]
      ) {
        if (query === "?size=2000") {
          assert.equal(await problem(await ask(`/v1/test/0/0${query}`)), "400 bad-parameter");
          continue;
        }
        for (const [i, image] of images.entries()) {
          const response = await ask(`/v1/test/0/${i}${query}`);
          assert.equal(response.headers.get("content-type"), "image/png");
          const parameters = new URLSearchParams(query);
          const size = parameters.get("size");
          const expected = await makePicture(image, {
            size: size === null ? undefined : Number(size),
            fit: (parameters.get("fit") ?? "contain") as "contain",
          });
          const { width, height, data } = await decodePng(await bytesOf(response));
          assert.deepEqual([width, height], [expected.width, expected.height]);
          assert.deepEqual(data, expected.data);
        }
      }
    },
  },
  {
    name: "createHandler() serves images of other formats by the decoders that it is given",
    async run(fixtures) {
      await init();
      const pixels = decodeJpeg(await fixtures.read("jpeg/pictures/wide_440.jpg"));
      const file = Uint8Array.from("\x89PNG and no more", (letter) => letter.charCodeAt(0));
      const store = toSource(await makeShard([["a.png", file], ["b.jpg", file]]));
      const splits = { test: ["t.tar"] };
      const png = (bytes: Uint8Array): Image => {
        if (bytes.length !== file.length) throw new Error("not the file");
        return pixels;
      };
      const handler = createHandler({ store, splits, cache: false, decoders: { png } });
      const ask = (path: string): Promise<Response> => handler(new Request(`${ORIGIN}${path}`));
      const expected = transformPixels(pixels, readRecipe(evaluation({ size: 32 })), {}).data;
      for (const index of [0, 1]) {
        const rgb = await ask(`/v1/test/0/${index}?as=rgb`);
        assert.equal(rgb.headers.get("x-shape"), `${pixels.height},${pixels.width},3`);
        assert.deepEqual(await bytesOf(rgb), pixels.data);
        const tensor = await ask(`/v1/test/0/${index}?as=f32&size=32`);
        assert.deepEqual(new Float32Array(await tensor.arrayBuffer()), expected);
        const small = await ask(`/v1/test/0/${index}?as=rgb&size=10&fit=cover`);
        assert.equal(small.headers.get("x-shape"), "10,10,3");
      }
      const batch = await bytesOf(await ask("/v1/test/batch?start=0&count=2&size=32"));
      assert.deepEqual(
        new Float32Array(batch.buffer, 128),
        Float32Array.of(...expected, ...expected),
      );
      const plain = createHandler({ store, splits, cache: false });
      const refused = await plain(new Request(`${ORIGIN}/v1/test/0/0?as=rgb`));
      assert.equal(await problem(refused), "422 image-unsupported");
    },
  },
  {
    name:
      "createHandler() encodes JPEG by what it is given, and says which settings have a meaning",
    async run(fixtures) {
      const encoded: number[][] = [];
      const { ask } = await begin(fixtures, {
        encodeJpeg: ({ width, height, data }, quality) => {
          encoded.push([width, height, data.length, quality]);
          return Promise.resolve(new Uint8Array([0xff, 0xd8]));
        },
      });
      const response = await ask("/v1/test/0/3?as=jpeg&size=40&fit=cover&quality=60");
      assert.equal(response.headers.get("content-type"), "image/jpeg");
      assert.deepEqual(await bytesOf(response), new Uint8Array([0xff, 0xd8]));
      await ask("/v1/test/0/3?as=jpeg&size=40");
      assert.deepEqual(encoded, [[40, 40, 4800, 60], [40, 9, 1080, 82]]);
      for (
        const query of [
          "quality=60",
          "as=png&size=9&quality=60",
          "as=jpeg&quality=60",
          "as=f32&fit=cover",
          "as=npy&quality=3",
          "fit=cover",
          "as=json&size=9",
          "as=gif",
          "size=0",
          "size=1e2",
          "size=-1",
          "size=07",
          "fit=fill&size=9",
        ]
      ) assert.equal(await problem(await ask(`/v1/test/0/0?${query}`)), "400 bad-parameter", query);
    },
  },
  {
    name: "createHandler() describes a sample, and hostile keys stay text",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const response = await ask("/v1/test/0/1?as=json");
      assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
      const facts = await response.json();
      assert.equal(facts.key, "k0-1");
      assert.equal(facts.shard, "s-0.tar");
      assert.deepEqual([facts.label, facts.synset, facts.name], [341, "n02395406", "hog"]);
      assert.deepEqual([facts.image.width, facts.image.height], [187, 290]);
      assert.deepEqual(facts.fields.map(({ extension }: { extension: string }) => extension), [
        "cls",
        "jpg",
      ]);
      const hostile = await ask("/v1/test/1/4?as=json");
      assert.equal((await hostile.json()).key, HOSTILE);
      assert.equal(hostile.headers.get("x-content-type-options"), "nosniff");
      assert.equal(await problem(await ask("/v1/test/1/4")), "422 sample-damaged");
    },
  },
  {
    name: "createHandler() streams batches as one npy file",
    async run(fixtures) {
      const { ask, images } = await begin(fixtures, { maxCount: 6 });
      const response = await ask("/v1/test/batch?start=2&count=4&size=48");
      assert.equal(response.headers.get("x-shape"), "4,3,48,48");
      const file = await bytesOf(response);
      assert.equal(response.headers.get("content-length"), String(file.length));
      const text = new TextDecoder("latin1").decode(file.subarray(10, 128));
      assert.equal(
        text.trim(),
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3, 48, 48), }",
      );
      const data = new Float32Array(file.buffer, 128);
      for (const [at, i] of [2, 3, 0, 1].entries()) {
        const tensor = transformImage(images[i], evaluation({ size: 48 })).data;
        assert.deepEqual(
          data.slice(at * 6912, (at + 1) * 6912),
          tensor as Float32Array<ArrayBuffer>,
        );
      }
      assert.equal(await problem(await ask("/v1/test/batch?count=7")), "400 bad-parameter");
      assert.equal(await problem(await ask("/v1/test/batch?start=99")), "404 sample-not-found");
      const left = await ask("/v1/test/batch?count=6&size=224");
      const reader = left.body!.getReader();
      await reader.read();
      await reader.cancel();
    },
  },
];

const routes: TestCase[] = [
  {
    name: "createHandler() lists splits and samples, page by page and by class",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      assert.deepEqual(await (await ask("/v1")).json(), {
        splits: [{ name: "test", shards: ["s-0.tar", "s-1.tar"] }],
        labels: true,
      });
      const keys: string[] = [];
      let next: [number, number] | null = [0, 0];
      while (next !== null) {
        const path: string = `/v1/test/samples?shard=${next[0]}&index=${next[1]}&count=3`;
        const page: { samples: { key: string }[]; next: [number, number] | null } =
          await (await ask(path)).json();
        assert.isAtMost(page.samples.length, 3);
        keys.push(...page.samples.map(({ key }) => key));
        next = page.next;
      }
      assert.deepEqual(keys, [
        "k0-0",
        "k0-1",
        "k0-2",
        "k0-3",
        "k1-0",
        "k1-1",
        "k1-2",
        "k1-3",
        HOSTILE,
      ]);
      const ofClass = await (await ask("/v1/test/samples?class=342")).json();
      assert.deepEqual(ofClass.samples.map(({ key }: { key: string }) => key), ["k0-2", "k1-2"]);
      assert.equal(ofClass.samples[0].name, "wild boar");
      assert.isNull(ofClass.next);
    },
  },
  {
    name: "createHandler() finds samples by number in the split, by shard number and by file name",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      for (const path of ["5", "1/1", "s-1.tar/1"]) {
        assert.equal((await (await ask(`/v1/test/${path}?as=json`)).json()).key, "k1-1", path);
      }
    },
  },
  {
    name: "createHandler() refuses what it does not know",
    async run(fixtures) {
      const { ask, bucket } = await begin(fixtures);
      const wrong: [string, string][] = [
        ["/nothing", "404 not-found"],
        ["/v2/test/0/0", "404 not-found"],
        ["/v1/test/0/0/0", "404 not-found"],
        ["/v1/test", "404 not-found"],
        ["/v1/other/0/0", "404 split-not-found"],
        ["/v1/test/2/0", "404 shard-not-found"],
        ["/v1/test/other.tar/0", "404 shard-not-found"],
        ["/v1/test/0/4", "404 sample-not-found"],
        ["/v1/test/9", "404 sample-not-found"],
        ["/v1/test/0/-1", "404 sample-not-found"],
        ["/v1/test/0/x", "404 sample-not-found"],
        ["/v1/test/0/0?x=1", "400 unknown-parameter"],
        ["/v1/test/0/0?size=9&size=9", "400 repeated-parameter"],
        ["/v1/test/samples?as=png", "400 unknown-parameter"],
        ["/v1?x=1", "400 unknown-parameter"],
        ["/v1/test/%zz/0", "400 bad-path"],
        ["/v1/test/..%2fs-0.tar/0", "400 bad-path"],
        ["/v1/test/a%00/0", "400 bad-path"],
        ["/v1/constructor/0/0", "404 split-not-found"],
        ["/v1/__proto__/0/0", "404 split-not-found"],
      ];
      for (const [path, expected] of wrong) {
        assert.equal(await problem(await ask(path)), expected, path);
      }
      assert.isFalse(bucket.asked.some((key) => !/^s-[01]\.tar(\.idx)?$/.test(key)));
      for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
        const response = await ask("/v1/test/0/0", { method });
        assert.equal(response.headers.get("allow"), "GET, HEAD, OPTIONS");
        assert.equal(await problem(response), "405 method-not-allowed");
      }
    },
  },
  {
    name: "createHandler() answers HEAD as GET without a body, and preflights",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const path = "/v1/test/0/0?as=rgb&size=32";
      const [get, head] = [await ask(path), await ask(path, { method: "HEAD" })];
      assert.deepEqual([...head.headers], [...get.headers]);
      assert.equal((await bytesOf(head)).length, 0);
      assert.isAbove((await bytesOf(get)).length, 0);
      const options = await ask(path, { method: "OPTIONS" });
      assert.equal(options.status, 204);
      assert.equal(options.headers.get("access-control-allow-origin"), "*");
      assert.include(options.headers.get("access-control-allow-headers"), "Authorization");
    },
  },
  {
    name: "createHandler() serves the gallery with a strict policy, unless it is switched off",
    async run(fixtures) {
      const { ask } = await begin(fixtures);
      const response = await ask("/");
      assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'.*script-src 'nonce-/);
      assert.notInclude(policy, "unsafe");
      const page = await response.text();
      const [, nonce] = /script-src 'nonce-([^']+)'/.exec(policy) ?? [];
      assert.include(page, `<script nonce="${nonce}">`);
      assert.notInclude(page, "innerHTML");
      const again = await ask("/");
      assert.notEqual(again.headers.get("content-security-policy"), policy);
      const without = await begin(fixtures, { gallery: false });
      assert.equal(await problem(await without.ask("/")), "404 not-found");
    },
  },
];

/** Tests of the edge handler: what it answers. */
export const cases: TestCase[] = [...forms, ...routes];
