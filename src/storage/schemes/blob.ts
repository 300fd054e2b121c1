/**
 * `data:` and `blob:` URLs.
 *
 * @module
 */
import { httpSource } from "../http.ts";
import { nameUrl } from "../redact.ts";
import type { Scheme } from "./scheme.ts";

/** What a URL holds by itself, or the runtime holds for it. */
export const blobScheme: Scheme = {
  protocols: ["data:", "blob:"],
  open(address, options) {
    const url = new URL(address);
    return httpSource(url, options.name ?? nameUrl(url), options);
  },
};
