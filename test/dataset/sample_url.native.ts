import { assert } from "chai";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import type { TestCase } from "../case.ts";

const ROOT = new URL("../../", import.meta.url);
const IS_DENO = "Deno" in globalThis;

/** Serves the repository's files for as long as `use` runs. */
async function withServer(use: (host: string) => Promise<void>): Promise<void> {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent((request.url ?? "/").slice(1));
    const type = path.endsWith(".ts") ? "application/typescript" : "application/octet-stream";
    const body = await readFile(new URL(path, ROOT)).catch(() => undefined);
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Runs a program without any configuration or cache; gives its output. */
async function runDeno(args: readonly string[]): Promise<string> {
  const alone = [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-check",
    "--reload",
  ];
  const child = spawn(process.execPath, [...alone, ...args]);
  let output = "";
  child.stdout.on("data", (chunk) => output += chunk);
  child.stderr.on("data", (chunk) => output += chunk);
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, output);
  return output;
}

export const cases: TestCase[] = [
  {
    name: "sampleShard() is found when the package is loaded from a URL",
    skip: IS_DENO ? undefined : "only Deno loads modules from a URL",
    async run(): Promise<void> {
      await withServer(async (host) => {
        const permissions = [`--allow-net=${host}`, `--allow-import=${host}`];
        const main = `http://${host}/src/cli/main.ts`;
        const output = await runDeno([...permissions, main, "stream"]);
        assert.match(output, /^1 shard, 36 samples, 1 batch of \[36, 3, 224, 224\]\n/);
      });
    },
  },
  {
    name: "init() takes no permission where the package is loaded from a URL",
    skip: IS_DENO ? undefined : "only Deno loads modules from a URL",
    async run(): Promise<void> {
      await withServer(async (host) => {
        const program = `import { init, resize } from "http://${host}/mod.ts";
await init();
const image = { width: 2, height: 1, channels: 1, data: new Uint8Array([0, 255]) };
console.log(resize(image, { width: 1, height: 1, interpolation: "bilinear" }).data[0]);`;
        const url = `data:application/typescript,${encodeURIComponent(program)}`;
        assert.equal(await runDeno([`--allow-import=${host}`, url]), "128\n");
      });
    },
  },
];
