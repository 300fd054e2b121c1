// Builds the kernel and the encoder from npm packages alone: writes the generated sources, compiles index.ts and encode/index.ts,
// and writes src/kernel/wdstream.wasm and encoder.wasm, their base64 modules bytes.ts and encoder_bytes.ts, digest.ts and abi.ts.
//
//   deno task build:wasm      writes them
//   deno task check:wasm      fails if any committed file differs from what its source builds to

import { compileEncoder, compileKernel, GENERATED, readSources } from "./compile.ts";

const root = new URL("../", import.meta.url);
const isCheck = Deno.args.includes("--check");

function asModule(binary: Uint8Array, name: string): string {
  let text = "";
  for (const byte of binary) text += String.fromCharCode(byte);
  const base64 = btoa(text).replace(/.{1,120}/g, (line) => `${line}\n`).trimEnd();
  return `// Generated from wasm/ by its build; do not edit.

/** The ${name}'s WebAssembly binary, ${binary.length} bytes, in base64 (line breaks are to be ignored). */
export const ${name.toUpperCase()}_BASE64: string = \`
${base64}
\`;
`;
}

async function asDigest(...binaries: Uint8Array<ArrayBuffer>[]): Promise<string> {
  const bytes = await new Blob(binaries).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `// Generated from wasm/ by its build; do not edit.

/**
 * Which kernel and encoder these are, for what must be made by the same ones alone.
 *
 * @module
 */

/** SHA-256 of both WebAssembly binaries, the kernel's first. */
export const KERNEL_DIGEST: string =
  "${hex}";
`;
}

const sources = await readSources();
const binary = await compileKernel(sources);
const encoderBinary = await compileEncoder(sources);
const encoder = new TextEncoder();
const outputs: [string, Uint8Array][] = [
  ...Object.keys(GENERATED).map((path): [string, Uint8Array] => [`wasm/${path}`, encoder.encode(sources.get(path))]),
  ["src/kernel/wdstream.wasm", binary],
  ["src/kernel/bytes.ts", encoder.encode(asModule(binary, "kernel"))],
  ["src/kernel/digest.ts", encoder.encode(await asDigest(binary, encoderBinary))],
  ["src/kernel/encoder.wasm", encoderBinary],
  ["src/kernel/encoder_bytes.ts", encoder.encode(asModule(encoderBinary, "encoder"))],
  ["src/kernel/abi.ts", encoder.encode(`// Generated from wasm/abi.ts by its build; do not edit.\n\n${sources.get("abi.ts")}`)],
];

let differing = 0;
for (const [path, bytes] of outputs) {
  if (!isCheck) {
    await Deno.writeFile(new URL(path, root), bytes);
    continue;
  }
  const committed = await Deno.readFile(new URL(path, root)).catch(() => new Uint8Array());
  const equal = committed.length === bytes.length && committed.every((byte, i) => byte === bytes[i]);
  if (!equal) differing++;
  console.log(`${equal ? "same" : "DIFFERENT"}  ${path}`);
}
if (differing) {
  console.error("Run `deno task build:wasm` and commit the result.");
  Deno.exit(1);
}
console.log(`kernel: ${binary.length} bytes, encoder: ${encoderBinary.length} bytes`);
