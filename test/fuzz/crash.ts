/**
 * Processes that are killed while they fill a cache: `deno task test:crash [COUNT] [SEED]`. Behind each of them every
 * file of the cache is compared with its checksum, and an object is read.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { crash } from "../storage/cache_crash.ts";

const [count = "200", seed = "1"] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "wdstream-"));
try {
  const started = performance.now();
  const unfinished = await crash(folder, Number(count), Number(seed));
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${count} crashes in ${seconds} s: no wrong byte; ${unfinished} files left unfinished`,
  );
} finally {
  await rm(folder, { recursive: true });
}
