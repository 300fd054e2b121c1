/** Buckets of S3 and of hosts with its interface: addresses, signatures, listings. */

import { AwsClient } from "aws4fetch";
import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { SourceError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/webdataset.ts";
import { openShard } from "../../src/index/open_shard.ts";
import { toSource, toStore } from "../../src/storage/mod.ts";
import type { SignRequest, SourceOptions } from "../../src/storage/mod.ts";
import { parseXml, textOf } from "../../src/storage/schemes/xml.ts";
import { collect, makeNoise, rejection } from "./bytes.ts";
import { S3Host } from "./s3_host.ts";
import { makeShard } from "./shard_bytes.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "SECRET/EXAMPLE+KEY" };
const ENDPOINT = "https://storage.test";

/** Keys that are signed wrongly, or become another, where one place forgets to encode. */
const ODD_KEYS = [
  "a.tar",
  "a b.tar",
  "a+b=c&d.tar",
  "100%.tar",
  "a%20b.tar",
  "what?is#this.tar",
  "ключ/日本 🙂.tar",
  "it's (a) key!*.tar",
  "a//b/.tar",
  "~tilde@at:colon,comma;.tar",
];

function makeSigner(): SignRequest {
  const client = new AwsClient({ ...KEYS, service: "s3", region: "eu-central-1" });
  return (request) => client.sign(request);
}

/** The URL that is asked for an object. */
async function locate(address: string, options: SourceOptions = {}): Promise<string> {
  let seen = "";
  const fetch = ((url: string) => {
    seen = url;
    return Promise.resolve(new Response("x"));
  }) as typeof globalThis.fetch;
  await collect((await toSource(address, { fetch, ...options }).open()).body);
  return seen;
}

const addresses: readonly (readonly [string, SourceOptions, string])[] = [
  ["s3://my-bucket/k.tar", {}, "https://my-bucket.s3.amazonaws.com/k.tar"],
  [
    "s3://my-bucket/k.tar",
    { s3: { region: "eu-west-1" } },
    "https://my-bucket.s3.eu-west-1.amazonaws.com/k.tar",
  ],
  [
    "s3://my-bucket/k.tar",
    { s3: { region: "cn-north-1" } },
    "https://my-bucket.s3.cn-north-1.amazonaws.com.cn/k.tar",
  ],
  ["s3://my.bucket/k.tar", {}, "https://s3.amazonaws.com/my.bucket/k.tar"],
  ["s3://Old_Bucket/k.tar", {}, "https://s3.amazonaws.com/Old_Bucket/k.tar"],
  [
    "s3://my-bucket/k.tar",
    { s3: { style: "path", region: "us-west-2" } },
    "https://s3.us-west-2.amazonaws.com/my-bucket/k.tar",
  ],
  [
    "s3://b/k.tar",
    { s3: { endpoint: "https://id.r2.cloudflarestorage.com/" } },
    "https://id.r2.cloudflarestorage.com/b/k.tar",
  ],
  [
    "s3://b/k.tar",
    { s3: { endpoint: "http://127.0.0.1:9000/in/here" } },
    "http://127.0.0.1:9000/in/here/b/k.tar",
  ],
  [
    "s3://bkt/k.tar",
    { s3: { endpoint: "https://oss-cn-beijing.aliyuncs.com", style: "virtual-host" } },
    "https://bkt.oss-cn-beijing.aliyuncs.com/k.tar",
  ],
  [
    "s3://my-bucket/a+b =#?%/é.tar",
    {},
    "https://my-bucket.s3.amazonaws.com/a%2Bb%20%3D%23%3F%25/%C3%A9.tar",
  ],
  ["gs://my_bucket/a b.tar", {}, "https://storage.googleapis.com/my_bucket/a%20b.tar"],
  [
    "az://box/a b.tar",
    { az: { account: "acct", sas: "?sv=1&sig=a%2Bb" } },
    "https://acct.blob.core.windows.net/box/a%20b.tar?sv=1&sig=a%2Bb",
  ],
  [
    "az://box/a.tar",
    { az: { endpoint: "http://127.0.0.1:10000/acct" } },
    "http://127.0.0.1:10000/acct/box/a.tar",
  ],
  [
    "ms://datasets/o/n/a.tar",
    {},
    "https://modelscope.cn/datasets/o/n/resolve/master/a.tar",
  ],
  [
    "hf://datasets/o/n@v1.0/in/a b.tar",
    {},
    "https://huggingface.co/datasets/o/n/resolve/v1.0/in/a%20b.tar",
  ],
  [
    "hf://datasets/o/n@refs/convert/parquet/a.tar",
    {},
    "https://huggingface.co/datasets/o/n/resolve/refs%2Fconvert%2Fparquet/a.tar",
  ],
  ["hf://o/n/a.tar", {}, "https://huggingface.co/o/n/resolve/main/a.tar"],
];

export const cases: TestCase[] = [
  {
    name: "s3: a bucket is put before no host that is an address",
    async run() {
      for (const endpoint of ["http://127.0.0.1:9000", "http://[::1]:9000"]) {
        const s3 = { endpoint, style: "virtual-host" } as const;
        const error = await rejection(
          (async () => await toSource("s3://bucket/k.tar", { s3 }).open())(),
        );
        assert.match(String(error), /style "path"/);
      }
    },
  },
  {
    name: "s3: objects are put by signed requests, as a whole, and replaced where that is said",
    async run() {
      const host = new S3Host({}, { keys: KEYS, refusals: 2 });
      const retry = { baseMs: 1, maxMs: 2 };
      const options = { fetch: host.fetch, sign: makeSigner(), s3: { endpoint: ENDPOINT }, retry };
      const store = toStore("s3://bucket/in", options);
      const bytes = makeNoise(3000);
      assert.isTrue(await store.put!("a b+\u00e9.tar", bytes, { ifAbsent: true }));
      assert.deepEqual(host.objects.get("in/a b+\u00e9.tar"), bytes);
      assert.isFalse(await store.put!("a b+\u00e9.tar", new Blob(["x"]), { ifAbsent: true }));
      assert.deepEqual(host.objects.get("in/a b+\u00e9.tar"), bytes);
      assert.isTrue(await store.put!("a b+\u00e9.tar", new Blob(["x"])));
      assert.equal(host.objects.get("in/a b+\u00e9.tar")!.length, 1);
      assert.deepEqual(host.faults, []);
      const stranger = { ...options, sign: undefined, retry: false } as const;
      const put = toStore("s3://bucket/in", stranger).put!("b.tar", bytes);
      const error = await rejection(put) as SourceError;
      assert.equal(error.code, "source/unauthorized");
      assert.match(error.message, /^Cannot write "s3:\/\/bucket\/in\/b\.tar"/);
    },
  },
  ...addresses.map(([address, options, url]): TestCase => ({
    name: `${address} ${JSON.stringify(options)} is asked for at ${url}`,
    async run() {
      assert.equal(await locate(address, options), url);
    },
  })),
  {
    name: "s3: requests that aws4fetch signs are those that AWS's package signs, whatever the key",
    async run() {
      const bytes = makeNoise(5000);
      const objects = Object.fromEntries(ODD_KEYS.map((key) => [key, bytes]));
      const host = new S3Host(objects, { keys: KEYS, pageSize: 3 });
      const options = { fetch: host.fetch, sign: makeSigner(), s3: { endpoint: ENDPOINT } };
      for (const key of ODD_KEYS) {
        const source = toSource(`s3://bucket/${key}`, options);
        const opened = await source.open({ offset: 1000, length: 99 });
        assert.deepEqual(await collect(opened.body), bytes.slice(1000, 1099), key);
        assert.equal((await source.stat!()).sizeBytes, 5000);
        const store = toStore("s3://bucket", options);
        assert.equal((await store.open(key).stat!()).sizeBytes, 5000);
      }
      const listed: string[] = [];
      for await (const { name, sizeBytes } of toStore("s3://bucket/", options).list!("")) {
        assert.equal(sizeBytes, 5000);
        listed.push(name);
      }
      assert.deepEqual(listed, [...ODD_KEYS].sort((a, b) => a < b ? -1 : 1));
      assert.deepEqual(host.faults, []);
    },
  },
  {
    name: "s3: another secret is refused, typed, and nothing of it is told",
    async run() {
      const host = new S3Host({ "a.tar": makeNoise(10) }, { keys: KEYS });
      const client = new AwsClient({ ...KEYS, secretAccessKey: "WRONG", service: "s3" });
      const options = { fetch: host.fetch, s3: { endpoint: ENDPOINT } };
      const signed = toSource("s3://bucket/a.tar", { ...options, sign: (r) => client.sign(r) });
      const error = await rejection(Promise.resolve(signed.open())) as SourceError;
      assert.equal(error.code, "source/unauthorized");
      assert.match(error.message, /credentials were not accepted/);
      assert.notMatch(`${error.stack} ${error.cause}`, /WRONG|AKID|Signature=/);
      assert.equal(host.faults.length, 1);
      const plain = toSource("s3://bucket/a.tar", options);
      assert.match((await rejection(Promise.resolve(plain.open()))).message, /no credentials/);
    },
  },
  {
    name: "sign() is called anew for each try, and not for another origin",
    async run() {
      const host = new S3Host({ "a.tar": makeNoise(100) }, { keys: KEYS, refusals: 2 });
      let calls = 0;
      const inner = makeSigner();
      const sign: SignRequest = (request) => (calls++, inner(request));
      const retry = { baseMs: 1 };
      const source = toSource("s3://bucket/a.tar", {
        fetch: host.fetch,
        sign,
        retry,
        s3: { endpoint: ENDPOINT },
      });
      assert.equal((await collect((await source.open()).body)).length, 100);
      assert.deepEqual([calls, host.seen.length], [3, 3]);

      const seen: string[] = [];
      const fetch = ((url: string, init: RequestInit) => {
        seen.push(`${url} ${new Headers(init.headers).get("authorization") !== null}`);
        const headers = { location: "https://other.test/a.tar" };
        return Promise.resolve(
          url.startsWith(ENDPOINT)
            ? new Response(null, { status: 302, headers })
            : new Response("x"),
        );
      }) as typeof globalThis.fetch;
      await (await toSource(`${ENDPOINT}/a.tar`, { fetch, sign }).open()).body.cancel();
      assert.deepEqual(seen, [`${ENDPOINT}/a.tar true`, "https://other.test/a.tar false"]);
    },
  },
  {
    name: "what sign() fails with is typed, and a request that it does not give back, too",
    async run() {
      const fetch = (() => Promise.resolve(new Response("x"))) as typeof globalThis.fetch;
      for (const sign of [() => Promise.reject(new Error("no clock")), () => undefined]) {
        const source = toSource("s3://bucket/a.tar", { fetch, sign: sign as never });
        const error = await rejection(Promise.resolve(source.open())) as SourceError;
        assert.equal(error.code, "source/unauthorized");
        assert.match(error.message, /sign\(\) failed/);
      }
      assert.throws(() => toSource("s3://bucket/a.tar", { sign: "key" as never }), /function/);
    },
  },
  {
    name: "webdataset() reads s3://bucket/train-*.tar in the order of the names, signed",
    async run() {
      const objects: Record<string, Uint8Array<ArrayBuffer>> = {};
      for (const n of [10, 2, 1, 0]) {
        objects[`in/train-${n}.tar`] = await makeShard([`${n}a`, `${n}b`]);
      }
      objects["in/train-3.tar.idx"] = objects["in/val-0.tar"] = makeNoise(9);
      objects["in/train-9/x.tar"] = makeNoise(9);
      const host = new S3Host(objects, { keys: KEYS, pageSize: 2 });
      const access = { fetch: host.fetch, sign: makeSigner(), s3: { endpoint: ENDPOINT } };
      const dataset = webdataset("s3://bucket/in/train-*.tar", access);
      const read: string[] = [];
      for await (const { key, shard } of dataset) read.push(`${shard} ${key}`);
      assert.deepEqual(
        read,
        [0, 1, 10, 2].flatMap((n) =>
          ["a", "b"].map((c) => `s3://bucket/in/train-${n}.tar ${n}${c}`)
        ),
      );
      assert.deepEqual(host.faults, []);
      const lists = (): number => host.seen.filter((line) => line.includes("list-type")).length;
      assert.equal(lists(), 3);
      for await (const _ of dataset);
      assert.equal(lists(), 3, "a second pass lists nothing");

      const shard = await openShard("s3://bucket/in/train-2.tar", { ...access, index: "none" });
      assert.equal((await shard.get(1)).key, "2b");
    },
  },
  {
    name: "a pattern that matches nothing, or stands where nothing is listed, is a typed error",
    async run() {
      const host = new S3Host({ "a.tar": makeNoise(9) }, {});
      const read = async (shards: string): Promise<SourceError> => {
        const access = { fetch: host.fetch, s3: { endpoint: ENDPOINT } };
        return await rejection((async () => {
          for await (const _ of webdataset(shards, access));
        })()) as SourceError;
      };
      assert.equal((await read("s3://bucket/b-*.tar")).code, "source/not-found");
      assert.equal((await read("ms://spaces/o/n/*.tar")).code, "source/unsupported");
      assert.instanceOf(await read("s3://bucket-*/a.tar"), TypeError);
    },
  },
  {
    name: "pages that are no listing, or lead nowhere, are typed errors",
    async run() {
      const pages = [
        "<html><body>Sign in</body></html>",
        "no XML",
        "<ListBucketResult><Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        '<!DOCTYPE a [<!ENTITY b "c">]><ListBucketResult/>',
      ];
      for (const page of pages) {
        const fetch = (() => Promise.resolve(new Response(page))) as typeof globalThis.fetch;
        const list = (async () => {
          for await (const _ of toStore("s3://bucket", { fetch }).list!());
        })();
        assert.equal((await rejection(list) as SourceError).code, "source/http", page);
      }
    },
  },
  {
    name: "az: lists pages by its own interface, with the signature that never shows",
    async run() {
      const seen: string[] = [];
      const blob = (name: string): string =>
        `<Blob><Name>${name}</Name><Properties><Etag>0x8D</Etag><Content-Length>7</Content-Length>` +
        `<Last-Modified>Sun, 01 Nov 2026 00:00:00 GMT</Last-Modified></Properties></Blob>`;
      const fetch = ((url: string) => {
        seen.push(url);
        const isFirst = !url.includes("marker=");
        return Promise.resolve(
          new Response(
            `\ufeff<?xml version="1.0"?><EnumerationResults><Blobs>${
              blob(isFirst ? "in/a.tar" : "in/b&amp;.tar")
            }</Blobs><NextMarker>${isFirst ? "2!x" : ""}</NextMarker></EnumerationResults>`,
          ),
        );
      }) as typeof globalThis.fetch;
      const store = toStore("az://box/in", { fetch, az: { account: "acct", sas: "sig=SECRET" } });
      const listed = [];
      for await (const object of store.list!()) listed.push(object);
      assert.deepEqual(listed.map(({ name }) => name), ["a.tar", "b&.tar"]);
      assert.deepEqual(listed[0].etag, '"0x8D"');
      assert.equal(
        seen[1],
        "https://acct.blob.core.windows.net/box?sig=SECRET&restype=container&comp=list&prefix=in%2F&marker=2%21x",
      );
      const source = store.open("a.tar");
      assert.notInclude(JSON.stringify(source), "SECRET");
      assert.notInclude(source.address ?? "", "SECRET");
    },
  },
  {
    name: "an object's address tells it from those of other endpoints, and holds no secret",
    run() {
      const at = (text: string, options: SourceOptions = {}): string =>
        toSource(text, options).address!;
      assert.equal(at("s3://b/k.tar"), "s3://b/k.tar");
      assert.notEqual(
        at("s3://b/k.tar", { s3: { endpoint: "https://h.test" } }),
        at("s3://b/k.tar"),
      );
      assert.notEqual(at("s3://b/k?1.tar"), at("s3://b/k?2.tar"));
      assert.notEqual(at("s3://b/k#1.tar"), at("s3://b/k#2.tar"));
      assert.notEqual(at("s3://b/a%20b.tar"), at("s3://b/a b.tar"));
      assert.notInclude(at("s3://KEY:SECRET@b/k.tar"), "SECRET");
      assert.notInclude(toSource("s3://KEY:SECRET@b/k.tar").name, "SECRET");
    },
  },
  {
    name: "credentials in s3: URLs, keys that no URL names and options that are none are refused",
    async run() {
      const fail = (text: string, options: SourceOptions = {}): Promise<Error> =>
        rejection(locate(text, options));
      assert.match((await fail("s3://KEY:SECRET@b/k.tar")).message, /pass `sign`/);
      assert.notMatch((await fail("s3://KEY:SECRET@b/k.tar")).message, /SECRET/);
      assert.match((await fail("s3://bucket/a/../b.tar")).message, /cannot name/);
      assert.instanceOf(await fail("s3://bucket/k", { s3: { style: "host" as never } }), TypeError);
      assert.instanceOf(await fail("s3://bucket/k", { s3: { region: "a b" } }), TypeError);
      assert.instanceOf(await fail("s3://bucket/k", { s3: { endpoint: "h.test" } }), TypeError);
      assert.instanceOf(await fail("az://box/k"), TypeError);
      assert.instanceOf(await fail("hf://datasets/o"), TypeError);
      assert.throws(() => toSource("s3://bucket/k", { s3: "eu" as never }), TypeError);
    },
  },
  {
    name: "a bucket of another region is named as one",
    async run() {
      const headers = { "x-amz-bucket-region": "ap-south-1" };
      const fetch =
        (() =>
          Promise.resolve(new Response(null, { status: 301, headers }))) as typeof globalThis.fetch;
      const error = await rejection(locate("s3://bucket/k.tar", { fetch }));
      assert.match(error.message, /region "ap-south-1"/);
    },
  },
  {
    name: "pipe: is refused, and the error says how it is done here",
    run() {
      for (const open of [toSource, webdataset]) {
        assert.throws(
          () => open("pipe:aws s3 cp s3://bucket/a.tar -"),
          /commands are never run[^]*spawn\("aws"/,
        );
      }
    },
  },
  {
    name: "parseXml() reads what is well-formed, and refuses the rest",
    run() {
      const text =
        '<?xml version="1.0"?><!-- c --><a b="1"><n:c>1 &lt; &#50;&#x33;</n:c><d/></a>\n';
      assert.equal(textOf(parseXml(text), "c"), "1 < 23");
      const broken = [
        "",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a>&b;</a>",
        "<a>&lt</a>",
        "<a",
        "x",
      ];
      for (const text of [...broken, "<a>".repeat(40) + "</a>".repeat(40), "<a>&#x110000;</a>"]) {
        assert.throws(() => parseXml(text), SyntaxError, undefined, text);
      }
    },
  },
];
