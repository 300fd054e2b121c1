/**
 * Jobs through real servers: `deno task test:jobs [--quick] [--seed N] [WORDS…]` runs the rows whose names have all words;
 * `--quick` leaves out what takes long. `redis-server` and `postgresql` are Debian's.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { demand, type Row, Servers } from "./context.ts";
import { rows as boardRows } from "./rows/board_rows.ts";
import { rows as chaosRows } from "./rows/chaos_rows.ts";
import { rows as lockRows } from "./rows/lock_rows.ts";
import { rows as lossRows } from "./rows/loss_rows.ts";
import { rows as poisonRows } from "./rows/poison_rows.ts";
import { rows as settingsRows } from "./rows/settings_rows.ts";
import { rows as thousandRows } from "./rows/thousand_rows.ts";
import { rows as wholeRows } from "./rows/whole_rows.ts";
import { whyNoServer } from "./servers.ts";

const ROWS: readonly Row[] = [
  ...chaosRows,
  ...settingsRows,
  ...lossRows,
  ...lockRows,
  ...poisonRows,
  ...thousandRows,
  ...wholeRows,
  ...boardRows,
];

/** How much longer than they may on a machine of its own things may take where others work too. */
const QUICK_PATIENCE = 10;

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean" }, seed: { type: "string", default: "1" } },
  allowPositionals: true,
});

const folder = await mkdtemp(join(tmpdir(), "wdstream-jobs-"));
// PostgreSQL is another user where this one is root.
await chmod(folder, 0o755);
const servers = new Servers(folder);
let [passed, failed, skipped] = [0, 0, 0];
try {
  for (const { name, isQuick, needs, run } of ROWS) {
    if (values.quick && !isQuick) continue;
    if (!positionals.every((word) => name.toLowerCase().includes(word.toLowerCase()))) continue;
    const why = needs.map(whyNoServer).find((reason) => reason !== undefined);
    if (why !== undefined) {
      skipped++;
      console.log(`skipped: ${name}: ${why}`);
      continue;
    }
    const startedMs = performance.now();
    const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
    const own = await mkdtemp(join(folder, "row-"));
    try {
      const found = await run({
        folder: own,
        shared: (kind) => servers.shared(kind),
        own: (kind, args) => servers.own(kind, args),
        seed: Number(values.seed),
        demandWithin: (ms, mostMs, what) =>
          demand(
            ms <= mostMs * (values.quick ? QUICK_PATIENCE : 1),
            `${what} took ${ms.toFixed(0)} ms, of ${mostMs}`,
          ),
      });
      passed++;
      console.log(`ok: ${name} (${seconds()}): ${found}`);
    } catch (error) {
      failed++;
      console.log(
        `FAILED: ${name} (${seconds()}): ${error instanceof Error ? error.stack : error}`,
      );
    } finally {
      await servers.closeOwn();
      await rm(own, { recursive: true, force: true });
    }
  }
} finally {
  await servers.close();
  await rm(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
