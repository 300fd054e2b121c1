/**
 * The handler on the server of the runtime that runs this: Deno.serve, Bun.serve, or node:http by the adapter.
 * Arguments: one storage call in how many fails (0 for none), then shards. Prints its origin as the first line.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import process from "node:process";
import { formatIndex, indexShard } from "../../../src/index/mod.ts";
import { createHandler, type R2BucketLike } from "../../../src/edge/mod.ts";
import { createListener } from "../../../src/edge/node.ts";
import { makeFaulty } from "./faulty_bucket.ts";

const [every, ...paths] = process.argv.slice(2);

/** Files in memory, as a bucket. */
async function openFiles(): Promise<[bucket: R2BucketLike, names: string[]]> {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  const names: string[] = [];
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const { samples, sizeBytes } = await indexShard(path);
    names.push(name);
    objects.set(name, new Uint8Array(await readFile(path)));
    const index = formatIndex({ shard: name, sizeBytes, samples });
    objects.set(`${name}.idx`, new TextEncoder().encode(index));
  }
  const bucket: R2BucketLike = {
    get(key, { range } = {}) {
      const bytes = objects.get(key);
      if (bytes === undefined) return Promise.resolve(null);
      const { offset = 0, length = bytes.length } = range ?? {};
      const body = new Blob([bytes.slice(offset, offset + length)]).stream();
      return Promise.resolve({ size: bytes.length, httpEtag: `"${key}"`, body });
    },
    head: (key) => {
      const bytes = objects.get(key);
      return Promise.resolve(bytes ? { size: bytes.length, httpEtag: `"${key}"` } : null);
    },
  };
  return [bucket, names];
}

const [bucket, names] = await openFiles();
const handler = createHandler({
  store: every === "0" ? bucket : makeFaulty(bucket, Number(every)),
  splits: { all: names },
  cache: false,
  storageTimeoutMs: 1000,
});

type Serve = (options: object, handler?: (request: Request) => Promise<Response>) => {
  readonly addr?: { readonly port: number };
  readonly port?: number;
};
const { Deno, Bun } = globalThis as { Deno?: { serve: Serve }; Bun?: { serve: Serve } };
const answer = (request: Request): Promise<Response> => handler(request);
const place = { hostname: "127.0.0.1", port: 0 };
if (Deno !== undefined) {
  const server = Deno.serve({ ...place, onListen: () => {} }, answer);
  console.log(`http://127.0.0.1:${server.addr?.port}`);
} else if (Bun !== undefined) {
  const server = Bun.serve({ ...place, fetch: answer });
  console.log(`http://127.0.0.1:${server.port}`);
} else {
  const server = createServer(createListener(handler));
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    console.log(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
  });
}
