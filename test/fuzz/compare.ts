/**
 * Decodes what `mutate.py` wrote and counts where Pillow differs.
 *
 * Usage: deno run --allow-read --allow-write test/fuzz/compare.ts OUT [KEEP]
 *
 * Files that differ are written to the folder KEEP. Exits with 1 where pixels differ or anything but a
 * typed error is thrown.
 */
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, init } from "../../src/image/mod.ts";
import { sha256 } from "../reference/digest.ts";

const [out, keep] = Deno.args;
const rows: [length: number, result: string][] = JSON.parse(await Deno.readTextFile(`${out}.json`));
const all = await Deno.readFile(`${out}.bin`);
await init();

const counts = new Map<string, number>();
let isBad = false;
let at = 0;
for (const [index, [length, theirs]] of rows.entries()) {
  const file = all.slice(at, at += length);
  const verdict = await compare(file, theirs);
  counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  if (verdict.startsWith("both")) continue;
  if (verdict.startsWith("BAD")) isBad = true;
  if (keep) await Deno.writeFile(`${keep}/${index}.jpg`, file);
}
for (const [verdict, count] of [...counts].sort((a, b) => b[1] - a[1])) {
  console.log(`${String(count).padStart(7)} ${verdict}`);
}
Deno.exit(isBad ? 1 : 0);

async function compare(file: Uint8Array<ArrayBuffer>, theirs: string): Promise<string> {
  const isError = theirs.includes(" ");
  try {
    const { data } = decodeJpeg(file);
    if (isError) return `read, but Pillow: ${theirs.replace(/[0-9]+/g, "N")}`;
    return await sha256(data) === theirs ? "both read, same pixels" : "BAD: other pixels";
  } catch (error) {
    if (!(error instanceof WdsError)) return `BAD: ${error}`;
    return isError ? "both refused" : `refused (${error.code}), but Pillow reads it`;
  }
}
