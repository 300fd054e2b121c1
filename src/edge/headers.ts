/**
 * Headers: what every answer has, how long it may be kept, and what of it a client has already.
 *
 * @module
 */
import type { Exchange } from "./exchange.ts";
import type { HandlerOptions } from "./options.ts";

/** How long an answer may be kept, and by whom. */
export function cacheControl({ isPrivate, setting }: Exchange): string {
  const { maxAgeSeconds = 86_400 } = setting.options;
  return `${isPrivate ? "private" : "public"}, max-age=${maxAgeSeconds}`;
}

/** An answer of JSON that may be kept. */
export function answerJson(value: unknown, exchange?: Exchange): Response {
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
  if (exchange !== undefined) headers.set("cache-control", cacheControl(exchange));
  return new Response(JSON.stringify(value), { headers });
}

/** Whether the client has this version already (RFC 9110, 13.1.2: weak comparison). */
export function isMatch(request: Request, etag: string): boolean {
  const given = request.headers.get("if-none-match");
  if (given === null) return false;
  const opaque = etag.replace(/^W\//, "");
  return given.trim() === "*" ||
    given.split(",").some((each) => each.trim().replace(/^W\//, "") === opaque);
}

/** The answer to a client that has this version: the headers that it would have with its body (RFC 9110, 15.4.5). */
export function notModified(exchange: Exchange, etag: string): Response {
  return new Response(null, {
    status: 304,
    headers: { etag, "cache-control": cacheControl(exchange) },
  });
}

/** What every answer has, a problem's too. */
export function finishAnswer(
  request: Request,
  response: Response,
  isPrivate: boolean,
  options: HandlerOptions,
): Response {
  const headers = new Headers(response.headers);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  if (!headers.has("content-security-policy")) {
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  }
  allowOrigins(headers, request, options.cors ?? (isPrivate ? false : "*"));
  if (isPrivate) {
    headers.append("vary", "Authorization");
    const control = headers.get("cache-control");
    if (control !== null) headers.set("cache-control", control.replace("public", "private"));
    if (control === "no-store") headers.set("cache-control", "private, no-store");
  }
  const { status } = response;
  const isEmpty = request.method === "HEAD" || status === 204 || status === 304;
  if (request.method === "HEAD") response.body?.cancel().catch(() => {});
  return new Response(isEmpty ? null : response.body, { status, headers });
}

function allowOrigins(headers: Headers, { method }: Request, origin: string | false): void {
  headers.set("cross-origin-resource-policy", origin === false ? "same-origin" : "cross-origin");
  if (origin === false) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", "ETag, X-Shape");
  if (origin !== "*") headers.append("vary", "Origin");
  if (method !== "OPTIONS") return;
  headers.set("access-control-allow-methods", "GET, HEAD");
  headers.set("access-control-allow-headers", "Authorization, If-None-Match");
  headers.set("access-control-max-age", "86400");
}
