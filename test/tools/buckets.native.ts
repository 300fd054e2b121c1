/** Tools from and to buckets over loopback, with signed requests. */

import { assert } from "chai";
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { TestCase } from "../case.ts";
import { runCli } from "../cli/capture.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { S3Host } from "../storage/s3_host.ts";
import { withServer } from "../storage/server.ts";
import { withHeldHost } from "../storage/held_host.ts";
import { withFolder } from "../temporary.ts";
import { readFolder, runKilled } from "./kill/killed_runs.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "SECRET/EXAMPLE+KEY" };
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  AWS_REGION: "eu-central-1",
};

/** Runs with variables that are gone afterwards; processes that are started have them too. */
async function withEnvironment(use: () => Promise<void>): Promise<void> {
  const before = Object.keys(ENVIRONMENT).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, ENVIRONMENT);
  try {
    await use();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

async function withHost(
  objects: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  use: (host: S3Host, options: readonly string[]) => Promise<void>,
): Promise<void> {
  const host = new S3Host(objects, { keys: KEYS });
  await withServer((request, response) => {
    const parts: Uint8Array[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", async () => {
      const url = new URL(request.url!, `http://${request.headers.host}`);
      const headers = new Headers(request.headers as Record<string, string>);
      const body = new Uint8Array(Buffer.concat(parts));
      const answer = await host.answer(request.method!, url, headers, body);
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  }, async ({ origin }) => {
    await withEnvironment(() => use(host, ["--sign-from-environment", "--s3-endpoint", origin]));
  });
  assert.deepEqual(host.faults, []);
}

export const cases: TestCase[] = [
  {
    name:
      "wdstream reshard and pack write into a bucket what they write into a folder, killed or not",
    async run() {
      const objects: Record<string, Uint8Array<ArrayBuffer>> = {};
      for (let i = 0; i < 6; i++) objects[`in/${i}.tar`] = await makeTextShard(`${i}-`, 9);
      for (let i = 0; i < 9; i++) objects[`files/${i % 3}/${i}.jpg`] = Buffer.from(`${i}`);
      await withHost(objects, async (host, options) => {
        await withFolder(async (folder) => {
          const args = ["--max-count", "4", "--seed", "2", "--lanes", "2", "--info"];
          const inputs = ["s3://bucket/in/*.tar"];
          const plain = await runCli("reshard", ...inputs, folder, ...args, ...options);
          assert.equal(plain.code, 0, plain.notes.join());
          const out = ["s3://bucket/out", ...args, ...options];
          const shards = [0, 1, 2, 3, 4, 5].map((i) => `${i}.tar`);
          const held = new Map(shards.map((name) => [name, objects[`in/${name}`]]));
          await withHeldHost(held, async ({ origin, hold }) => {
            const inputs = `${origin}/{0..5}.tar`;
            const { kills, kept } = await runKilled(
              ["reshard", inputs, ...out],
              1,
              () => hold(4, 700),
            );
            assert.equal(kills, 1);
            assert.isAbove(kept, 0);
          });
          const files = await readFolder(folder);
          const put = [...host.objects.keys()].filter((key) => key.startsWith("out/")).sort();
          assert.deepEqual(put, [...files.keys()].map((name) => `out/${name}`));
          for (const [name] of files) {
            const bytes = new Uint8Array(await readFile(join(folder, name)));
            assert.deepEqual(host.objects.get(`out/${name}`), bytes, name);
          }
          const packing = ["pack", "s3://bucket/files", "s3://bucket/packed", ...options];
          const packed = await runCli(...packing);
          assert.equal(packed.code, 0, packed.notes.join());
          assert.match(packed.lines[0], /^1 shard, 9 samples/);
          const local = await runCli("pack", "s3://bucket/files", join(folder, "p"), ...options);
          assert.equal(local.code, 0, local.notes.join());
          const shard = await readFile(join(folder, "p", "train-000000.tar"));
          assert.deepEqual(
            host.objects.get("packed/train-000000.tar"),
            new Uint8Array(shard),
          );
        });
      });
    },
  },
];
