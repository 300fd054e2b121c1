/** Processes that fill one cache and are killed at any moment: what they leave must never be believed wrongly. */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assert } from "chai";
import { CACHE_FOLDER } from "../../src/storage/cache/folder.ts";
import { verifyCache } from "../../src/storage/cache/inspect.ts";
import { toSource } from "../../src/storage/mod.ts";
import { collect, makeNoise } from "./bytes.ts";
import { makeDraw } from "./faults.ts";
import { sendBody, type TestServer, withServer } from "./server.ts";

const OBJECT_BYTES = 3_300_000;
const noise = makeNoise(OBJECT_BYTES);

/** The object of a number: no two have the same bytes in one place. */
export function makeObject(number: number): Uint8Array<ArrayBuffer> {
  return noise.map((value) => value ^ number);
}

/** Serves objects by their numbers. */
export async function withObjects(use: (server: TestServer) => Promise<void>): Promise<void> {
  await withServer((request, response) => {
    const number = Number(request.url?.slice(1));
    response.setHeader("etag", `"${number}"`);
    sendBody(request, response, makeObject(number));
  }, use);
}

/** A process that fills a cache. */
export interface Filler {
  /** Settles when it has begun to read. */
  readonly begun: Promise<void>;
  /** Settles when it is over, with the lines that it has printed. */
  readonly over: Promise<readonly string[]>;
  /** Ends it at once. */
  kill(): void;
}

/** Starts a process that fills a cache. */
export function startFiller(...args: readonly string[]): Filler {
  const script = fileURLToPath(new URL("./cache_main.ts", import.meta.url));
  const start = "Deno" in globalThis ? ["run", "--quiet", "--no-check", "--allow-all"] : [];
  const child = spawn(process.execPath, [...start, script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  let onBegun!: () => void;
  const begun = new Promise<void>((resolve) => onBegun = resolve);
  child.stdout.on("data", (data: Uint8Array) => {
    text += new TextDecoder().decode(data);
    onBegun();
  });
  const over = new Promise<readonly string[]>((resolve) => {
    child.on("close", () => {
      onBegun();
      resolve(text.trim().split("\n").slice(1));
    });
  });
  return { begun, over, kill: () => void child.kill("SIGKILL") };
}

/** The line that a filler prints of an object. */
export function lineOf(number: number): string {
  return `${number} ${createHash("sha256").update(makeObject(number)).digest("hex")}`;
}

/** Kills so many processes while they fill a cache, and looks at it behind each; gives how many had left something. */
export async function crash(folder: string, times: number, seed: number): Promise<number> {
  const draw = makeDraw(seed);
  let unfinished = 0;
  await withObjects(async ({ origin }) => {
    for (let time = 0; time < times; time++) {
      const first = Math.floor(draw() * 40);
      // One time in three, room is made at the same time.
      const limit = draw() < 0.33 ? ["20000000"] : [];
      const filler = startFiller(origin, folder, String(first), "40", ...limit);
      await filler.begun;
      await new Promise((resolve) => setTimeout(resolve, draw() * 120));
      filler.kill();
      for (const line of await filler.over) assert.equal(line, lineOf(parseInt(line)));
      const { damaged } = await verifyCache(folder);
      assert.deepEqual(damaged, [], `behind ${time + 1} crashes of seed ${seed}`);
      const source = toSource(`${origin}/${first}`, { cache: folder });
      const got = await collect((await source.open()).body);
      assert.isTrue(got.every((value, i) => value === (noise[i] ^ first)), `object ${first}`);
    }
    const below = await readdir(`${folder}/${CACHE_FOLDER}`, { recursive: true });
    unfinished = below.filter((name) => name.endsWith(".part")).length;
  });
  return unfinished;
}
