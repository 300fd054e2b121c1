/**
 * What a start costs by files. Deno looks through all that a program may ever load, V8 keeps two bytes for each
 * character of a file with one beyond Latin-1, and Deno parses the map of whichever file is the first to import another.
 */
import { fileURLToPath } from "node:url";
import { installRuntime } from "../runtimes/install.ts";
import { runCommand } from "../runtimes/tools.ts";

/** Files that the top entry loads, and those that it still loads for a first image: the kernel and what reads files. */
const MOST_IMPORTED = 8;
const MOST_FOR_AN_IMAGE = 3;
/** Files that Deno looks through before it runs a program that imports the top entry, or the command. */
const MOST_LOOKED_AT: Readonly<Record<string, number>> = { "mod.js": 32, "src/cli/main.js": 80 };
/** The longest map of an entry, in bytes. */
const MOST_MAP_BYTES = 30_000;

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
  }[];
}

/** Counts what a program loads on Node that has npm's package installed, in its folder. Throws where it is much. */
export async function checkModules(project: string): Promise<void> {
  await Deno.writeTextFile(
    `${project}/count.js`,
    `import { registerHooks } from "node:module";
let count = 0;
registerHooks({
  load(url, context, next) {
    if (url.includes("/@wdstream/")) count++;
    return next(url, context);
  },
});
const { evaluation, sampleShard, webdataset } = await import("@wdstream/wdstream");
const imported = count;
for await (const { key } of webdataset(sampleShard()).transform(evaluation({ size: 8 }))) {
  console.log(imported, count, key);
  break;
}
`,
  );
  const text = await runCommand(await installRuntime("node"), ["count.js"], { cwd: project });
  const [imported, first] = text.split(" ").map(Number);
  if (!(imported <= MOST_IMPORTED && first <= imported + MOST_FOR_AN_IMAGE)) throw new Error(text);
}

/** Checks the package that is published on JSR, in a folder. Throws what is wrong. */
export async function checkStart(jsr: string): Promise<void> {
  const { exports }: { exports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(`${jsr}/deno.json`),
  );
  for (const path of Object.values(exports)) {
    if (path.endsWith(".wasm")) continue;
    const entry = path.slice(2);
    const modules = await listModules(jsr, entry);
    const most = MOST_LOOKED_AT[entry] ?? Infinity;
    if (modules.size > most) throw new Error(`${entry} has ${modules.size} files`);
    checkNames(entry, modules);
    const { size } = await Deno.stat(`${jsr}/${entry}.map`);
    if (size > MOST_MAP_BYTES) throw new Error(`the map of ${entry} has ${size} bytes`);
    if (entry === "mod.js") await checkLetters(modules);
  }
}

/** The scripts that an entry may ever load, by their addresses, its own first. */
async function listModules(jsr: string, entry: string): Promise<Map<string, Module>> {
  const text = await runCommand(Deno.execPath(), ["info", "--json", `${jsr}/${entry}`], {
    cwd: jsr,
  });
  const { roots, modules }: { roots: string[]; modules: Module[] } = JSON.parse(text);
  const scripts = modules.filter(({ specifier }) => /^file:.*\.js$/.test(specifier));
  scripts.sort((a, b) => Number(b.specifier === roots[0]) - Number(a.specifier === roots[0]));
  return new Map(scripts.map((module) => [module.specifier, module]));
}

/** Throws unless an entry itself names all files that are loaded with it. */
function checkNames(entry: string, modules: ReadonlyMap<string, Module>): void {
  const listImports = (specifier: string): string[] =>
    (modules.get(specifier)?.dependencies ?? []).flatMap(({ isDynamic, code }) =>
      isDynamic === true || code?.specifier === undefined ? [] : [code.specifier]
    );
  const [own] = modules.keys();
  const named = new Set([own, ...listImports(own)]);
  for (const specifier of named) {
    for (const loaded of listImports(specifier)) {
      if (!modules.has(loaded) || named.has(loaded)) continue;
      throw new Error(`${entry} does not name ${loaded}, which ${specifier} imports`);
    }
  }
}

async function checkLetters(modules: ReadonlyMap<string, Module>): Promise<void> {
  for (const specifier of modules.keys()) {
    const text = await Deno.readTextFile(fileURLToPath(specifier));
    const [letter] = /[^\0-\x7f]/.exec(text) ?? [];
    if (letter !== undefined) throw new Error(`${specifier} has ${letter}`);
  }
}
