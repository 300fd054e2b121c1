/**
 * Packs a Parquet file of a number of bytes, and prints by how many bytes what the engine holds grew meanwhile. A process
 * of its own, whose memory nothing else uses.
 */

import process from "node:process";
import { type Store, toSource } from "../../src/storage/mod.ts";
import { packTables } from "../../src/tools/mod.ts";
import { measureMemory } from "./collect.ts";
import { GeneratedParquet } from "./generated_parquet.ts";

const [order, fileBytes, groupRows, maxBufferedBytes] = process.argv.slice(2);

// The head of a JPEG file, by which its format is known, and what no packing makes smaller.
const image = new Uint8Array(100_000).map((_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
image.set([0xff, 0xd8, 0xff]);

let written = 0;
const files = new Map<string, Uint8Array>();
/** Keeps what is small, and counts what shards hold. */
const store: Store = {
  open: (name) => toSource(files.get(name) ?? `./missing/${name}`, { name }),
  async put(name, body) {
    files.set(name, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
    return true;
  },
  create(name) {
    const parts: Uint8Array[] = [];
    return Promise.resolve({
      write(bytes: Uint8Array) {
        if (name.endsWith(".tar")) written += bytes.length;
        else parts.push(bytes.slice());
        return Promise.resolve();
      },
      async finish() {
        files.set(name, new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
        return true;
      },
      discard: () => Promise.resolve(),
    });
  },
};

const source = new GeneratedParquet(image, Number(groupRows), Number(fileBytes));
const before = measureMemory().live;
let most = before;
const report = await packTables(source, store, {
  order: order as "mixed" | "as-is",
  maxBufferedBytes: Number(maxBufferedBytes),
  maxCount: 500,
  onProgress({ samples }) {
    if (samples % 40 === 0) most = Math.max(most, measureMemory().live);
  },
});
if (report.samples !== source.rows) throw new Error(`${report.samples} samples`);
if (written < source.rows * image.length) throw new Error(`${written} bytes written`);
console.log(most - before);
