/**
 * `s3:` and `gs:` URLs: buckets with S3's interface.
 *
 * @module
 */
import { checkChoice } from "../../check.ts";
import type { AccessOptions } from "../source_options.ts";
import type { ListOptions, StoredObject } from "../store.ts";
import type { S3Options } from "./options.ts";
import {
  below,
  encodePart,
  encodePath,
  fetchText,
  listingError,
  readEndpoint,
  type Remote,
  remoteScheme,
  splitAddress,
} from "./remote.ts";
import type { Scheme } from "./scheme.ts";
import { childrenOf, readPage, textOf, type XmlElement } from "./xml.ts";

/** Objects of buckets of S3 and of hosts with its interface. */
export const s3Scheme: Scheme = remoteScheme("s3:", (address, access) => {
  const [bucket, key] = splitAddress(address);
  return [openBucket("s3:", bucket, locateBucket(bucket, access.s3 ?? {}), access), key];
});

/** Objects of buckets of Google's Cloud Storage, by its interface that is like S3's. */
export const gsScheme: Scheme = remoteScheme("gs:", (address, access) => {
  const [bucket, key] = splitAddress(address);
  const endpoint = access.gs?.endpoint ?? "https://storage.googleapis.com";
  const base = below(readEndpoint(endpoint, "gs.endpoint"), `/${encodePart(checkBucket(bucket))}`);
  return [openBucket("gs:", bucket, base, access), key];
});

/** A name that a host can begin with, in one part, for certificates reach no further. */
const HOST_PART = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** The URL of a bucket, without a slash at its end where it has a path. */
function locateBucket(bucket: string, { region, endpoint, style }: S3Options): URL {
  checkChoice("s3.style", style, ["path", "virtual-host"]);
  checkBucket(bucket);
  const base = readEndpoint(endpoint ?? amazon(region), "s3.endpoint");
  const isHost = style === undefined
    ? endpoint === undefined && HOST_PART.test(bucket)
    : style === "virtual-host";
  if (!isHost) return below(base, `/${encodePart(bucket)}`);
  const host = `${bucket}.${base.hostname}`;
  // An address of digits takes no name before it, and a name that is none is left out without a word.
  base.hostname = host;
  if (base.hostname === host.toLowerCase()) return base;
  throw new TypeError(`Cannot put a bucket before the host "${base.host}"; use s3.style "path"`);
}

function amazon(region: string | undefined): string {
  if (region === undefined) return "https://s3.amazonaws.com";
  if (typeof region !== "string" || !/^[a-z0-9-]+$/.test(region)) {
    throw new TypeError('s3.region must be the name of a region, such as "eu-central-1"');
  }
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

function checkBucket(bucket: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(bucket)) return bucket;
  throw new TypeError(
    "Cannot open a bucket: its name, behind s3:// or gs://, must be of letters, digits, dots and hyphens",
  );
}

function openBucket(protocol: string, bucket: string, base: URL, access: AccessOptions): Remote {
  const name = `${protocol}//${bucket}/`;
  return {
    name,
    access,
    absent: protocol === "gs:" ? ["x-goog-if-generation-match", "0"] : ["if-none-match", "*"],
    locate: (key) => below(base, `/${encodePath(key, name + key)}`),
    list: (prefix, options) => listBucket(base, name, prefix, access, options),
  };
}

/** Pages of ListObjectsV2, each of 1,000 objects at most. */
async function* listBucket(
  base: URL,
  name: string,
  prefix: string,
  access: AccessOptions,
  options: ListOptions,
): AsyncIterable<StoredObject> {
  const listed = name + prefix;
  let token = "";
  while (true) {
    const url = new URL(base);
    // As it must be signed: in the order of the names, each blank by its number.
    const query = [["list-type", "2"], ["prefix", prefix]];
    if (options.isFlat) query.unshift(["delimiter", "/"]);
    if (token !== "") query.unshift(["continuation-token", token]);
    url.search = query.map(([key, value]) => `${key}=${encodePart(value)}`).join("&");
    const page = readPage(
      await fetchText(url, listed, access, options),
      "ListBucketResult",
      listed,
    );
    for (const object of childrenOf(page, "Contents")) yield readObject(object, listed);
    if (textOf(page, "IsTruncated") !== "true") return;
    const next = textOf(page, "NextContinuationToken");
    if (next === "" || next === token) throw listingError(listed, "a page does not name its next");
    token = next;
  }
}

function readObject(element: XmlElement, name: string): StoredObject {
  const [key, size] = [textOf(element, "Key"), textOf(element, "Size")];
  if (key === "" || !/^[0-9]+$/.test(size)) {
    throw listingError(name, "an object has no key or size");
  }
  const etag = textOf(element, "ETag");
  const lastModifiedMs = Date.parse(textOf(element, "LastModified"));
  return {
    name: key,
    sizeBytes: Number(size),
    ...(etag === "" ? {} : { etag }),
    ...(Number.isNaN(lastModifiedMs) ? {} : { lastModifiedMs }),
  };
}
