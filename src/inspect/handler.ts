/**
 * The page that looks into shards which only its visitor has: what serves it.
 *
 * @module
 */
import { authorize } from "../edge/access.ts";
import { finishAnswer, isMatch } from "../edge/headers.ts";
import type { Handler } from "../edge/options.ts";
import { answerProblem, Problem, toProblem } from "../edge/problem.ts";
import { INSPECT_PAGE } from "./page.ts";
import { answerFile, findShardFile, type ServedShards } from "./shard_files.ts";
import { INSPECT_STYLE } from "./style.ts";

/** What {@linkcode withInspector} takes. */
export interface InspectorOptions {
  /** Access token that every request must have, as for the handler behind it. */
  readonly accessToken?: string;
  /** Is told of every error behind an answer of 500. */
  readonly onError?: (error: unknown) => void;
  /** Shards that the page can open by an address of the server's own: those of its gallery. */
  readonly shards?: ServedShards;
}

/** Path of the page. */
export const INSPECT_PATH = "/inspect";

/** Where the shards lie of the gallery beside it. */
const SHARDS_PATH = `${INSPECT_PATH}/shards/`;

/** Of the page: scripts and styles from here, no picture but what a canvas shows, no other host. */
const PAGE_POLICY = [
  "default-src 'none'",
  "img-src 'self'",
  "style-src 'self'",
  "script-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Of the worker: it compiles the kernel, and reads from whichever host its visitor names. */
const WORKER_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self' http: https:",
].join("; ");

/** What is answered with, and what it is. */
interface Text {
  readonly text: string;
  readonly type: string;
  readonly policy: string;
}

/**
 * Puts the page before a handler: at `/inspect`, with what it loads below that. It takes no shards to the server: a file
 * that is dropped is read by the page's worker, an address by the visitor's browser. With `shards`, those of a gallery are
 * files at `/inspect/shards/{split}/{number}/{name}`, in ranges, and so are the indexes beside them.
 *
 * @param next Answers everything else.
 */
export function withInspector(next: Handler, options: InspectorOptions = {}): Handler {
  const { accessToken, onError, shards } = options;
  return async (request, env, context) => {
    const path = URL.canParse(request.url) ? new URL(request.url).pathname : "";
    const isMine = path === INSPECT_PATH || path.startsWith(`${INSPECT_PATH}/`);
    if (!isMine || !["GET", "HEAD"].includes(request.method)) {
      return await next(request, env, context);
    }
    let response: Response;
    try {
      if (accessToken !== undefined) await authorize(request, accessToken);
      response = path.startsWith(SHARDS_PATH)
        ? await answerShard(request, path.slice(SHARDS_PATH.length), shards)
        : await answer(request, path);
    } catch (error) {
      const problem = toProblem(error);
      // Whoever has left in the middle of a shard is nobody's fault.
      if (problem.status >= 500 && !request.signal?.aborted) onError?.(error);
      response = answerProblem(problem);
    }
    const settings = { store: "", cors: false } as const;
    return finishAnswer(request, response, accessToken !== undefined, settings);
  };
}

async function answerShard(
  request: Request,
  path: string,
  shards: ServedShards | undefined,
): Promise<Response> {
  const file = shards && findShardFile(shards, path);
  if (file === undefined) throw notFound();
  return await answerFile(request, file);
}

async function answer(request: Request, path: string): Promise<Response> {
  const found = await findText(path);
  if (found === undefined) throw notFound();
  const { text, type, policy } = found;
  const etag = await makeTag(text);
  const headers = {
    "content-type": `${type}; charset=utf-8`,
    "content-security-policy": policy,
    "cache-control": "private, no-cache",
    etag,
  };
  if (isMatch(request, etag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers });
}

function notFound(): Problem {
  return new Problem(404, "not-found", "There is no such page.");
}

async function findText(path: string): Promise<Text | undefined> {
  if (path === "/inspect") return { text: INSPECT_PAGE, type: "text/html", policy: PAGE_POLICY };
  if (path === "/inspect/style.css") {
    return { text: INSPECT_STYLE, type: "text/css", policy: PAGE_POLICY };
  }
  // With the first visitor alone: in the package, this module has all of the page's scripts.
  const { readModule } = await import("./modules.ts");
  const text = await readModule(path.slice("/inspect/".length));
  return text === undefined ? undefined : { text, type: "text/javascript", policy: WORKER_POLICY };
}

async function makeTag(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const digits = Array.from(
    new Uint8Array(bytes, 0, 12),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return `"${digits.join("")}"`;
}
