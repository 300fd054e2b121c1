/** The share of a process, by the environment that it was really started with. */

import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assert } from "chai";
import type { TestCase } from "../case.ts";

const SCRIPT = fileURLToPath(new URL("environment_main.ts", import.meta.url));

/** What a process of this runtime prints that is started with some variables; Deno is given permissions. */
async function ask(
  variables: Record<string, string>,
  allow = "--allow-env",
): Promise<Record<string, unknown>> {
  const flags = "Deno" in globalThis ? ["run", "--no-check", "--no-prompt", allow] : [];
  const { PATH = "", HOME = "" } = process.env;
  return await new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...flags, SCRIPT],
      { env: { PATH, HOME, NO_COLOR: "1", ...variables } },
      (error, stdout) => error === null ? resolve(JSON.parse(stdout)) : reject(error),
    );
  });
}

export const cases: TestCase[] = [
  {
    name: "splitFromEnvironment() reads the environment of its own process",
    async run(): Promise<void> {
      const torchrun = { RANK: "1", WORLD_SIZE: "4" };
      assert.deepEqual(await ask({ ...torchrun, SLURM_PROCID: "0" }), {
        rank: 1,
        world: 4,
        scheme: "rank",
        variables: torchrun,
      });
      assert.deepEqual(await ask({}), { rank: 0, world: 1, scheme: "none", variables: {} });
      const { code, reason } = await ask({ RANK: "1" });
      assert.equal(code, "order/environment");
      assert.match(String(reason), /WORLD_SIZE is not/);
    },
  },
  {
    name: "splitFromEnvironment() takes Deno's permission by name, and says which it lacks",
    skip: "Deno" in globalThis ? undefined : "only Deno has permissions",
    async run(): Promise<void> {
      const torchrun = { RANK: "1", WORLD_SIZE: "4" };
      const slurm = { SLURM_PROCID: "2", SLURM_NTASKS: "6" };
      assert.include(await ask(torchrun, "--allow-env=RANK,WORLD_SIZE"), { rank: 1, world: 4 });
      const own = await ask({ ...torchrun, ...slurm }, "--allow-env=SLURM_PROCID,SLURM_NTASKS");
      assert.include(own, { rank: 2, scheme: "slurm" });
      // What may not be read may name a share: one process of many must not take it for none.
      for (const allow of ["--allow-read", "--allow-env=SLURM_PROCID,SLURM_NTASKS"]) {
        const { code, reason } = await ask(torchrun, allow);
        assert.equal(code, "order/environment");
        assert.match(String(reason), /--allow-env=RANK,WORLD_SIZE/);
      }
    },
  },
];
