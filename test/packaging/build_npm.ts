/**
 * Builds the npm package: `deno task build:npm [FOLDER]` (default: a new temporary folder). TypeScript's own emit
 * writes modules and declarations side by side, with `.ts` in imports rewritten; what is no TypeScript is copied.
 */
import { fileURLToPath } from "node:url";
import { installPackages, runCommand } from "../runtimes/tools.ts";
import { installRuntime } from "../runtimes/install.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the package is compiled with, and against. */
export const COMPILER = {
  typescript: "5.9.3",
  "@types/node": "24.10.1",
  "cli-progress": "3.12.0",
  "@jsquash/jpeg": "1.6.0",
  pako: "3.0.3",
  srvx: "1.0.8",
  "@types/cli-progress": "3.11.6",
};

const COPIED = [
  "LICENSE",
  "README.md",
  "src/dataset/sample.tar",
  "src/imagenet/wordnet_license.txt",
  "src/kernel/wdstream.wasm",
  "src/kernel/workerd.d.ts",
];

/** Declarations with names that a program's own choice of libraries may lack, and where these are. */
const LIBRARIES: readonly (readonly [path: string, library: string])[] = [
  ["src/dataset/dataset.d.ts", "esnext.disposable"],
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
}

/** Builds into a folder; gives the path of the tarball in it. */
export async function buildPackage(folder: string): Promise<string> {
  const out = `${folder}/package`;
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
        allowJs: true,
        strict: true,
        skipLibCheck: true,
        rootDir: ROOT,
        outDir: out,
        types: ["node"],
        typeRoots: [`${tools}/node_modules/@types`],
        paths: {
          "@jsquash/jpeg/*": [`${tools}/node_modules/@jsquash/jpeg/*`],
          "cli-progress": [`${tools}/node_modules/@types/cli-progress`],
          pako: [`${tools}/node_modules/pako`],
          "srvx/*": [`${tools}/node_modules/srvx/dist/adapters/*`],
        },
      },
      files: [`${ROOT}mod.ts`],
      include: [`${ROOT}src/**/*.ts`, `${ROOT}src/workers/worker.js`],
      exclude: [`${ROOT}src/**/*.d.ts`],
    }),
  );
  await runCommand(node, [`${tools}/node_modules/typescript/bin/tsc`, "-p", config]);
  for (const path of COPIED) {
    await Deno.mkdir(`${out}/${path.slice(0, path.lastIndexOf("/") + 1)}`, { recursive: true });
    await Deno.copyFile(ROOT + path, `${out}/${path}`);
  }
  const loader = await Deno.readTextFile(`${ROOT}src/kernel/workerd.js`);
  await Deno.writeTextFile(
    `${out}/src/kernel/workerd.js`,
    loader.replace("./instance.ts", "./instance.js"),
  );
  for (const [path, library] of LIBRARIES) {
    const declared = await Deno.readTextFile(`${out}/${path}`);
    await Deno.writeTextFile(`${out}/${path}`, `/// <reference lib="${library}" />\n${declared}`);
  }
  const command = `${out}/src/cli/main.js`;
  const text = await Deno.readTextFile(command);
  await Deno.writeTextFile(command, `#!/usr/bin/env node\n${text}`);
  await Deno.chmod(command, 0o755);
  await Deno.writeTextFile(`${out}/package.json`, await makeManifest());
  const packed = await runCommand("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: out,
  });
  return `${folder}/${packed.trim().split("\n").at(-1)}`;
}

async function makeManifest(): Promise<string> {
  const { name, version, license, exports }: Manifest = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
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
      "./src/workers/worker.js",
      "./src/workers/main.js",
      "./src/cli/main.js",
    ],
    engines: { node: ">=20" },
    dependencies: { "cli-progress": "^3.12.0", pako: "^3.0.3", srvx: "^1.0.8" },
    // Loaded by the handler for edge runtimes, with the first picture that is encoded as JPEG.
    optionalDependencies: { "@jsquash/jpeg": "^1.6.0" },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? await Deno.makeTempDir({ prefix: "wdstream-npm-" });
  await Deno.mkdir(folder, { recursive: true });
  console.log(await buildPackage(folder));
}
