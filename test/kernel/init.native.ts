/** Loading the kernel, each time by a module of its own. */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { assert } from "chai";
import type { KernelSource } from "../../src/kernel/instance.ts";
import type { TestCase } from "../case.ts";

type Instance = typeof import("../../src/kernel/instance.ts");

let count = 0;

/** The module anew, which has loaded nothing. */
async function loadModule(): Promise<Instance> {
  return await import(`../../src/kernel/instance.ts?fresh=${count++}`);
}

const binary = async (): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(new URL("../../src/kernel/wdstream.wasm", import.meta.url)));

const failure = async (work: Promise<unknown>): Promise<{ code?: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown");
};

/** Runs `work` while compiling, which is a call of `WebAssembly.Module`, counts and may fail. */
async function withCompiler(
  compile: (source: BufferSource, original: typeof WebAssembly.Module) => WebAssembly.Module,
  work: () => Promise<void>,
): Promise<void> {
  const original = WebAssembly.Module;
  WebAssembly.Module = new Proxy(original, {
    construct: (_, [source]) => compile(source, original),
  });
  try {
    await work();
  } finally {
    WebAssembly.Module = original;
  }
}

type Compiler = Parameters<typeof withCompiler>[0];

/** How often `work` compiles, and decodes base64 by either way. */
async function countLoading(work: () => Promise<void>): Promise<[number, number]> {
  let [compiled, decoded] = [0, 0];
  const constructor = Uint8Array as { fromBase64?(text: string): Uint8Array };
  const { atob } = globalThis;
  const { fromBase64 } = constructor;
  globalThis.atob = (text) => (decoded++, atob(text));
  if (fromBase64) {
    constructor.fromBase64 = (text) => (decoded++, fromBase64.call(Uint8Array, text));
  }
  try {
    await withCompiler((source, original) => (compiled++, new original(source)), work);
  } finally {
    globalThis.atob = atob;
    if (fromBase64) constructor.fromBase64 = fromBase64;
  }
  return [compiled, decoded];
}

const SOURCES: Readonly<Record<string, () => Promise<KernelSource | undefined>>> = {
  "nothing": () => Promise.resolve(undefined),
  "a module": async () => await WebAssembly.compile(await binary()),
  "bytes": binary,
  "an ArrayBuffer": async () => (await binary()).buffer,
  "a Response": async () => new Response(await binary()),
  "a URL": async () =>
    new URL(
      `data:application/wasm;base64,${
        btoa(Array.from(await binary(), (byte) => String.fromCharCode(byte)).join(""))
      }`,
    ),
};

/** Tests of `init`. */
export const cases: TestCase[] = [
  ...Object.entries(SOURCES).map(([what, make]): TestCase => ({
    name: `init() takes ${what}, and a promise of it`,
    async run(): Promise<void> {
      for (const isPromise of [false, true]) {
        const { init, getKernel } = await loadModule();
        const source = await make();
        await init(isPromise && source !== undefined ? Promise.resolve(source) : source);
        assert.isAbove(getKernel().memoryBytes, 0);
      }
    },
  })),
  {
    name: "init() compiles once, however often and at the same time it is called",
    async run(): Promise<void> {
      let compiled = 0;
      const count: Compiler = (source, original) => (compiled++, new original(source));
      await withCompiler(count, async () => {
        const { init, getKernel } = await loadModule();
        assert.equal(compiled, 0);
        await Promise.all([init(), init(), init(binary())]);
        await init();
        assert.equal(compiled, 1);
        assert.strictEqual(getKernel(), getKernel());
      });
    },
  },
  {
    name: "init() can be tried again after a failure",
    async run(): Promise<void> {
      const { init, getKernel } = await loadModule();
      const wrong: KernelSource[] = [new Uint8Array(3), new Response("", { status: 404 })];
      for (const source of wrong) assert.equal((await failure(init(source))).code, "kernel/init");
      assert.equal((await failure(init(Promise.reject(new Error("no"))))).code, "kernel/init");
      assert.equal(
        (await failure(Promise.resolve().then(() => getKernel()))).code,
        "kernel/not-initialised",
      );
      await init();
      assert.isAbove(getKernel().memoryBytes, 0);
    },
  },
  {
    name: "init() says the lines that load the kernel where compiling is forbidden",
    async run(): Promise<void> {
      const forbid = (): never => {
        throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder");
      };
      await withCompiler(forbid, async () => {
        const { init } = await loadModule();
        const { code, message } = await failure(init());
        assert.equal(code, "kernel/compile-forbidden");
        assert.include(message, 'import "@wdstream/wdstream/workerd"');
        assert.include(message, "await init(kernel)");
      });
    },
  },
  {
    name: "init() waits for the compiler where compiling at once is refused for its length",
    async run(): Promise<void> {
      let refused = 0;
      const refuse: Compiler = () => {
        refused++;
        throw new RangeError("WebAssembly.Module is disallowed on the main thread");
      };
      await withCompiler(refuse, async () => {
        const { init, getKernel } = await loadModule();
        await init();
        assert.isAbove(getKernel().memoryBytes, 0);
        assert.equal(refused, 1);
      });
    },
  },
  {
    name: "init() decodes the kernel's base64 where the runtime has no fromBase64()",
    async run(): Promise<void> {
      const constructor = Uint8Array as { fromBase64?: unknown };
      const original = Object.getOwnPropertyDescriptor(constructor, "fromBase64");
      delete constructor.fromBase64;
      try {
        const { init, getKernel } = await loadModule();
        await init();
        assert.isAbove(getKernel().memoryBytes, 0);
      } finally {
        if (original) Object.defineProperty(constructor, "fromBase64", original);
      }
    },
  },
  {
    name: "init() succeeds where memory is too short for what only makes it faster",
    async run(): Promise<void> {
      const original = globalThis.ArrayBuffer;
      let refused = 0;
      globalThis.ArrayBuffer = new Proxy(original, {
        construct(target, [length, ...rest]): ArrayBuffer {
          if (length < 1 << 20) return new target(length, ...rest);
          refused++;
          throw new RangeError("Array buffer allocation failed");
        },
      });
      try {
        const { init, getKernel } = await loadModule();
        await init();
        assert.isAbove(getKernel().memoryBytes, 0);
      } finally {
        globalThis.ArrayBuffer = original;
      }
      assert.equal(refused, process.platform === "linux" ? 1 : 0);
    },
  },
  {
    name: "importing the module neither compiles nor reads the kernel's bytes",
    async run(): Promise<void> {
      const [compiled, decoded] = await countLoading(async () => {
        await loadModule();
        await import("../../mod.ts");
      });
      assert.deepEqual([compiled, decoded], [0, 0]);
      const loaded = await countLoading(async () => await (await loadModule()).init());
      assert.deepEqual(loaded, [1, 1]);
      const text = await readFile(new URL("../../src/kernel/instance.ts", import.meta.url), "utf8");
      assert.notMatch(text, /^import .*bytes\.ts/m);
    },
  },
];
