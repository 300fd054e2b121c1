import { assert } from "chai";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { imagenet1k, imagenetLabels, listShards } from "../../src/imagenet/mod.ts";
import type { TestCase } from "../case.ts";
import { collect, makeTextShard } from "../dataset/shards.ts";
import { readSharedJson, sharedPath, sharedSkip } from "../shared_data.ts";

interface PublishedSplit {
  readonly filenames: string[];
  readonly shard_lengths: number[];
  readonly num_samples: number;
}

export const cases: TestCase[] = [
  {
    name: "listShards() equals the published _info.json of both splits",
    skip: sharedSkip,
    async run(): Promise<void> {
      const { splits } = await readSharedJson<{ splits: Record<string, PublishedSplit> }>(
        "imagenet1k._info.json",
      );
      for (const split of ["train", "validation"] as const) {
        const { shardNames, shardLengths, sampleCount } = listShards(split);
        assert.deepEqual(shardNames, splits[split].filenames);
        assert.deepEqual(shardLengths, splits[split].shard_lengths);
        assert.equal(sampleCount, splits[split].num_samples);
      }
    },
  },
  {
    name: "imagenetLabels() equals the lists of synsets and lemmas",
    skip: sharedSkip,
    async run(): Promise<void> {
      const labels = await imagenetLabels();
      const synsets = await readFile(sharedPath("imagenet_synsets.txt"), "utf8");
      assert.equal(labels.map(({ synset }) => `${synset}\n`).join(""), synsets);
      const rows = (await readFile(sharedPath("imagenet_lemmas.tsv"), "utf8")).trimEnd().split(
        "\n",
      );
      const lemmas = new Map(rows.map((row) => row.split("\t") as [string, string]));
      for (const { synset, lemmas: own } of labels) {
        assert.equal(own.join(", "), lemmas.get(synset));
      }
    },
  },
  {
    name: "imagenet1k() reads a folder, by its _info.json",
    skip: sharedSkip,
    async run(): Promise<void> {
      const dataset = imagenet1k("validation", { store: sharedPath("imagenet") });
      const samples = await collect(dataset);
      assert.lengthOf(samples, 202);
      assert.equal((await dataset.plan()).sampleCount, 202);
      assert.deepInclude(dataset.stats, { shards: 2, samples: 202, skipped: 0 });
      assert.deepEqual(Object.keys(samples[0].fields), ["cls", "jpg", "json"]);
    },
  },
  {
    name: "imagenet1k() reads the token from the environment only when asked, for its host only",
    async run(): Promise<void> {
      const shard = await makeTextShard("v", 1);
      const seen: (string | null)[] = [];
      const fetch = ((_input: unknown, init?: RequestInit) => {
        seen.push(new Headers(init?.headers).get("authorization"));
        return Promise.resolve(new Response(shard));
      }) as typeof globalThis.fetch;
      const before = process.env.HF_TOKEN;
      process.env.HF_TOKEN = "hf_env";
      try {
        const common = { fetch, info: false };
        const asked = { ...common, tokenFromEnvironment: true };
        await collect(imagenet1k("train", common).take(1));
        await collect(imagenet1k("train", asked).take(1));
        await collect(imagenet1k("train", { ...asked, token: "own" }).take(1));
        await collect(imagenet1k("train", { ...asked, store: "https://other.test/" }).take(1));
      } finally {
        if (before === undefined) delete process.env.HF_TOKEN;
        else process.env.HF_TOKEN = before;
      }
      assert.deepEqual(seen, [null, "Bearer hf_env", "Bearer own", null]);
    },
  },
];
