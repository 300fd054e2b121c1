import { assert } from "chai";
import { imagenet1k, imagenetLabels, listShards } from "../../src/imagenet/mod.ts";
import type { WdsError } from "../../src/errors.ts";
import type { TestCase } from "../case.ts";
import { catchError, collect, makeTextShard } from "../dataset/shards.ts";

interface Request {
  readonly url: string;
  readonly authorization: string | null;
}

/** A fetch that answers with the given bodies by URL, 404 for all others, and lists what it was asked. */
function makeFetch(bodies: Record<string, BodyInit | number>): {
  fetch: typeof globalThis.fetch;
  requests: Request[];
} {
  const requests: Request[] = [];
  const fetch = (input: URL | string, init?: RequestInit): Promise<Response> => {
    const url = String(input);
    requests.push({ url, authorization: new Headers(init?.headers).get("authorization") });
    const body = bodies[url] ?? 404;
    const response = typeof body === "number"
      ? new Response("", { status: body })
      : new Response(body);
    return Promise.resolve(response);
  };
  return { fetch: fetch as typeof globalThis.fetch, requests };
}

const HUGGING_FACE = "https://huggingface.co/datasets/timm/imagenet-1k-wds/resolve/main/";
const MODELSCOPE = "https://modelscope.cn/datasets/timm/imagenet-1k-wds/resolve/master/";

const INFO = {
  splits: { validation: { filenames: ["b.tar", "a.tar"], shard_lengths: [2, 1], num_samples: 3 } },
};

export const cases: TestCase[] = [
  {
    name: "listShards() gives names and lengths as published",
    run(): void {
      const train = listShards("train");
      assert.lengthOf(train.shardNames, 1024);
      assert.equal(train.shardNames[1023], "imagenet1k-train-1023.tar");
      assert.equal(train.sampleCount, 1_281_167);
      // The first lengths that the published list has; boundary 4 is 5004.56 rounded to 5005.
      assert.deepEqual(train.shardLengths.slice(0, 5), [1251, 1251, 1251, 1252, 1251]);
      const validation = listShards("validation");
      assert.equal(validation.shardNames[0], "imagenet1k-validation-00.tar");
      assert.deepEqual(validation.shardLengths.slice(0, 7), [781, 781, 782, 781, 781, 782, 781]);
      for (const { shardLengths, sampleCount } of [train, validation]) {
        assert.equal(shardLengths.reduce((sum, length) => sum + length), sampleCount);
      }
      const card = listShards("validation", 4).shardNames;
      assert.equal(card[63], "imagenet1k-validation-0063.tar");
    },
  },
  {
    name: "imagenetLabels() lists 1,000 synsets in sorted order with WordNet's names",
    async run(): Promise<void> {
      const labels = await imagenetLabels();
      const synsets = labels.map(({ synset }) => synset);
      assert.lengthOf(labels, 1000);
      assert.deepEqual(synsets, [...synsets].sort());
      assert.equal(new Set(synsets).size, 1000);
      assert.isTrue(synsets.every((synset) => /^n[0-9]{8}$/.test(synset)));
      assert.deepEqual(labels[0], {
        synset: "n01440764",
        name: "tench",
        lemmas: ["tench", "Tinca tinca"],
      });
      assert.equal(labels[340].name, "zebra");
      assert.equal(labels[999].synset, "n15075141");
      assert.strictEqual(await imagenetLabels(), labels);
    },
  },
  {
    name: "imagenet1k() reads names and lengths from the source's _info.json",
    async run(): Promise<void> {
      const { fetch, requests } = makeFetch({
        "https://h.test/in1k/_info.json": JSON.stringify(INFO),
        "https://h.test/in1k/b.tar": await makeTextShard("b", 2),
        "https://h.test/in1k/a.tar": await makeTextShard("a", 1),
      });
      const dataset = imagenet1k("validation", { store: "https://h.test/in1k", fetch });
      assert.lengthOf(requests, 0);
      const keys = (await collect(dataset)).map(({ key }) => key);
      assert.deepEqual(keys, ["b0", "b1", "a0"]);
      const plan = await dataset.plan();
      assert.deepEqual(plan.shardLengths, [2, 1]);
      assert.equal(plan.sampleCount, 3);
      assert.lengthOf(requests, 3);
    },
  },
  {
    name:
      "imagenet1k() goes by the built-in catalogue where there is no _info.json, or not the split",
    async run(): Promise<void> {
      for (const info of [404, JSON.stringify(INFO), "<!doctype html><title>Sign in</title>"]) {
        const { fetch } = makeFetch({ "https://h.test/_info.json": info });
        const plan = await imagenet1k("train", { store: "https://h.test/", fetch }).plan();
        assert.lengthOf(plan.sources, 1024);
        assert.equal(plan.sources[7].name, "https://h.test/imagenet1k-train-0007.tar");
        assert.equal(plan.sampleCount, 1_281_167);
      }
    },
  },
  {
    name: "imagenet1k() reports an _info.json that is none, and asks again the next time",
    async run(): Promise<void> {
      for (const text of ["no", "{}", '{"splits":{"validation":{"filenames":["a.tar"]}}}']) {
        const { fetch, requests } = makeFetch({ "https://h.test/_info.json": text });
        const dataset = imagenet1k("validation", { store: "https://h.test/", fetch });
        const error = await catchError(dataset.plan());
        assert.deepInclude(error, { code: "source/read" });
        assert.include((error as Error).message, "`info: false`");
        await catchError(dataset.plan());
        assert.lengthOf(requests, 2);
      }
    },
  },
  {
    name: "imagenet1k() finds the hosts and sends the token to them",
    async run(): Promise<void> {
      const hosts = [["huggingface", HUGGING_FACE], ["modelscope", MODELSCOPE]] as const;
      for (const [store, base] of hosts) {
        const shard = await makeTextShard("v", 1);
        const { fetch, requests } = makeFetch({ [`${base}imagenet1k-validation-00.tar`]: shard });
        const dataset = imagenet1k("validation", { store, fetch, token: "t" }).take(1);
        assert.lengthOf(await collect(dataset), 1);
        assert.deepEqual(requests, [
          { url: `${base}_info.json`, authorization: "Bearer t" },
          { url: `${base}imagenet1k-validation-00.tar`, authorization: "Bearer t" },
        ]);
      }
    },
  },
  {
    name: "imagenet1k() explains a refused request by the token and the licence, without the token",
    async run(): Promise<void> {
      const { fetch } = makeFetch({ [`${HUGGING_FACE}_info.json`]: 401 });
      const without = await catchError(imagenet1k("train", { fetch }).plan()) as WdsError;
      assert.equal(without.code, "source/unauthorized");
      assert.match(without.message, /licence.*huggingface\.co.*`token`.*HF_TOKEN/s);
      const refused = await catchError(
        imagenet1k("train", { fetch, token: "hf_secret" }).plan(),
      ) as WdsError;
      assert.match(refused.message, /token was refused/);
      assert.notInclude(JSON.stringify([refused, refused.message, refused.stack]), "hf_secret");
    },
  },
  {
    name: "imagenet1k() names the option for four digits when a validation shard is missing",
    async run(): Promise<void> {
      const { fetch } = makeFetch({});
      const options = { store: "https://h.test/", fetch };
      const two = await catchError(collect(imagenet1k("validation", options))) as WdsError;
      assert.equal(two.code, "source/not-found");
      assert.include(two.message, "`digits: 4`");
      const four = await catchError(
        collect(imagenet1k("validation", { ...options, digits: 4 })),
      ) as WdsError;
      assert.include(four.message, "imagenet1k-validation-0000.tar");
      assert.include(four.message, "00 to 63");
    },
  },
  {
    name: "imagenet1k() asks a function for each file by its name",
    async run(): Promise<void> {
      const asked: string[] = [];
      const shard = await makeTextShard("v", 1);
      const dataset = imagenet1k("validation", {
        info: false,
        store: (name) => {
          asked.push(name);
          return shard;
        },
      });
      const [{ shard: name }] = await collect(dataset.take(1));
      assert.equal(name, "imagenet1k-validation-00.tar");
      assert.lengthOf(asked, 64);
    },
  },
  {
    name: "imagenet1k() refuses other splits",
    run(): void {
      assert.throws(() => imagenet1k("test" as "train"), RangeError, /"test"/);
    },
  },
];
