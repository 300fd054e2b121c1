/**
 * Builds the package as it is published, for npm and for JSR: `deno task build:package [FOLDER]` (default: a new
 * temporary folder). A start costs by the number of files, so the modules of all entries are joined into a few shared
 * ones, with maps to the sources; the declarations stay as TypeScript emits them, file by file.
 */
import { fileURLToPath } from "node:url";
import { installPackages, runCommand, TOOLS } from "../runtimes/tools.ts";
import { installRuntime } from "../runtimes/install.ts";
import { joinModules } from "./join_modules.ts";
import { makePageModule } from "./page_scripts.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the package is compiled with, and against. */
export const COMPILER = {
  typescript: "5.9.3",
  "@types/node": "24.10.1",
  "cli-progress": "3.12.0",
  "@jsquash/avif": "2.1.1",
  "@jsquash/jpeg": "1.6.0",
  "@jsquash/jxl": "1.3.0",
  "@jsquash/webp": "1.5.0",
  aws4fetch: "1.0.20",
  bullmq: "6.7.0",
  hyparquet: "1.33.0",
  "hyparquet-compressors": "1.1.2",
  ioredis: "5.11.1",
  pako: "3.0.3",
  papaparse: "5.7.1",
  pg: "8.23.1",
  srvx: "1.0.8",
  "@types/cli-progress": "3.11.6",
  "@types/papaparse": "5.5.2",
  "@types/pg": "8.15.6",
};

/** What the package takes from npm when it needs it. */
const DEPENDENCIES = [
  "@jsquash/avif",
  "@jsquash/jpeg",
  "@jsquash/jxl",
  "@jsquash/webp",
  "aws4fetch",
  "bullmq",
  "cli-progress",
  "hyparquet",
  "hyparquet-compressors",
  "ioredis",
  "pako",
  "papaparse",
  "pg",
  "srvx",
];

const BUNDLERS = { rollup: "4.68.8", esbuild: TOOLS.esbuild };

/** Entries that programs load alone, and whose modules most others share: see `joinModules`. */
const GROUPS = [
  "src/numbers/mod.ts",
  "src/image/jpeg/mod.ts",
  "src/tar/mod.ts",
  "src/image/transform/mod.ts",
  "src/sample/mod.ts",
  "mod.ts",
];

/** The modules that threads run; nobody imports them. */
const WORKERS = [
  "src/workers/worker.js",
  "src/formats/worker.js",
  "src/tools/resize_worker.js",
];

/** A kernel, an encoder and tables, which are not to be loaded with what lies in their rooms. */
const DATA = [
  "src/kernel/bytes.ts",
  "src/kernel/encoder_bytes.ts",
  "src/imagenet/labels_data.ts",
  "src/image/transform/timm/table.ts",
  "src/inspect/modules.ts",
];

/** Modules that do something when they are loaded: listen to messages, register formats, run a command. */
const EFFECTS = /^src\/(?:.*worker[a-z]*\.js|.*\/(?:resize_)?main\.ts|formats\/.*)$/;

const COPIED = [
  "LICENSE",
  "README.md",
  "src/dataset/sample.tar",
  "src/imagenet/wordnet_license.txt",
  "src/kernel/encoder.wasm",
  "src/kernel/wdstream.wasm",
  "src/kernel/workerd.d.ts",
];

/** Declarations with names that a program's own choice of libraries may lack, and where these are. */
const LIBRARIES: readonly (readonly [path: string, library: string])[] = [
  ["src/dataset/dataset.d.ts", "esnext.disposable"],
  ["src/kernel/encoder.d.ts", "dom"],
  ["src/kernel/instance.d.ts", "dom"],
  ["src/kernel/workerd.d.ts", "dom"],
  ["src/storage/http.d.ts", "dom"],
  ["src/edge/options.d.ts", "dom"],
  ["src/image/encode/jpeg.d.ts", "dom"],
];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Record<string, string>;
  readonly imports: Record<string, string>;
}

/** What was built. */
export interface BuiltPackage {
  /** The path of npm's tarball. */
  readonly tarball: string;
  /** The folder that `deno publish` takes. */
  readonly jsr: string;
}

/** Builds into a folder. */
export async function buildPackage(folder: string): Promise<BuiltPackage> {
  const out = `${folder}/package`;
  const manifest: Manifest = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  await emitDeclarations(folder, out);
  const scripts = Object.values(manifest.exports).filter((path) => !path.endsWith(".wasm"));
  const tools = await installPackages(BUNDLERS);
  await joinModules({
    tools,
    root: ROOT,
    entries: [...scripts.map((path) => path.slice(2)), ...WORKERS],
    groups: GROUPS,
    data: DATA,
    hasEffect: (path) => EFFECTS.test(path),
    packages: DEPENDENCIES,
    replaced: { "src/inspect/modules.ts": await makePageModule(tools, ROOT) },
    out,
  });
  for (const path of COPIED) {
    await Deno.mkdir(`${out}/${path.slice(0, path.lastIndexOf("/") + 1)}`, { recursive: true });
    await Deno.copyFile(ROOT + path, `${out}/${path}`);
  }
  const jsr = `${folder}/jsr`;
  await copyForJsr(out, jsr, manifest);
  for (const [path, library] of LIBRARIES) {
    const declared = await Deno.readTextFile(`${out}/${path}`);
    await Deno.writeTextFile(`${out}/${path}`, `/// <reference lib="${library}" />\n${declared}`);
  }
  const command = `${out}/src/cli/main.js`;
  const text = await Deno.readTextFile(command);
  await Deno.writeTextFile(command, `#!/usr/bin/env node\n${text}`);
  await Deno.chmod(command, 0o755);
  await Deno.writeTextFile(`${out}/package.json`, makeManifest(manifest));
  const packed = await runCommand("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: out,
  });
  return { tarball: `${folder}/${packed.trim().split("\n").at(-1)}`, jsr };
}

async function emitDeclarations(folder: string, out: string): Promise<void> {
  const tools = await installPackages(COMPILER);
  const node = await installRuntime("node");
  const config = `${folder}/tsconfig.json`;
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      compilerOptions: {
        target: "es2022",
        module: "esnext",
        moduleResolution: "bundler",
        lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
        rewriteRelativeImportExtensions: true,
        declaration: true,
        emitDeclarationOnly: true,
        strict: true,
        skipLibCheck: true,
        rootDir: ROOT,
        outDir: out,
        types: ["node"],
        typeRoots: [`${tools}/node_modules/@types`],
        paths: {
          "@jsquash/*": [`${tools}/node_modules/@jsquash/*`],
          "cli-progress": [`${tools}/node_modules/@types/cli-progress`],
          aws4fetch: [`${tools}/node_modules/aws4fetch`],
          bullmq: [`${tools}/node_modules/bullmq`],
          hyparquet: [`${tools}/node_modules/hyparquet`],
          "hyparquet-compressors": [`${tools}/node_modules/hyparquet-compressors`],
          ioredis: [`${tools}/node_modules/ioredis`],
          papaparse: [`${tools}/node_modules/@types/papaparse`],
          pako: [`${tools}/node_modules/pako`],
          pg: [`${tools}/node_modules/@types/pg`],
          "srvx/*": [`${tools}/node_modules/srvx/dist/adapters/*`],
        },
      },
      files: [`${ROOT}mod.ts`],
      include: [`${ROOT}src/**/*.ts`],
      exclude: [`${ROOT}src/**/*.d.ts`],
    }),
  );
  await runCommand(node, [`${tools}/node_modules/typescript/bin/tsc`, "-p", config]);
}

/** JSR's package: modules that name their declarations, which name each other as files. */
async function copyForJsr(npm: string, jsr: string, manifest: Manifest): Promise<void> {
  const { name, version, license, exports, imports } = manifest;
  await runCommand("cp", ["-r", npm, jsr]);
  for (const path of Object.values(exports)) {
    if (path.endsWith(".wasm")) continue;
    const script = `${jsr}/${path.replace(/\.ts$/, ".js")}`;
    const types = script.replace(/\.js$/, ".d.ts");
    const text = await Deno.readTextFile(script);
    const line = `/* @ts-self-types="./${types.slice(types.lastIndexOf("/") + 1)}" */\n`;
    await Deno.writeTextFile(script, line + text);
  }
  for (const path of await listFiles(jsr, ".d.ts")) {
    const declared = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      declared.replaceAll(/((?:from|import\(|import)\s*"\.[^"]*?)(?:\.d)?\.ts"/g, '$1.d.ts"'),
    );
  }
  const used = Object.entries(imports).filter(([specifier]) =>
    DEPENDENCIES.some((each) => specifier.startsWith(each))
  );
  await Deno.writeTextFile(
    `${jsr}/deno.json`,
    `${
      JSON.stringify(
        {
          name,
          version,
          license,
          exports: Object.fromEntries(
            Object.entries(exports).map(([entry, path]) => [entry, path.replace(/\.ts$/, ".js")]),
          ),
          imports: Object.fromEntries(used),
        },
        undefined,
        2,
      )
    }\n`,
  );
}

async function listFiles(folder: string, ending: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) paths.push(...await listFiles(`${folder}/${name}`, ending));
    else if (name.endsWith(ending)) paths.push(`${folder}/${name}`);
  }
  return paths;
}

function makeManifest({ name, version, license, exports }: Manifest): string {
  const entries = Object.entries(exports).map(([entry, path]) => {
    if (path.endsWith(".wasm")) return [entry, path];
    const base = path.replace(/\.(ts|js)$/, "");
    return [entry, { types: `${base}.d.ts`, default: `${base}.js` }];
  });
  const manifest = {
    name,
    version,
    description: "WebDataset shards in, tensors out, byte for byte as Python makes them",
    license,
    type: "module",
    exports: Object.fromEntries(entries),
    bin: { wdstream: "./src/cli/main.js" },
    // A module that a bundler may not leave out although nothing of it is imported.
    sideEffects: [
      "./src/kernel/workerd.js",
      ...WORKERS.map((path) => `./${path}`),
      "./src/formats/*.js",
      "./src/cli/main.js",
    ],
    engines: { node: ">=20" },
    dependencies: {
      aws4fetch: "^1.0.20",
      "cli-progress": "^3.12.0",
      pako: "^3.0.3",
      srvx: "^1.0.8",
    },
    // Loaded with the first picture that is encoded as JPEG or that is of such a format, and the first table.
    optionalDependencies: {
      "@jsquash/avif": "^2.1.1",
      "@jsquash/jpeg": "^1.6.0",
      "@jsquash/jxl": "^1.3.0",
      "@jsquash/webp": "^1.5.0",
      hyparquet: "^1.33.0",
      "hyparquet-compressors": "^1.1.2",
      papaparse: "^5.7.1",
    },
    // Sixteen megabytes for those alone who send jobs through queues.
    peerDependencies: { bullmq: "^6.7.0", ioredis: "^5.11.1 || ^6.0.0", pg: "^8.23.1" },
    peerDependenciesMeta: {
      bullmq: { optional: true },
      ioredis: { optional: true },
      pg: { optional: true },
    },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? await Deno.makeTempDir({ prefix: "wdstream-npm-" });
  await Deno.mkdir(folder, { recursive: true });
  console.log(await buildPackage(folder));
}
