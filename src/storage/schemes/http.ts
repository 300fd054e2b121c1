/**
 * `http:` and `https:` URLs.
 *
 * @module
 */
import { httpSource } from "../http.ts";
import { nameUrl } from "../redact.ts";
import { withRetries } from "../retry.ts";
import type { Source } from "../source.ts";
import type { AccessOptions } from "../source_options.ts";
import type { Scheme } from "./scheme.ts";

/** Objects behind http(s); their URLs have the query of the folder's. */
export const httpScheme: Scheme = {
  protocols: ["http:", "https:"],
  open(address, options) {
    const url = new URL(address);
    return openUrl(url, options.name ?? nameUrl(url), options);
  },
  openStore(address, options) {
    return {
      open(name) {
        const url = new URL(address);
        url.pathname = url.pathname.replace(/\/?$/, "/") + name;
        return openUrl(url, nameUrl(url), options);
      },
    };
  },
};

function openUrl(url: URL, name: string, options: AccessOptions): Source {
  return withRetries(httpSource(url, name, atOneCommit(url, options)), options);
}

/** What may be a repository's file is asked for at one commit; what knows of repositories is loaded for it alone. */
function atOneCommit(url: URL, options: AccessOptions): AccessOptions {
  if (!url.pathname.includes("/resolve/")) return options;
  let loading: Promise<typeof globalThis.fetch> | undefined;
  return {
    ...options,
    async fetch(input, init) {
      loading ??= import("./hub_pin.ts").then(({ pinAddress }) => pinAddress(url, options));
      return await (await loading)(input, init);
    },
  };
}
