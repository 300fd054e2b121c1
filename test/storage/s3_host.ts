/**
 * A host with S3's interface, as a function of requests: objects with ranges, listings in pages, and signatures that
 * AWS's own package verifies.
 */

import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

/** Whose requests it answers. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What it is like. */
export interface S3HostOptions {
  /** Whose signatures it demands; without them it is public. */
  readonly keys?: S3Keys;
  /** Objects a page of a listing has. */
  readonly pageSize?: number;
  /** How many requests it refuses first, as one that is overloaded does. */
  readonly refusals?: number;
}

const REGION = "eu-central-1";

/** A bucket. */
export class S3Host {
  /** Objects by their keys. */
  readonly objects = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Method, path and query of each request. */
  readonly seen: string[] = [];
  /** Authorization of each request. */
  readonly signatures: string[] = [];
  /** Faults of signatures, for the tests to show. */
  readonly faults: string[] = [];
  readonly #options: S3HostOptions;
  #refusals: number;

  constructor(objects: Readonly<Record<string, Uint8Array<ArrayBuffer>>>, options: S3HostOptions) {
    for (const [key, bytes] of Object.entries(objects)) this.objects.set(key, bytes);
    this.#options = options;
    this.#refusals = options.refusals ?? 0;
  }

  /** Asks it as `fetch` does. */
  readonly fetch: typeof globalThis.fetch = async (input, init = {}) =>
    await this.answer(
      init.method ?? "GET",
      new URL(String(input)),
      new Headers(init.headers),
      init.body == null ? undefined : new Uint8Array(await new Response(init.body).arrayBuffer()),
    );

  /** Answers a request to the bucket, which is the first part of the path. */
  async answer(
    method: string,
    url: URL,
    headers: Headers,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    this.seen.push(`${method} ${url.pathname}${url.search}`);
    this.signatures.push(headers.get("authorization") ?? "");
    if (this.#options.keys !== undefined && !await this.#isSigned(method, url, headers)) {
      return new Response("<Error><Code>SignatureDoesNotMatch</Code></Error>", { status: 403 });
    }
    if (this.#refusals-- > 0) return new Response("<Error/>", { status: 503 });
    const key = decodeURIComponent(url.pathname.replace(/^\/[^/]*\/?/, ""));
    if (key === "" && url.searchParams.get("list-type") === "2") return this.#list(url);
    const bytes = this.objects.get(key);
    if (method === "PUT") {
      const isKept = headers.get("if-none-match") === "*" && bytes !== undefined;
      if (isKept) return new Response("<Error/>", { status: 412 });
      this.objects.set(key, body ?? new Uint8Array(0));
      return new Response(null, { headers: { etag: '"1"' } });
    }
    if (bytes === undefined) return new Response("<Error/>", { status: 404 });
    return sendObject(bytes, headers.get("range"), method === "HEAD");
  }

  /** Whether AWS's signer makes the same signature of the same request. */
  async #isSigned(method: string, url: URL, headers: Headers): Promise<boolean> {
    const given = headers.get("authorization") ?? "";
    const names = /SignedHeaders=([^,]*)/.exec(given)?.[1].split(";") ?? [];
    const date = headers.get("x-amz-date") ?? "";
    const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
    if (y === undefined) return false;
    const signingDate = new Date(Date.UTC(+y, +mo - 1, +d, +h, +mi, +s));
    const signer = new SignatureV4({
      credentials: this.#options.keys!,
      region: REGION,
      service: "s3",
      sha256: Sha256,
      // As S3 alone does.
      uriEscapePath: false,
    });
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.host,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(
        names.map((name) => [name, name === "host" ? url.host : headers.get(name) ?? ""]),
      ),
    }, { signingDate });
    const expected = signed.headers.authorization;
    if (expected !== given) this.faults.push(`${given} is not ${expected}`);
    return expected === given && Math.abs(Date.now() - signingDate.getTime()) < 15 * 60_000;
  }

  #list({ searchParams }: URL): Response {
    const prefix = searchParams.get("prefix") ?? "";
    const after = searchParams.get("continuation-token") ?? "";
    const isFlat = searchParams.get("delimiter") === "/";
    const keys = [...this.objects.keys()].sort((a, b) => a < b ? -1 : 1).filter((key) =>
      key.startsWith(prefix) && key > after && !(isFlat && key.slice(prefix.length).includes("/"))
    );
    const page = keys.slice(0, this.#options.pageSize ?? 1000);
    const isTruncated = page.length < keys.length;
    const escape = (text: string): string =>
      text.replace(/[&<>"]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`);
    const contents = page.map((key) =>
      `<Contents><Key>${escape(key)}</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified>` +
      `<ETag>&quot;1&quot;</ETag><Size>${this.objects.get(key)!.length}</Size>` +
      `<StorageClass>STANDARD</StorageClass></Contents>`
    );
    const next = isTruncated
      ? `<NextContinuationToken>${escape(page.at(-1)!)}</NextContinuationToken>`
      : "";
    return new Response(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        `<Name>b</Name><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join("")}` +
        "</ListBucketResult>",
      { headers: { "content-type": "application/xml" } },
    );
  }
}

/** An object, or the range of it that is asked for. */
export function sendObject(
  bytes: Uint8Array<ArrayBuffer>,
  range: string | null,
  isHead: boolean = false,
  headers: Readonly<Record<string, string>> = { etag: '"1"' },
): Response {
  const [, from, to] = /^bytes=([0-9]+)-([0-9]*)$/.exec(range ?? "") ?? [];
  const start = Number(from ?? 0);
  const end = Math.min(bytes.length, Number(to || Infinity) + 1);
  if (start >= end && bytes.length > 0) {
    const total = { ...headers, "content-range": `bytes */${bytes.length}` };
    return new Response(null, { status: 416, headers: total });
  }
  const length = { ...headers, "content-length": String(end - start) };
  return new Response(isHead ? null : bytes.slice(start, end), {
    status: from === undefined ? 200 : 206,
    headers: from === undefined
      ? length
      : { ...length, "content-range": `bytes ${start}-${end - 1}/${bytes.length}` },
  });
}
