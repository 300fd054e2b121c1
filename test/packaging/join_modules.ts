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
   * Entries whose modules are joined, the one that loads least first, and last the one that loads all that is joined
   * here: a module belongs to the first of them that loads it at its start. Of other modules those of a room are joined
   * that the same entries load, so that no entry loads what it does not need, and there are few files all the same: a
   * runtime that looks for whatever a program may load reads all of them at each start.
   */
  readonly groups: readonly string[];
  /** Modules that stay files: data that one function needs. */
  readonly data: readonly string[];
  /** Whether a module does something when it is loaded: it and what loads it are joined with nothing. */
  hasEffect(path: string): boolean;
  /** Packages that stay imports, beside the runtimes' own modules and WebAssembly. */
  readonly packages: readonly string[];
  /** Modules that others stand in the place of: their texts, by the paths of those. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Where entries are written, by their own paths, and what they share, into `chunks`. */
  readonly out: string;
}

interface ModuleInfo {
  readonly code: string | null;
  readonly importedIds: readonly string[];
  readonly dynamicallyImportedIds: readonly string[];
}

interface Chunk {
  readonly fileName: string;
  /** The files that it imports, and packages. */
  readonly imports: readonly string[];
}

type Chunks = Readonly<Record<string, Chunk>>;

interface Plugin {
  readonly name: string;
  load(id: string): string | undefined;
  transform(code: string, id: string): Promise<{ code: string; map: string }>;
  renderChunk(
    code: string,
    chunk: Chunk,
    options: unknown,
    meta: { readonly chunks: Chunks },
  ): Promise<{ code: string; map: string }>;
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
  const { tools, root, entries, packages, replaced = {}, out } = options;
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
      renderChunk: async (code, { fileName, imports }, _, { chunks }) => {
        const up = "../".repeat(fileName.split("/").length - 1) || "./";
        const further = listLoaded(fileName, chunks).filter((path) => !imports.includes(path));
        const moved = code.replaceAll(
          MOVED,
          (_, path) => `new URL("${up}${path}", import.meta.url)`,
        );
        // Comments and indentation cost a third of an import. Names stay, for whoever reads a stack, and expressions: what
        // is put together at run time so that bundlers leave it alone must stay so. A character beyond Latin-1 would have
        // V8 keep two bytes for each of its file, hence none.
        const named = moved +
          further.map((path) => `\nimport ${JSON.stringify(pathFrom(fileName, path))};`).join("");
        return await transform(named, {
          minifyWhitespace: true,
          target: "es2022",
          charset: "ascii",
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
    // In `renderChunk`, for all files alike.
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    manualChunks: (id: string, modules: Modules) => {
      groupOf ??= groupModules(options, modules);
      return groupOf.get(id);
    },
  });
  await build.close();
  await stop();
}

/**
 * The files that a file loads at its start, and that these load. Each file names all of them, behind those that it needs
 * itself: Deno reads and parses the map of whichever file is the first to import another, which took a command ten
 * milliseconds, and so it is that of the entry, which is short.
 */
function listLoaded(fileName: string, chunks: Chunks): string[] {
  const loaded = new Set<string>();
  const visit = (path: string): void => {
    for (const other of chunks[path].imports) {
      if (loaded.has(other) || chunks[other] === undefined) continue;
      loaded.add(other);
      visit(other);
    }
  };
  visit(fileName);
  loaded.delete(fileName);
  return [...loaded];
}

/** The path of a file as another one imports it. */
function pathFrom(fileName: string, path: string): string {
  const folder = fileName.slice(0, fileName.lastIndexOf("/") + 1);
  if (path.startsWith(folder)) return `./${path.slice(folder.length)}`;
  return "../".repeat(folder.split("/").length - 1) + path;
}

/** What Rollup knows of the modules. */
interface Modules {
  getModuleIds(): Iterable<string>;
  getModuleInfo(id: string): ModuleInfo | null;
}

/** The name of the group of each module. */
function groupModules(
  { root, entries, groups, data, hasEffect }: JoinOptions,
  { getModuleIds, getModuleInfo }: Modules,
): Map<string, string> {
  const roomOf = (id: string): string =>
    /^src\/([^/]+)\//.exec(id.slice(root.length))?.[1] ?? "main";
  /** A module and all that it loads at its start, or whenever. */
  const listReached = (id: string, isLater: boolean): Set<string> => {
    const reached = new Set<string>();
    const visit = (id: string): void => {
      const info = getModuleInfo(id);
      if (reached.has(id)) return;
      reached.add(id);
      info?.importedIds.forEach(visit);
      if (isLater) info?.dynamicallyImportedIds.forEach(visit);
    };
    visit(id);
    return reached;
  };
  const groupOf = new Map<string, string>();
  const whole = listReached(root + groups.at(-1), false);
  for (const entry of groups) {
    for (const id of listReached(root + entry, false)) {
      // The entry itself stays a file that names its exports.
      if (id === root + entry || groupOf.has(id) || !whole.has(id)) continue;
      groupOf.set(id, entry.split("/").at(-2) ?? "main");
    }
  }
  const base = new Set(groupOf.keys());

  const reached = entries.map((entry) => ({
    atStart: listReached(root + entry, false),
    ever: listReached(root + entry, true),
  }));
  const isEntry = new Set(entries.map((entry) => root + entry));
  const keys = new Map<string, string>();
  for (const id of [...getModuleIds()].sort()) {
    const path = id.slice(root.length);
    if (base.has(id) || isEntry.has(id) || data.includes(path) || !id.startsWith(root)) continue;
    const needed = [...listReached(id, false)].filter((other) => !base.has(other));
    const isApart = needed.some((other) =>
      !other.startsWith(root) || hasEffect(other.slice(root.length))
    );
    // What only names others' exports leaves nothing.
    const own = (getModuleInfo(id)?.code ?? "").replaceAll(
      /^(?:im|ex)port [^;]*? from "[^"]*";$/gm,
      "",
    );
    if (isApart || own.trim() === "") continue;
    const listEntries = (when: "atStart" | "ever"): number[] =>
      entries.flatMap((_, i) => reached[i][when].has(id) ? [i] : []);
    const starting = listEntries("atStart");
    // A command that needs no more than the command line itself is not to load what others do.
    const isLight = roomOf(id) !== "cli" ||
      needed.every((other) => isEntry.has(other) || roomOf(other) === "cli");
    const key = starting.length > 0 ? `${starting}` : `later ${listEntries("ever")} ${isLight}`;
    keys.set(id, `${roomOf(id)} ${key}`);
  }
  const names = new Map<string, string>();
  for (const [id, key] of keys) {
    let name = names.get(key);
    if (name === undefined) {
      const room = roomOf(id);
      const before = [...names.values()].filter((each) => each.startsWith(`${room}_`)).length;
      names.set(key, name = `${room}_${before + 1}`);
    }
    groupOf.set(id, name);
  }
  return groupOf;
}
