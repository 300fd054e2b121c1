/**
 * `az:` URLs: containers of Azure's Blob Storage.
 *
 * @module
 */
import { checkText } from "../source_options.ts";
import type { AccessOptions } from "../source_options.ts";
import type { ListOptions, StoredObject } from "../store.ts";
import type { AzureOptions } from "./options.ts";
import {
  below,
  encodePart,
  encodePath,
  fetchText,
  listingError,
  readEndpoint,
  remoteScheme,
  splitAddress,
} from "./remote.ts";
import type { Scheme } from "./scheme.ts";
import { childrenOf, readPage, textOf, type XmlElement } from "./xml.ts";

/** Objects of containers, with a shared access signature in each URL where there is one. */
export const azureScheme: Scheme = remoteScheme("az:", (address, access) => {
  const [container, key] = splitAddress(address);
  if (!/^(\$root|\$web|[a-z0-9-]{3,63})$/.test(container)) {
    throw new TypeError("Cannot open a container: its name, behind az://, is none");
  }
  const base = below(locateAccount(access.az ?? {}), `/${container}`);
  base.search = access.az?.sas ?? "";
  const name = `az://${container}/`;
  return [{
    name,
    access,
    locate: (key) => below(base, `/${encodePath(key, name + key)}`),
    list: (prefix, options) => listContainer(base, name, prefix, access, options),
  }, key];
});

function locateAccount({ account, endpoint, sas }: AzureOptions): URL {
  checkText("az.sas", sas);
  if (endpoint !== undefined) return readEndpoint(endpoint, "az.endpoint");
  if (typeof account === "string" && /^[a-z0-9]{3,24}$/.test(account)) {
    return new URL(`https://${account}.blob.core.windows.net`);
  }
  throw new TypeError("az://container/blob needs az.account, the name of its storage account");
}

/** Pages of List Blobs. */
async function* listContainer(
  base: URL,
  name: string,
  prefix: string,
  access: AccessOptions,
  options: ListOptions,
): AsyncIterable<StoredObject> {
  const listed = name + prefix;
  let marker = "";
  while (true) {
    const url = new URL(base);
    const query = [["restype", "container"], ["comp", "list"], ["prefix", prefix]];
    if (options.isFlat) query.push(["delimiter", "/"]);
    if (marker !== "") query.push(["marker", marker]);
    const added = query.map(([key, value]) => `${key}=${encodePart(value)}`).join("&");
    url.search = url.search === "" ? added : `${url.search}&${added}`;
    const page = readPage(
      await fetchText(url, listed, access, options),
      "EnumerationResults",
      listed,
    );
    for (const blobs of childrenOf(page, "Blobs")) {
      for (const blob of childrenOf(blobs, "Blob")) yield readBlob(blob, listed);
    }
    const next = textOf(page, "NextMarker");
    if (next === "") return;
    if (next === marker) throw listingError(listed, "a page names itself as its next");
    marker = next;
  }
}

function readBlob(blob: XmlElement, listed: string): StoredObject {
  const [facts] = childrenOf(blob, "Properties");
  const name = readName(blob, listed);
  const size = facts === undefined ? "" : textOf(facts, "Content-Length");
  if (name === "" || !/^[0-9]+$/.test(size)) {
    throw listingError(listed, "a blob has no name or size");
  }
  const etag = textOf(facts, "Etag");
  const lastModifiedMs = Date.parse(textOf(facts, "Last-Modified"));
  return {
    name,
    sizeBytes: Number(size),
    // The listing has tags without their quotes.
    ...(etag === "" ? {} : { etag: etag.startsWith('"') ? etag : `"${etag}"` }),
    ...(Number.isNaN(lastModifiedMs) ? {} : { lastModifiedMs }),
  };
}

/** The name of a blob; one that no XML can hold (U+FFFE, U+FFFF) is written as in a URL, and said to be so. */
function readName(blob: XmlElement, listed: string): string {
  const [element] = childrenOf(blob, "Name");
  if (element === undefined) return "";
  const { text, attributes } = element;
  if (!/\sEncoded\s*=\s*["']\s*(?:true|1)\s*["']/i.test(attributes)) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw listingError(listed, "the name of a blob is encoded, and is no such text", cause);
  }
}
