/**
 * The versions that competitors are pinned to.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };

/** The version that a competitor is pinned to. */
export function versionOf(name: keyof typeof manifest.imports): string {
  return manifest.imports[name].split("@").at(-1) as string;
}
