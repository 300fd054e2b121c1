/**
 * The scripts of the page at `/inspect` as a package has them: the page's and the worker's, each in one piece, as texts of
 * the module that stands in the place of `src/inspect/modules.ts`.
 */

/** Bundles the scripts; gives the text of the module. */
export async function makePageModule(tools: string, root: string): Promise<string> {
  const { default: named, ...all } = await import(
    `file://${tools}/node_modules/esbuild/lib/main.js`
  );
  const { build, stop }: Esbuild = named ?? all;
  const modules: Record<string, string> = {};
  for (const path of SCRIPTS) {
    const { outputFiles, warnings } = await build({
      entryPoints: [root + path],
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      target: "es2022",
      charset: "utf8",
      minifyWhitespace: true,
      minifySyntax: true,
      // What only other runtimes load, and decoders of formats that the browser has decoders for.
      external: ["node:*", "@jsquash/*"],
      legalComments: "inline",
      logLevel: "silent",
    });
    if (warnings.length > 0) throw new Error(warnings[0].text);
    modules[path] = outputFiles[0].text;
  }
  await stop();
  return `const MODULES: Readonly<Record<string, string>> = ${JSON.stringify(modules)};

export function readModule(path: string): Promise<string | undefined> {
  return Promise.resolve(Object.hasOwn(MODULES, path) ? MODULES[path] : undefined);
}
`;
}

const SCRIPTS = ["src/inspect/page/main.ts", "src/inspect/worker/main.ts"];

interface Esbuild {
  build(options: Record<string, unknown>): Promise<{
    readonly outputFiles: readonly { readonly text: string }[];
    readonly warnings: readonly { readonly text: string }[];
  }>;
  stop(): Promise<void>;
}
