/**
 * Whether the command line was started, or imported.
 *
 * @module
 */
import { realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Whether a module is the one that the runtime was started with. */
export function isEntryPoint(meta: ImportMeta): boolean {
  if (typeof meta.main === "boolean") return meta.main;
  // Node before 24.2 does not say.
  const [, script] = process.argv;
  return script !== undefined && meta.url.startsWith("file:") &&
    realpathSync(script) === fileURLToPath(meta.url);
}
