// Compiles the sources of the kernel and of the encoder with the AssemblyScript compiler, all in memory.

import asc from "assemblyscript/asc";
import { generateBlocks } from "./jpeg/blocks_gen.ts";
import { generateIdct } from "./jpeg/idct_gen.ts";

const FLAGS = [
  "--runtime", "stub", // no garbage collector: the kernel allocates from its own arena
  "--enable", "simd,bulk-memory",
  // No higher: Binaryen then merges locals and shares subexpressions across the inner loops, and the engines' register
  // allocators spill more (measured against -O3: decoding 3% faster in V8, 20% in JavaScriptCore).
  "-O1", "--noAssert",
  "--disableWarning", "201",
];

const FOLDERS = ["", "shared/", "jpeg/", "png/", "resample/", "encode/"];

/** Sources that are written by a generator, by their paths in this folder. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  "jpeg/blocks.ts": generateBlocks,
  "jpeg/idct.ts": generateIdct,
};

/** The sources by their paths in this folder, those that are generated as they are generated. */
export async function readSources(): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const folder of FOLDERS) {
    const url = new URL(`./${folder}`, import.meta.url);
    for await (const { name, isFile } of Deno.readDir(url)) {
      if (isFile && /^(?!build|compile|.*_gen).*\.ts$/.test(name)) {
        sources.set(`${folder}${name}`, await Deno.readTextFile(new URL(name, url)));
      }
    }
  }
  for (const [path, generate] of Object.entries(GENERATED)) sources.set(path, generate());
  return sources;
}

/** Compiles the kernel. Throws as `compileModule`. */
export const compileKernel = (sources: ReadonlyMap<string, string>): Promise<Uint8Array<ArrayBuffer>> => compileModule(sources, "index.ts");

/** Compiles the encoder. Throws as `compileModule`. */
export const compileEncoder = (sources: ReadonlyMap<string, string>): Promise<Uint8Array<ArrayBuffer>> => compileModule(sources, "encode/index.ts");

/** Compiles a module by its entry. Throws, after the compiler's messages, where it does not compile or imports anything. */
async function compileModule(sources: ReadonlyMap<string, string>, entry: string): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const result = await asc.main([entry, "--outFile", "module.wasm", ...FLAGS], {
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
  if (imports.length) throw new Error(`${entry} must import nothing, but imports ${JSON.stringify(imports)}`);
  return binary;
}
