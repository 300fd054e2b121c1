import { assert } from "chai";
import { recordError, reviveError } from "../../src/workers/error_record.ts";
import { ImageError, KernelError, SourceError, WdsError } from "../../src/errors.ts";
import type { TestCase } from "../case.ts";

const cloneFault = (error: unknown): Error => reviveError(structuredClone(recordError(error)));

export const cases: TestCase[] = [
  {
    name: "reviveError() gives back class, code, place and causes of a recorded fault",
    run(): void {
      const details = { shard: "s.tar", key: "k", offsetBytes: 512 };
      const cause = new TypeError("at the bottom");
      for (const Fault of [ImageError, KernelError]) {
        const fault = new Fault("jpeg/corrupt", {
          action: "decode",
          reason: "so",
          ...details,
          cause,
        });
        const revived = cloneFault(fault) as WdsError;
        assert.instanceOf(revived, Fault);
        assert.deepInclude(revived, {
          code: "jpeg/corrupt",
          message: "Cannot decode: so",
          ...details,
        });
        assert.instanceOf(revived.cause, TypeError);
        assert.equal((revived.cause as Error).message, "at the bottom");
      }
      const plain = cloneFault(new ImageError("jpeg/corrupt", { action: "decode", reason: "so" }));
      assert.isUndefined((plain as WdsError).shard);
      assert.isUndefined(plain.cause);
      // Workers open no sources, so that theirs is not among the classes that are made again.
      assert.instanceOf(
        cloneFault(new SourceError("source/read", { action: "read", reason: "…" })),
        WdsError,
      );
    },
  },
  {
    name: "reviveError() gives back mistakes of the caller and any other error",
    run(): void {
      assert.instanceOf(cloneFault(new RangeError("too narrow")), RangeError);
      assert.instanceOf(cloneFault(new TypeError("no array")), TypeError);
      const trap = cloneFault(new WebAssembly.RuntimeError("unreachable"));
      assert.deepInclude(trap, { name: "RuntimeError", message: "unreachable" });
      assert.equal(cloneFault("just text").message, "just text");
    },
  },
];
