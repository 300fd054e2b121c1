/**
 * The table of timm's settings, and the file beside the repository that it is made from.
 *
 * @module
 */
import { assert } from "chai";
import { readFile } from "node:fs/promises";
import { timmConfig, timmNames } from "../../src/image/transform/timm/mod.ts";
import type { TestCase } from "../case.ts";
import { readSharedJson, sharedSkip } from "../shared_data.ts";
import { makeTable, type TimmSettings } from "./make_timm_table.ts";

const PATH = "timm_pretrained_cfgs.json";

/** Tests of the committed table. */
export const cases: TestCase[] = [
  {
    name: "timmConfig() gives every value of timm's settings",
    skip: sharedSkip,
    async run() {
      const { columns, models } = await readSharedJson<TimmSettings>(PATH);
      assert.deepEqual(await timmNames(), Object.keys(models));
      for (const [name, values] of Object.entries(models)) {
        const config = await timmConfig(name) as unknown as Record<string, unknown>;
        assert.deepEqual(columns.map((column) => config[column] ?? null), [...values], name);
        assert.isTrue(Object.keys(config).every((key) => columns.includes(key)), name);
      }
    },
  },
  {
    name: "the table of timm's settings is what its script makes",
    skip: sharedSkip,
    async run() {
      const table = new URL("../../src/image/transform/timm/table.ts", import.meta.url);
      const settings = await readSharedJson<TimmSettings>(PATH);
      assert.equal(makeTable(settings), await readFile(table, "utf8"));
    },
  },
];
