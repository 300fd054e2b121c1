/** What pages and Workers of the tests are served: modules, fixtures and shards. */

import { fileURLToPath } from "node:url";
import type { RuntimeReport } from "./portable.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What is served. */
export interface PagesOptions {
  /** Where the transpiled modules lie, in `plain/`, and what Vite built, in `vite/dist/`. */
  readonly folder: string;
  /** Paths of shards by their names. */
  readonly shards: Readonly<Record<string, string>>;
  /** Is given what a page reports. */
  onReport(report: RuntimeReport): void;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  ts: "text/javascript",
  mjs: "text/javascript",
};

/** Packages that modules import by their names, where they are imported one by one. */
export const PACKAGES: Readonly<Record<string, string>> = {
  "chai.js": "node_modules/chai/index.js",
  "pako.js": "node_modules/pako/dist/pako.mjs",
};

async function serveFile(path: string): Promise<Response> {
  const extension = path.slice(path.lastIndexOf(".") + 1);
  const headers = { "content-type": CONTENT_TYPES[extension] ?? "application/octet-stream" };
  try {
    return new Response(await Deno.readFile(path), { headers });
  } catch {
    return new Response("not found", { status: 404 });
  }
}

/** Fixtures, shards, the transpiled modules under /plain/ and what Vite built under /vite/. */
async function serve(
  request: Request,
  { folder, shards, onReport }: PagesOptions,
): Promise<Response> {
  const path = decodeURIComponent(new URL(request.url).pathname);
  if (path.includes("..")) return new Response("no", { status: 400 });
  if (path === "/report") {
    onReport(await request.json());
    return new Response("thanks");
  }
  if (path === "/fixtures/sample.tar") return await serveFile(`${ROOT}src/dataset/sample.tar`);
  const [, kind, rest] = /^\/(fixtures|list|shards|plain|vite)\/(.*)$/.exec(path) ?? [];
  switch (kind) {
    case "fixtures":
      return await serveFile(`${ROOT}test/fixtures/${rest}`);
    case "list": {
      const names = [];
      for await (const entry of Deno.readDir(`${ROOT}test/fixtures/${rest}`)) {
        if (entry.isFile) names.push(entry.name);
      }
      return Response.json(names.sort());
    }
    case "shards":
      return Object.hasOwn(shards, rest)
        ? await serveFile(shards[rest])
        : new Response("no", { status: 404 });
    case "plain": {
      if (Object.hasOwn(PACKAGES, rest)) return await serveFile(`${ROOT}${PACKAGES[rest]}`);
      return await serveFile(`${folder}/plain/${rest.replace(/\.ts$/, ".js")}`);
    }
    case "vite":
      return await serveFile(`${folder}/vite/dist/${rest}`);
    default:
      return new Response("not found", { status: 404 });
  }
}

/** Serves them on a port that is free. */
export function servePages(
  options: PagesOptions,
): { readonly server: Deno.HttpServer<Deno.NetAddr>; readonly origin: string } {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => serve(request, options),
  );
  return { server, origin: `http://127.0.0.1:${server.addr.port}` };
}
