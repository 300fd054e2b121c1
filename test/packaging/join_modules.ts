/**
 * Joins the modules of several entries into a few that these share, by Rollup; TypeScript's types are taken away by
 * esbuild. Rollup, because it can be told which modules belong together: esbuild makes a file for each set of entries
 * that share a module, 46 of them for the whole, and every file costs a start a quarter of a millisecond.
 */
import { fileURLToPath, pathToFileURL } from "node:url";

export interface JoinOptions {
  /** The folder whose `node_modules` has Rollup and esbuild. */
  readonly tools: string;
  /** The folder of the sources, with a slash at its end. */
  readonly root: string;
  /** The entries, from there: "mod.ts". */
  readonly entries: readonly string[];
  /**
   * Entries whose modules are joined, the one that loads least first: a module belongs to the first of them that
   * loads it at its start. What none of these loads is left to Rollup.
   */
  readonly groups: readonly string[];
  /** Packages that stay imports, beside the runtimes' own modules and WebAssembly. */
  readonly packages: readonly string[];
  /** Modules that others stand in the place of: their texts, by the paths of those. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Where entries are written, by their own paths, and what they share, into `chunks`. */
  readonly out: string;
}

interface ModuleInfo {
  readonly importedIds: readonly string[];
}

interface Chunk {
  readonly fileName: string;
}

interface Plugin {
  readonly name: string;
  load(id: string): string | undefined;
  transform(code: string, id: string): Promise<{ code: string; map: string }>;
  renderChunk(code: string, chunk: Chunk): Promise<{ code: string; map: string }>;
}

interface Rollup {
  rollup(options: {
    readonly input: Record<string, string>;
    external(id: string): boolean;
    onwarn(warning: { message: string }): never;
    readonly plugins: readonly Plugin[];
  }): Promise<
    { write(options: Record<string, unknown>): Promise<unknown>; close(): Promise<void> }
  >;
}

interface Esbuild {
  transform(
    code: string,
    options: Record<string, string | number | boolean>,
  ): Promise<{ code: string; map: string }>;
  stop(): Promise<void>;
}

/** A file beside a module, as bundlers know it. */
const BESIDE = /new URL\("\.\/([^"/]+)", import\.meta\.url\)/g;
const MOVED = /new URL\("from-root:([^"]+)", import\.meta\.url\)/g;

const NO_MAP = '{"version":3,"sources":[],"names":[],"mappings":""}';

/** Joins them. */
export async function joinModules(options: JoinOptions): Promise<void> {
  const { tools, root, entries, groups, packages, replaced = {}, out } = options;
  const load = (path: string): Promise<unknown> => import(`file://${tools}/node_modules/${path}`);
  const { rollup } = await load("rollup/dist/es/rollup.js") as Rollup;
  const esbuild = await load("esbuild/lib/main.js") as { default?: Esbuild } & Esbuild;
  const { transform, stop } = esbuild.default ?? esbuild;
  const build = await rollup({
    input: Object.fromEntries(
      entries.map((entry) => [entry.replace(/\.(ts|js)$/, ""), root + entry]),
    ),
    external: (id) =>
      id.startsWith("node:") || id.endsWith(".wasm") ||
      packages.some((name) => id === name || id.startsWith(`${name}/`)),
    onwarn: ({ message }) => {
      throw new Error(message);
    },
    plugins: [{
      name: "wdstream",
      load: (id) => replaced[id.slice(root.length)],
      transform: async (code, id) => {
        // What was made of other modules has no source that a map could lead to.
        if (Object.hasOwn(replaced, id.slice(root.length))) {
          const { code: plain } = await transform(code, { loader: "ts", target: "es2022" });
          return { code: plain, map: NO_MAP };
        }
        const folder = id.slice(root.length, id.lastIndexOf("/") + 1);
        const named = code.replaceAll(
          BESIDE,
          (_, name) => `new URL("from-root:${folder}${name}", import.meta.url)`,
        );
        return await transform(named, {
          loader: id.endsWith(".ts") ? "ts" : "js",
          target: "es2022",
          charset: "utf8",
          sourcemap: "external",
          sourcefile: id,
        });
      },
      renderChunk: async (code, { fileName }) => {
        const up = "../".repeat(fileName.split("/").length - 1) || "./";
        const moved = code.replaceAll(
          MOVED,
          (_, path) => `new URL("${up}${path}", import.meta.url)`,
        );
        // Comments and indentation cost a third of an import. Names stay, for whoever reads a stack, and expressions: what
        // is put together at run time so that bundlers leave it alone must stay so.
        return await transform(moved, {
          minifyWhitespace: true,
          target: "es2022",
          charset: "utf8",
          sourcemap: "external",
        });
      },
    }],
  });
  let groupOf: Map<string, string> | undefined;
  await build.write({
    dir: out,
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    sourcemap: true,
    // The sources are in the maps; where they lay on the machine that built them is nobody's business.
    sourcemapPathTransform: (path: string, map: string) => {
      const id = fileURLToPath(new URL(path, pathToFileURL(map)));
      const up = "../".repeat(map.slice(out.length + 1).split("/").length - 1) || "./";
      return up + id.slice(root.length);
    },
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    manualChunks: (id: string, { getModuleInfo }: { getModuleInfo(id: string): ModuleInfo }) => {
      groupOf ??= groupModules(root, groups, getModuleInfo);
      return groupOf.get(id);
    },
  });
  await build.close();
  await stop();
}

/** The name of the group of each module. */
function groupModules(
  root: string,
  entries: readonly string[],
  getModuleInfo: (id: string) => ModuleInfo | null,
): Map<string, string> {
  const groupOf = new Map<string, string>();
  for (const entry of entries) {
    const name = entry.split("/").at(-2) ?? "main";
    const add = (id: string): void => {
      const info = getModuleInfo(id);
      if (groupOf.has(id) || info === null) return;
      groupOf.set(id, name);
      info.importedIds.forEach(add);
    };
    // The entry itself stays a file that names its exports.
    getModuleInfo(root + entry)?.importedIds.forEach(add);
  }
  return groupOf;
}
