/** `wdstream preview`: files, pages, and what goes to a pipe or a terminal. */

import { assert } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { fixturePath } from "../fixtures.ts";
import { withFolder } from "../temporary.ts";
import { runCli, runShell } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());
const onUnix = process.platform === "win32" ? "there is no sh here" : undefined;

/** Width and height that a PNG file says. */
function sizeOf(png: Uint8Array): [number, number] {
  const view = new DataView(png.buffer, png.byteOffset);
  assert.equal(view.getUint32(0), 0x89504e47);
  return [view.getUint32(16), view.getUint32(20)];
}

export const cases: TestCase[] = [
  {
    name: "wdstream preview writes a picture or a page, with labels and crops",
    run: () =>
      withFolder(async (folder) => {
        const [png, html] = ["a.png", "a.html"].map((name) => join(folder, name));
        const made = await runCli("preview", SAMPLE, "--columns", "9", "--crop", "--output", png);
        assert.equal(made.code, 0, made.notes.join("\n"));
        assert.deepEqual(made.lines, [`${png}: 36 samples`]);
        assert.deepEqual(sizeOf(await readFile(png)), [9 * 134 + 6, 4 * 148 + 6]);
        const options = ["--labels", "imagenet", "--count", "5", "--edge", "64"];
        const page = await runCli("preview", SAMPLE, ...options, "--output", html);
        assert.equal(page.code, 0);
        const text = await readFile(html, "utf8");
        assert.lengthOf([...text.matchAll(/<img alt="([^"]*)"/g)], 5);
        assert.match(text, /alt="alp"/);
        const wrong = await runCli("preview", SAMPLE, "--output", join(folder, "a.gif"));
        assert.equal(wrong.code, 2);
        assert.match(wrong.notes[0], /FILE\.png or FILE\.html/);
      }),
  },
  {
    name:
      "wdstream preview sends a pipe the file, and a terminal the picture with a line for each sample",
    skip: onUnix,
    run: () =>
      withFolder(async (folder) => {
        const file = join(folder, "a.png");
        const piped = await runShell(`"$@" > "${file}"`, "preview", SAMPLE, "--count", "4");
        assert.equal(piped.code, 0, piped.notes.join("\n"));
        assert.deepEqual(sizeOf(await readFile(file)), [4 * 134 + 6, 148 + 6]);
        const shown = await runCli("preview", SAMPLE, "--count", "3", "--show", "kitty");
        assert.equal(shown.code, 0);
        assert.isTrue(shown.lines[0].startsWith("\x1b_Ga=T,f=100,"));
        assert.deepEqual(shown.lines.slice(-2), [
          "n09332890_00000001  375x500  class 975",
          "n04326547_00000002  500x333  class 825",
        ]);
      }),
  },
  {
    name: "wdstream preview says which image is damaged, shows the others, and exits with 1",
    run: () =>
      withFolder(async (folder) => {
        const file = await readFile(fixturePath("jpeg/baseline/420_42x32.jpg"));
        const shard = join(folder, "a.tar");
        await writeFile(shard, await makeShard([["a.jpg", file], ["b.jpg", file.subarray(0, 90)]]));
        const { code, notes } = await runCli("preview", shard, "--output", join(folder, "a.png"));
        assert.equal(code, 1);
        assert.match(notes[0], /^not shown: .*b\.jpg.*jpeg\/truncated/);
      }),
  },
];
