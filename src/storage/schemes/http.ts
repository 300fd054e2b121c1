/**
 * `http:` and `https:` URLs.
 *
 * @module
 */
import { httpSource } from "../http.ts";
import { nameUrl } from "../redact.ts";
import { withRetries } from "../retry.ts";
import type { Scheme } from "./scheme.ts";

/** Objects behind http(s); their URLs have the query of the folder's. */
export const httpScheme: Scheme = {
  protocols: ["http:", "https:"],
  open(address, options) {
    const url = new URL(address);
    return withRetries(httpSource(url, options.name ?? nameUrl(url), options), options.retry);
  },
  openStore(address, options) {
    return {
      open(name) {
        const url = new URL(address);
        url.pathname = url.pathname.replace(/\/?$/, "/") + name;
        return withRetries(httpSource(url, nameUrl(url), options), options.retry);
      },
    };
  },
};
