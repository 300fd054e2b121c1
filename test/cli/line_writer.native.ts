/** Lines that wait for the one before them. */

import { assert } from "chai";
import { LineWriter } from "../../src/cli/line_writer.ts";
import type { TestCase } from "../case.ts";

export const cases: TestCase[] = [
  {
    name: "LineWriter writes lines in their order, those that had to wait in one piece",
    async run(): Promise<void> {
      const pieces: string[] = [];
      const gate = Promise.withResolvers<void>();
      const writer = new LineWriter(async (text) => {
        pieces.push(text);
        await gate.promise;
      });
      for (const line of ["a\n", "b\n", "c\n"]) await writer.write(line);
      assert.deepEqual(pieces, ["a\n"]);
      gate.resolve();
      await writer.flush();
      assert.deepEqual(pieces, ["a\n", "b\nc\n"]);
      await writer.write("d\n");
      await writer.flush();
      assert.equal(pieces.join(""), "a\nb\nc\nd\n");
    },
  },
  {
    name: "LineWriter waits where too much would have to",
    async run(): Promise<void> {
      const gate = Promise.withResolvers<void>();
      const writer = new LineWriter(() => gate.promise);
      await writer.write("a\n");
      let isDone = false;
      const written = writer.write("b".repeat(100_000)).then(() => isDone = true);
      for (let turn = 0; turn < 20; turn++) await null;
      assert.isFalse(isDone);
      gate.resolve();
      await written;
    },
  },
  {
    name: "LineWriter tells of a failure whoever writes next, and whoever waits for all",
    async run(): Promise<void> {
      const writer = new LineWriter(() => Promise.reject(new Error("no room")));
      await writer.write("a\n");
      for (const promise of [writer.flush(), writer.write("b\n")]) {
        const failure = await promise.then(() => undefined, (error: Error) => error.message);
        assert.equal(failure, "no room");
      }
    },
  },
];
