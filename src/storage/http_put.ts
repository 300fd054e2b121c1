/**
 * Objects that are put behind http(s), as a whole or not at all.
 *
 * @module
 */
import { SourceError } from "../errors.ts";
import { bearer, copyHeaders, type HttpOptions, send, signRequest, statusError } from "./http.ts";
import { Effort } from "./effort.ts";
import { retriableError } from "./retry_advice.ts";
import { readRetryPolicy } from "./retry_options.ts";
import { type AccessOptions, paceOf } from "./source_options.ts";
import type { PutOptions } from "./store.ts";

/** Bytes a second below which an upload counts as one that hangs. */
const LEAST_RATE = 64 * 1024;

/** What putting takes besides the bytes. */
export interface HttpPutOptions extends PutOptions {
  /** Name of the object, for errors. */
  readonly name: string;
  /** The header by which the host refuses to replace an object. */
  readonly absent: readonly [name: string, value: string];
}

/**
 * Puts an object by one request, which is tried again where that may help. Redirects are not followed, for what is sent
 * is the caller's.
 *
 * A try that was put and whose answer was lost looks, with `ifAbsent`, like an object that was there before.
 *
 * @returns Whether it was put: not where it is there and was to stay.
 * @throws {SourceError} `source/unauthorized`, `source/http`, `source/network`, `source/redirect`.
 */
export async function putByHttp(
  url: URL,
  body: Uint8Array | Blob,
  { name, absent, ifAbsent, signal }: HttpPutOptions,
  access: AccessOptions,
): Promise<boolean> {
  const policy = readRetryPolicy(access.retry);
  const blob = body instanceof Blob ? body : new Blob([body as Uint8Array<ArrayBuffer>]);
  const limitMs = policy.connectMs + 1000 * blob.size / LEAST_RATE;
  const pace = { pace: paceOf(access), origin: url.origin };
  const effort = new Effort(name, policy, signal, undefined, pace);
  try {
    while (true) {
      await effort.turn();
      const attempt = effort.begin();
      try {
        const condition = ifAbsent ? [absent] : [];
        const work = putOnce(
          url,
          blob,
          { name, headers: condition, signal: attempt.signal },
          access,
        );
        return await attempt.within(limitMs, "the host did not answer", work);
      } catch (error) {
        signal?.throwIfAborted();
        await effort.wait(error, 0);
      } finally {
        attempt.end();
      }
    }
  } finally {
    effort.end();
  }
}

interface OnePut {
  readonly name: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly signal: AbortSignal;
}

async function putOnce(
  url: URL,
  body: Blob,
  { name, headers: added, signal }: OnePut,
  { headers: given, token, sign, fetch: fetchIt = globalThis.fetch }: HttpOptions,
): Promise<boolean> {
  let target = url;
  let headers = copyHeaders(given);
  if (token !== undefined) headers.set("authorization", bearer(token));
  headers.set("content-type", "application/octet-stream");
  for (const [header, value] of added) headers.set(header, value);
  if (sign !== undefined) {
    // The transport sees to the bytes; signers would else take the request for one without any.
    headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    const request = { method: "PUT", headers, range: undefined };
    ({ url: target, headers } = await signRequest(sign, target, request, name));
  }
  const init = { method: "PUT", headers, body, redirect: "manual", signal } as const;
  const response = await send(fetchIt, target, init, name);
  await response.body?.cancel().catch(() => {});
  if (response.ok) return true;
  if (response.status === 412 && added.length > 0) return false;
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    throw new SourceError("source/redirect", {
      action: `write "${name}"`,
      reason: "it redirects; name the region or the endpoint of the bucket",
      shard: name,
    });
  }
  const error = statusError(name, response, token !== undefined || sign !== undefined, "write");
  // Somebody else puts the object at this moment: the next try finds it there, or not.
  throw response.status === 409 && added.length > 0 ? retriableError(error) : error;
}
