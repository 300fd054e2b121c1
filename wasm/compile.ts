// Compiles the kernel's sources with the AssemblyScript compiler, all in memory.

import asc from "assemblyscript/asc";
import { generateFast } from "./fast_gen.ts";
import { generateIdct } from "./idct_gen.ts";

const FLAGS = [
  "--runtime", "stub", // no garbage collector: the kernel allocates from its own arena
  "--enable", "simd,bulk-memory",
  // No higher: Binaryen then merges locals and shares subexpressions across the inner loops, and the engines' register
  // allocators spill more (measured against -O3: decoding 3% faster in V8, 20% in JavaScriptCore).
  "-O1", "--noAssert",
  "--disableWarning", "201",
];

/** The sources by file name, with idct.ts and fast.ts as they are generated. */
export async function readSources(): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const folder = new URL("./", import.meta.url);
  for await (const file of Deno.readDir(folder)) {
    if (/^(?!build|compile|.*_gen).*\.ts$/.test(file.name)) sources.set(file.name, await Deno.readTextFile(new URL(file.name, folder)));
  }
  sources.set("idct.ts", generateIdct());
  sources.set("fast.ts", generateFast());
  return sources;
}

/** Compiles index.ts. Throws, after the compiler's messages, where it does not compile or imports anything. */
export async function compileKernel(sources: ReadonlyMap<string, string>): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const result = await asc.main(["index.ts", "--outFile", "kernel.wasm", ...FLAGS], {
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) binary = new Uint8Array(contents as Uint8Array<ArrayBuffer>);
    },
    listFiles: () => [],
    stderr: { write: (text: string | Uint8Array) => (console.error(typeof text === "string" ? text : new TextDecoder().decode(text)), true) },
  });
  if (result.error) throw result.error;
  if (!binary) throw new Error("The compiler wrote no binary");
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
  if (imports.length) throw new Error(`The kernel must import nothing, but imports ${JSON.stringify(imports)}`);
  return binary;
}
