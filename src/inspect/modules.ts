/**
 * The page's scripts, in a checkout: each module of the sources as it is there, without its types. In the package that is
 * built of them another module stands in the place of this one, with the two scripts in one piece each
 * (`test/packaging/page_scripts.ts`).
 *
 * @module
 */
import { bunScope } from "../runtime.ts";

/** Modules that a page may have: those of the sources, and no other file. */
const SOURCE = /^src\/(?:[a-z0-9_]+\/)*[a-z0-9_]+\.ts$/;

/** Packages that modules load in a browser, by the name of the file that they are asked for by. */
const PACKAGES: Readonly<Record<string, readonly [name: string, file: string]>> = {
  "packages/pako.js": ["pako", "dist/pako.mjs"],
};

/**
 * The text of a module, for a browser.
 *
 * @param path Its path in the repository.
 * @returns `undefined` if there is no such module.
 * @throws {Error} If it cannot be read, or this runtime cannot take types away.
 */
export async function readModule(path: string): Promise<string | undefined> {
  const { readFile } = await import("node:fs/promises");
  if (Object.hasOwn(PACKAGES, path)) {
    const { createRequire } = await import("node:module");
    const [name, file] = PACKAGES[path];
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return await readFile(manifest.replace(/package\.json$/, file), "utf8");
  }
  if (!SOURCE.test(path)) return undefined;
  let text: string;
  try {
    text = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
  // A worker has no map of imports, so that names of packages become addresses here.
  return (await stripTypes(text)).replaceAll(
    'import("pako")',
    'import("/inspect/packages/pako.js")',
  );
}

async function stripTypes(text: string): Promise<string> {
  // Bun's `node:module` does not have it.
  const bun = bunScope();
  if (bun !== undefined) return new bun.Transpiler({ loader: "ts" }).transformSync(text);
  const { stripTypeScriptTypes } = await import("node:module");
  return stripTypeScriptTypes(text);
}
