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

export const cases: TestCase[] = [
  {
    name: "sampleShard() is found when the package is loaded from a URL",
    skip: IS_DENO ? undefined : "only Deno loads modules from a URL",
    async run(): Promise<void> {
      await withServer(async (host) => {
        const permissions = [`--allow-net=${host}`, `--allow-import=${host}`, "--no-prompt"];
        const main = `http://${host}/src/cli/main.ts`;
        const args = ["run", "--quiet", "--no-config", "--no-lock", "--no-check", "--reload"];
        const demo = spawn(process.execPath, [...args, ...permissions, main, "run"]);
        let output = "";
        demo.stdout.on("data", (chunk) => output += chunk);
        demo.stderr.on("data", (chunk) => output += chunk);
        const code = await new Promise((resolve) => demo.on("close", resolve));
        assert.equal(code, 0, output);
        assert.match(output, /^1 shards, 36 samples, 1 batches of \[36, 3, 224, 224\]\n/);
      });
    },
  },
];
