import { assert } from "chai";
import { OrderError } from "../../src/errors.ts";
import { type EnvironmentSplit, splitFromEnvironment } from "../../src/order/mod.ts";
import type { TestCase } from "../case.ts";

function read(variables: Record<string, string>): EnvironmentSplit {
  return splitFromEnvironment((name) => variables[name]);
}

function tell(variables: Record<string, string>): string {
  const { rank, world, scheme } = read(variables);
  return `${scheme} ${rank}/${world}`;
}

const SLURM = { SLURM_PROCID: "2", SLURM_NTASKS: "6" };
const KUBERNETES = { JOB_COMPLETION_INDEX: "4", JOB_COMPLETION_COUNT: "5" };

/** Element 7 of `--array=4-10`. */
const ARRAY = {
  SLURM_ARRAY_TASK_ID: "7",
  SLURM_ARRAY_TASK_MIN: "4",
  SLURM_ARRAY_TASK_MAX: "10",
  SLURM_ARRAY_TASK_COUNT: "7",
  SLURM_ARRAY_TASK_STEP: "1",
};

export const cases: TestCase[] = [
  {
    name: "splitFromEnvironment() finds each launcher's variables, and says whose they are",
    run() {
      assert.equal(tell({}), "none 0/1");
      assert.equal(tell({ RANK: "3", WORLD_SIZE: "8", PATH: "/bin" }), "rank 3/8");
      assert.equal(tell(SLURM), "slurm 2/6");
      assert.equal(tell(KUBERNETES), "kubernetes 4/5");
      assert.equal(tell({ CLOUD_RUN_TASK_INDEX: "0", CLOUD_RUN_TASK_COUNT: "2" }), "cloud-run 0/2");
      assert.deepEqual(read({ RANK: " 3 ", WORLD_SIZE: "8" }).variables, {
        RANK: " 3 ",
        WORLD_SIZE: "8",
      });
      // Empty ones are not set.
      assert.equal(tell({ RANK: "", WORLD_SIZE: "", ...SLURM }), "slurm 2/6");
    },
  },
  {
    name: "splitFromEnvironment() reads job arrays of any beginning and step, without gaps",
    run() {
      assert.equal(tell(ARRAY), "slurm-array 3/7");
      const steps = { SLURM_ARRAY_TASK_MAX: "16", SLURM_ARRAY_TASK_STEP: "2" };
      assert.equal(tell({ ...ARRAY, ...steps, SLURM_ARRAY_TASK_ID: "8" }), "slurm-array 2/7");
      assert.throws(() => tell({ ...ARRAY, ...steps }), OrderError, /gaps/);
      // --array=4,5,10
      const gaps = { ...ARRAY, SLURM_ARRAY_TASK_ID: "5", SLURM_ARRAY_TASK_COUNT: "3" };
      assert.throws(() => tell(gaps), OrderError, /gaps.*SLURM_ARRAY_TASK_MAX=10/);
      const { SLURM_ARRAY_TASK_COUNT: _, ...half } = ARRAY;
      assert.throws(() => tell(half), OrderError, /SLURM_ARRAY_TASK_COUNT is not/);
    },
  },
  {
    name: "splitFromEnvironment() knows which launcher runs under which",
    run() {
      assert.equal(tell({ RANK: "3", WORLD_SIZE: "8", ...SLURM, ...ARRAY }), "rank 3/8");
      // An array of single tasks, by srun and by a batch script that was not told how many tasks.
      const single = { SLURM_PROCID: "0", SLURM_NTASKS: "1" };
      assert.equal(tell({ ...ARRAY, ...single }), "slurm-array 3/7");
      assert.equal(tell({ ...ARRAY, SLURM_PROCID: "0" }), "slurm-array 3/7");
      assert.equal(tell({ SLURM_PROCID: "0" }), "none 0/1");
      assert.equal(tell(single), "slurm 0/1");
      const same = { JOB_COMPLETION_INDEX: "2", JOB_COMPLETION_COUNT: "6" };
      assert.equal(tell({ ...SLURM, ...same }), "slurm 2/6");
      assert.throws(() => tell({ ...SLURM, ...ARRAY }), OrderError, /rank 2 of 6.*rank 3 of 7/);
      assert.throws(() => tell({ ...SLURM, ...KUBERNETES }), OrderError, /RANK and WORLD_SIZE/);
    },
  },
  {
    name: "splitFromEnvironment() refuses halves, nonsense and ranks that there are not",
    run() {
      assert.throws(() => tell({ RANK: "3" }), OrderError, /RANK is set and WORLD_SIZE is not/);
      assert.throws(
        () => tell({ WORLD_SIZE: "3" }),
        OrderError,
        /WORLD_SIZE is set and RANK is not/,
      );
      assert.throws(() => tell({ SLURM_NTASKS: "4" }), OrderError, /srun/);
      assert.throws(() => tell({ SLURM_PROCID: "1" }), OrderError, /SLURM_NTASKS is not/);
      assert.throws(() => tell({ JOB_COMPLETION_INDEX: "1" }), OrderError, /completions/);
      for (const [rank, world] of [["8", "8"], ["0", "0"], ["-1", "2"], ["a", "2"], ["1", "2.5"]]) {
        assert.throws(() => tell({ RANK: rank, WORLD_SIZE: world }), OrderError);
      }
      assert.throws(
        () => tell({ RANK: "1", WORLD_SIZE: "9".repeat(20) }),
        OrderError,
        /WORLD_SIZE/,
      );
    },
  },
];
