/**
 * A process that fills a cache: `cache_main.ts ORIGIN FOLDER FIRST COUNT [MAX_BYTES]` reads so many objects of a host,
 * prints a line when it begins and the SHA-256 of each. It is killed by those who start it.
 */
import process from "node:process";
import { createHash } from "node:crypto";
import { toSource } from "../../src/storage/mod.ts";
import { collect } from "./bytes.ts";

const [origin, folder, first, count, maxBytes] = process.argv.slice(2);
console.log("begun");
const cache = { in: folder, ...(maxBytes === undefined ? {} : { maxBytes: Number(maxBytes) }) };
for (let i = 0; i < Number(count); i++) {
  const name = (Number(first) + i) % 1000;
  const source = toSource(`${origin}/${name}`, { cache });
  const bytes = await collect((await source.open()).body);
  console.log(`${name} ${createHash("sha256").update(bytes).digest("hex")}`);
}
