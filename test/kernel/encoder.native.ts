/** Loading the encoder, each time by a module of its own. */

import { readFile } from "node:fs/promises";
import { assert } from "chai";
import type { TestCase } from "../case.ts";

type Module = typeof import("../../src/kernel/encoder.ts");

let count = 0;

/** The module anew, which has loaded nothing. */
async function loadModule(): Promise<Module> {
  return await import(`../../src/kernel/encoder.ts?fresh=${count++}`);
}

const binary = async (): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(new URL("../../src/kernel/encoder.wasm", import.meta.url)));

const failure = async (work: Promise<unknown>): Promise<{ code?: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown");
};

/** Tests of `initEncoder`. */
export const cases: TestCase[] = [
  {
    name: "initEncoder() takes nothing, a module and bytes, and can be tried again after a failure",
    async run(): Promise<void> {
      const sources = [undefined, await WebAssembly.compile(await binary()), binary()];
      for (const source of sources) {
        const { initEncoder, getEncoder } = await loadModule();
        const early = await failure(Promise.resolve().then(() => getEncoder()));
        assert.equal(early.code, "kernel/not-initialised");
        assert.include(early.message, "initEncoder()");
        const { code, message } = await failure(initEncoder(new Uint8Array(3)));
        assert.equal(code, "kernel/init");
        assert.include(message, "load the encoder");
        await Promise.all([initEncoder(source), initEncoder()]);
        assert.isAbove(getEncoder().memoryBytes, 0);
        assert.strictEqual(getEncoder(), getEncoder());
      }
    },
  },
  {
    name: "initEncoder() says the lines that load the encoder where compiling is forbidden",
    async run(): Promise<void> {
      const original = WebAssembly.Module;
      WebAssembly.Module = new Proxy(original, {
        construct(): never {
          throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder");
        },
      });
      try {
        const { initEncoder } = await loadModule();
        const { code, message } = await failure(initEncoder());
        assert.equal(code, "kernel/compile-forbidden");
        assert.include(message, 'import "@wdstream/wdstream/workerd"');
        assert.include(message, "await initEncoder(encoder)");
      } finally {
        WebAssembly.Module = original;
      }
    },
  },
  {
    name: "the encoder says where memory is too short, and drops what an outlier made too large",
    async run(): Promise<void> {
      const { initEncoder, getEncoder, releaseEncoder } = await loadModule();
      await initEncoder();
      const encoder = getEncoder();
      const { code, message } = await failure(
        Promise.resolve().then(() => encoder.begin(65_500, 65_500)),
      );
      assert.equal(code, "kernel/out-of-memory");
      assert.include(message, "65500x65500");
      encoder.begin(100, 100);
      releaseEncoder();
      assert.strictEqual(getEncoder(), encoder);
      encoder.begin(4000, 3000);
      releaseEncoder();
      assert.notStrictEqual(getEncoder(), encoder);
    },
  },
  {
    name: "neither mod.ts nor /tools loads the encoder's bytes before something is encoded",
    async run(): Promise<void> {
      const text = await readFile(new URL("../../src/kernel/encoder.ts", import.meta.url), "utf8");
      assert.notMatch(text, /^import .*encoder_bytes\.ts/m);
      assert.match(text, /import\("\.\/encoder_bytes\.ts"\)/);
      const kernel = await readFile(
        new URL("../../src/kernel/instance.ts", import.meta.url),
        "utf8",
      );
      assert.notInclude(kernel, "encoder.ts");
    },
  },
];
