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
   * here: a module belongs to the first of them that loads it at its start.
   */
  readonly groups: readonly string[];
  /**
   * Entries of what is built on those. All else is joined by room, so that there are few files: a runtime that looks for
   * whatever a program may load reads all of them at each start. What the first groups load when it is needed stands
   * apart from what they never load.
   */
  readonly laterGroups: readonly string[];
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
  { root, entries, groups, laterGroups, data, hasEffect }: JoinOptions,
  { getModuleIds, getModuleInfo }: Modules,
): Map<string, string> {
  const groupOf = new Map<string, string>();
  const isEntry = new Set(entries.map((entry) => root + entry));
  const roomOf = (id: string): string =>
    /^src\/([^/]+)\//.exec(id.slice(root.length))?.[1] ?? "main";
  /** A module and all that it loads at its start, but for what is in one of the first groups. */
  const listNeeded = (id: string): string[] => {
    const needed = new Set<string>();
    const visit = (id: string): void => {
      if (base.has(id) || needed.has(id)) return;
      needed.add(id);
      getModuleInfo(id)?.importedIds.forEach(visit);
    };
    visit(id);
    return [...needed];
  };
  const isAlone = (id: string): boolean =>
    isEntry.has(id) || data.includes(id.slice(root.length)) ||
    listNeeded(id).some((other) => !other.startsWith(root) || hasEffect(other.slice(root.length)));
  const join = (id: string, name: string): void => {
    if (!groupOf.has(id) && getModuleInfo(id) !== null && !isAlone(id)) groupOf.set(id, name);
  };
  const nameOf = (entry: string): string => entry.split("/").at(-2) ?? "main";
  const addGroup = (entry: string, name: string, mayAdd: (id: string) => boolean): void => {
    const add = (id: string): void => {
      const info = getModuleInfo(id);
      if (groupOf.has(id) || info === null || !mayAdd(id)) return;
      groupOf.set(id, name);
      info.importedIds.forEach(add);
    };
    // The entry itself stays a file that names its exports.
    getModuleInfo(root + entry)?.importedIds.forEach(add);
  };
  const base = new Set<string>();
  // What the last of the first groups does not load stands apart for the entry that does.
  const whole = new Set(listNeeded(root + groups.at(-1)));
  for (const entry of groups) addGroup(entry, nameOf(entry), (id) => whole.has(id));
  for (const id of groupOf.keys()) base.add(id);
  for (const entry of groups) addGroup(entry, `${nameOf(entry)}_entry`, () => true);

  const seen = new Set<string>();
  const addLater = (id: string): void => {
    const info = getModuleInfo(id);
    if (seen.has(id) || info === null) return;
    seen.add(id);
    join(id, `later_${roomOf(id)}`);
    [...info.importedIds, ...info.dynamicallyImportedIds].forEach(addLater);
  };
  for (const entry of groups) addLater(root + entry);

  const upper = new Set([...laterGroups.map((entry) => roomOf(root + entry)), "inspect", "cli"]);
  for (const id of getModuleIds()) if (!upper.has(roomOf(id))) join(id, `more_${roomOf(id)}`);
  for (const entry of laterGroups) addGroup(entry, nameOf(entry), (id) => upper.has(roomOf(id)));
  for (const id of getModuleIds()) {
    const room = roomOf(id);
    const isLight = listNeeded(id).every((other) => isEntry.has(other) || roomOf(other) === room);
    join(id, `${isLight ? "light" : "more"}_${room}`);
  }
  return groupOf;
}
