/** Names in shards are anybody's: what a terminal would take for a command is shown, and not sent to it. */

import { assert } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { plainLines, plainText, withoutLateControls } from "../../src/cli/words.ts";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { withFolder } from "../temporary.ts";
import { noTerminal, runOnTerminal } from "../tools/terminal.ts";
import { runCli, runProcess } from "./capture.ts";

/** Sets the title of a terminal, clears it, and begins another line. */
const KEY = "a\x1b]0;owned\x07\x1b[2J\u009b31m\nb\tc\u{1f600}";
const SHOWN = "a\\x1b]0;owned\\x07\\x1b[2J\\x9b31m\\x0ab\\x09c\u{1f600}";

export const cases: TestCase[] = [
  {
    name: "signs that are commands are shown as numbers, and all else as it is",
    run(): void {
      assert.equal(plainText(KEY), SHOWN);
      assert.equal(plainLines("a\tb\nc\r\x7f\x1b[m ü\u2028"), "a\tb\nc\\x0d\\x7f\\x1b[m ü\u2028");
      assert.equal(
        withoutLateControls('\x1b[m{"a":"\u009b\u0085é"}\n'),
        '\x1b[m{"a":"\\u009b\\u0085é"}\n',
      );
      assert.equal(JSON.parse(withoutLateControls('"\u009b"')), "\u009b");
    },
  },
  {
    name: "wdstream ls, order and its notes send no commands to a terminal",
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a.tar");
        await writeFile(path, await makeShard([[`${KEY}.jpg`, "none"], [`${KEY}.cls`, "1"]]));
        const { lines } = await runCli("ls", path);
        assert.deepEqual(lines, [`${SHOWN}\tjpg 4\tcls 1`]);
        const order = await runCli("order", path);
        assert.isTrue(order.lines[0].startsWith(`${SHOWN}\t`), order.lines[0]);
        const { code, notes } = await runProcess(["stream", path]);
        assert.equal(code, 1);
        assert.lengthOf(notes, 1);
        assert.notMatch(notes[0], /[^\t -~\u{1f600}]/u);
        assert.include(notes[0], "\\x1b]0;owned");
      }),
  },
  {
    name: "wdstream cat shows on a terminal what JSON leaves in texts",
    skip: noTerminal,
    run: () =>
      withFolder(async (folder) => {
        const path = join(folder, "a.tar");
        await writeFile(path, await makeShard([["a.txt", "x\u009b31m\x1b[2J"]]));
        const shown = await runOnTerminal(["cat", path]);
        assert.include(shown, "x\\u009b31m\\u001b[2J");
        const { lines } = await runProcess(["cat", path]);
        assert.include(lines[0], "x\u009b31m\\u001b[2J");
      }),
  },
];
