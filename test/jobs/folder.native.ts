/** Jobs over folders: where drafts lie, what paths plans have, and which kernel they name. */

import { assert } from "chai";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import process from "node:process";
import type { JobError } from "../../src/errors.ts";
import { openJob, planJob, readStatus, runJob, runTask } from "../../src/jobs/mod.ts";
import { KERNEL_DIGEST } from "../../src/image/kernel_digest.ts";
import { toStore } from "../../src/storage/mod.ts";
import type { TestCase } from "../case.ts";
import { makeTextShard } from "../dataset/shards.ts";
import { rejection } from "../storage/bytes.ts";
import { withFolder } from "../temporary.ts";

async function writeShards(folder: string, count: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    await writeFile(join(folder, `s${i}.tar`), await makeTextShard(`k${i}-`, 3));
  }
  return join(folder, `s{0..${count - 1}}.tar`);
}

export const cases: TestCase[] = [
  {
    name: "a job over a folder names its inputs from the root on, and leaves no draft",
    run: () =>
      withFolder(async (folder) => {
        const shards = await writeShards(join(folder, "in"), 3);
        const out = join(folder, "out");
        const job = await planJob([relative(process.cwd(), shards)], out, { operation: "index" });
        assert.deepEqual(
          job.plan.inputs.map(({ url }) => url),
          [0, 1, 2].map((i) => join(folder, "in", `s${i}.tar`)),
        );
        const plan = await readFile(join(out, ".wdstream/plan.json"));
        assert.equal(createHash("sha256").update(plan).digest("hex"), job.key);
        const { isMerged } = await runJob(await openJob(join(out, ".wdstream/plan.json")));
        assert.isTrue(isMerged);
        assert.deepEqual((await readdir(out)).sort(), [
          ".wdstream",
          "s0.tar.idx",
          "s0.tar.split",
          "s1.tar.idx",
          "s2.tar.idx",
        ]);
        assert.deepEqual(await readdir(join(out, ".wdstream/tmp")), []);
        assert.deepEqual((await readdir(join(out, ".wdstream/done"))).sort(), [
          "0.json",
          "1.json",
          "2.json",
        ]);
        for (const { outputs } of (await runJob(job)).receipts) {
          for (const { name, sha256, sizeBytes } of outputs) {
            const bytes = await readFile(join(out, name));
            assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256);
            assert.equal(bytes.length, sizeBytes);
          }
        }
        assert.deepInclude(await readStatus(job), { done: 3, isMerged: true, missing: [] });
      }),
  },
  {
    name: "drafts of a folder lie where they are told to, until they are whole",
    run: () =>
      withFolder(async (folder) => {
        const store = toStore(folder, { prefix: "in/" });
        const draft = await store.create!("a.bin", { ifAbsent: true, draft: "tmp/draft" });
        await draft.write(new Uint8Array(5));
        assert.deepEqual(await readdir(join(folder, "in")), ["tmp"]);
        assert.deepEqual(await readdir(join(folder, "in/tmp")), ["draft"]);
        assert.isTrue(await draft.finish());
        assert.deepEqual((await readdir(join(folder, "in"))).sort(), ["a.bin", "tmp"]);
        assert.deepEqual(await readdir(join(folder, "in/tmp")), []);
        const second = { ifAbsent: true, draft: "tmp/second" };
        assert.isFalse(await store.put!("a.bin", new Uint8Array(1), second));
        assert.deepEqual(await readdir(join(folder, "in/tmp")), []);
      }),
  },
  {
    name: "a file that was touched since the job was planned is another input",
    run: () =>
      withFolder(async (folder) => {
        const shards = await writeShards(join(folder, "in"), 2);
        const job = await planJob([shards], join(folder, "out"), { operation: "stats" });
        await runTask(job, 0);
        for (const i of [0, 1]) await utimes(join(folder, `in/s${i}.tar`), 1, 1);
        for (const task of [0, 1]) {
          const error = await rejection(runTask(job, task)) as JobError;
          assert.equal(error.code, "job/changed");
          assert.match(error.message, /it was changed at 1970-01-01T00:00:01\.000Z/);
        }
      }),
  },
  {
    name: "the kernel's digest is that of its binaries",
    async run(): Promise<void> {
      const hash = createHash("sha256");
      for (const name of ["wdstream", "encoder"]) {
        hash.update(await readFile(new URL(`../../src/kernel/${name}.wasm`, import.meta.url)));
      }
      assert.equal(KERNEL_DIGEST, hash.digest("hex"));
    },
  },
];
