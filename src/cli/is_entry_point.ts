/**
 * Whether the command line was started, or imported.
 *
 * @module
 */
import { nodeProcess } from "../runtime.ts";

/** Whether a module is the one that the runtime was started with. */
export async function isEntryPoint(meta: ImportMeta): Promise<boolean> {
  if (typeof meta.main === "boolean") return meta.main;
  // Node before 24.2 does not say.
  const [, script] = nodeProcess().argv;
  if (script === undefined || !meta.url.startsWith("file:")) return false;
  const { realpathSync } = await import("node:fs");
  const { fileURLToPath } = await import("node:url");
  return realpathSync(script) === fileURLToPath(meta.url);
}
