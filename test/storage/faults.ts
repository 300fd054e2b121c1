/** A host that fails in every way a host can, behind an injected `fetch`: each run is a function of a seed. */

import { WdsError } from "../../src/errors.ts";
import { toSource } from "../../src/storage/mod.ts";
import { collect, makeNoise } from "./bytes.ts";

/** What a host may do to one request. */
export const FAULTS = [
  "none",
  "refuse",
  "never answer",
  "reset",
  "end early",
  "stall",
  "stall and go on",
  "status",
  "status with Retry-After",
  "announce more",
  "no Content-Length",
  "200 for a range",
  "another range",
  "another version",
  "HTML",
  "redirect loop",
  "redirect",
] as const;

/** One of {@linkcode FAULTS}. */
export type Fault = typeof FAULTS[number];

/** The object that the host has, and how it names the version. */
export interface FaultyObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Headers that name the version. */
  readonly version: Readonly<Record<string, string>>;
}

const STATUSES = [408, 425, 429, 500, 502, 503, 504];

/** Numbers in [0, 1), the same for a seed on every run. */
export function makeDraw(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is open at the host: bodies that were neither read to the end nor cancelled, timers. */
export interface Open {
  bodies: number;
}

/** A body that brings bytes up to `end` and then does as the fault says. */
function makeBody(
  bytes: Uint8Array<ArrayBuffer>,
  cut: number,
  fault: Fault,
  signal: AbortSignal | null | undefined,
  open: Open,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let position = 0;
  let isOpen = true;
  let hasStalled = false;
  open.bodies++;
  const close = (): void => {
    if (isOpen) open.bodies--;
    isOpen = false;
    signal?.removeEventListener("abort", close);
  };
  signal?.addEventListener("abort", close);
  return new ReadableStream({
    async pull(controller) {
      if (position >= cut) {
        if (fault === "stall") {
          return await new Promise<void>((_, reject) => {
            signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
          });
        }
        if (fault === "stall and go on" && !hasStalled) {
          hasStalled = true;
          await new Promise((resolve) => setTimeout(resolve, 1));
          cut = bytes.length;
        }
        if (position >= cut) {
          close();
          if (fault === "reset") controller.error(new TypeError("connection reset"));
          else controller.close();
          return;
        }
      }
      const end = Math.min(cut, position + 700);
      controller.enqueue(bytes.slice(position, end));
      position = end;
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

/** A `fetch` whose answers are good, but for the faults that are drawn. */
export function makeFaultyFetch(
  object: FaultyObject,
  next: (request: number) => { readonly fault: Fault; readonly at: number },
  open: Open,
): typeof globalThis.fetch {
  let requests = 0;
  return ((url: string, init: RequestInit = {}) => {
    const { fault, at } = next(requests++);
    const { signal } = init;
    const range = /^bytes=([0-9]+)-([0-9]*)$/.exec(new Headers(init.headers).get("range") ?? "");
    const { version } = object;
    let { bytes } = object;
    if (fault === "refuse") return Promise.reject(new TypeError("connection refused"));
    if (fault === "never answer") {
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
    if (fault === "status" || fault === "status with Retry-After") {
      const status = STATUSES[Math.floor(at * STATUSES.length)];
      const headers = fault === "status" ? undefined : { "retry-after": "0" };
      return Promise.resolve(new Response("busy", { status, headers }));
    }
    if (fault === "redirect loop" || (fault === "redirect" && !url.endsWith("?to"))) {
      const location = fault === "redirect" ? "/a.tar?to" : "/a.tar";
      return Promise.resolve(new Response(null, { status: 302, headers: { location } }));
    }
    if (fault === "HTML") {
      const page = "<!doctype html><title>Log in</title>";
      return Promise.resolve(new Response(page, { headers: { "content-type": "text/html" } }));
    }
    const headers = new Headers(version);
    if (fault === "another version") {
      bytes = makeNoise(bytes.length + (at < 0.5 ? 0 : 100), 77);
      if (version.etag !== undefined) headers.set("etag", '"2"');
      if (version["last-modified"] !== undefined) {
        headers.set("last-modified", "Tue, 03 Nov 2026 00:00:00 GMT");
      }
    }
    const start = range === null || fault === "200 for a range" ? 0 : Number(range[1]);
    const isPart = range !== null && fault !== "200 for a range";
    if (isPart && start >= bytes.length) {
      const headers = { "content-range": `bytes */${bytes.length}` };
      return Promise.resolve(new Response(null, { status: 416, headers }));
    }
    const end = isPart && range[2] !== ""
      ? Math.min(Number(range[2]) + 1, bytes.length)
      : bytes.length;
    const shift = fault === "another range" && isPart && start > 0 ? 1 : 0;
    const part = bytes.slice(start - shift, end - shift);
    if (isPart) {
      headers.set("content-range", `bytes ${start - shift}-${end - shift - 1}/${bytes.length}`);
    }
    const announced = fault === "announce more" ? part.length + 9 : part.length;
    if (fault !== "no Content-Length") headers.set("content-length", String(announced));
    const breaks = fault === "reset" || fault.startsWith("stall") || fault === "end early";
    const cut = breaks ? Math.floor(at * part.length) : part.length;
    const body = makeBody(part, cut, fault, signal, open);
    return Promise.resolve(new Response(body, { status: isPart ? 206 : 200, headers }));
  }) as typeof globalThis.fetch;
}

/** What became of a run. */
export interface Outcome {
  /** The code of its error, or `whole`. */
  readonly code: string;
  /** What is wrong with it: other bytes, an error without a type, a body that stays open. */
  readonly broken?: string;
}

const VERSIONS: readonly Readonly<Record<string, string>>[] = [
  { etag: '"1"' },
  { etag: 'W/"1"' },
  { "last-modified": "Mon, 02 Nov 2026 00:00:00 GMT" },
  {},
];

const bytes = makeNoise(5000);

/** One reading, of all or of a part, from a host that fails at random. */
export async function runFaults(seed: number): Promise<Outcome> {
  const draw = makeDraw(seed);
  const version = VERSIONS[Math.floor(draw() * VERSIONS.length)];
  const share = draw();
  const open: Open = { bodies: 0 };
  const fetch = makeFaultyFetch({ bytes, version }, () => {
    const isFaulty = draw() < share;
    return { fault: isFaulty ? FAULTS[Math.floor(draw() * FAULTS.length)] : "none", at: draw() };
  }, open);
  const isPart = draw() < 0.5;
  const offset = isPart ? Math.floor(draw() * 5000) : 0;
  const length = isPart && draw() < 0.8 ? 1 + Math.floor(draw() * 3000) : Infinity;
  const retry = { attempts: 4, baseMs: 0.01, connectMs: 8, stallMs: 8 };
  const source = toSource("https://host.test/a.tar", { fetch, retry });
  try {
    const got = await collect((await source.open({ offset, length })).body);
    const isRight = isSame(got, bytes.subarray(offset, offset + length));
    // From the first answer on another object, whole, or another one that names no version, is what it says it is.
    const others = [5000, 5100].map((size) =>
      makeNoise(size, 77).subarray(offset, offset + length)
    );
    const isOther = others.some((other) => isSame(got, other)) || isPage(got, offset, length);
    return leaked(open) ??
      (isRight || isOther
        ? { code: isRight ? "whole" : "other" }
        : { code: "whole", broken: `${got.length} bytes that no version has` });
  } catch (error) {
    const code = error instanceof WdsError ? error.code : String(error);
    return leaked(open) ??
      (error instanceof WdsError
        ? { code }
        : { code, broken: `an error without a type: ${error}` });
  }
}

function isPage(got: Uint8Array, offset: number, length: number): boolean {
  const page = new TextEncoder().encode("<!doctype html><title>Log in</title>");
  return isSame(got, page.subarray(offset, offset + length));
}

/** Whether bytes are equal; in a loop of thousands, what compares anything takes too long. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function leaked({ bodies }: Open): Outcome | undefined {
  return bodies === 0 ? undefined : { code: "leak", broken: `${bodies} bodies stay open` };
}
