/**
 * What can be done about an error, for whoever looks at the page.
 *
 * @module
 */
import { SourceError, WdsError } from "../../errors.ts";
import type { Source } from "../../storage/source.ts";
import type { Problem } from "../messages.ts";

const DOWNLOAD = "Download the file and drop it here";
const DOWNLOAD_TOO = "download the file and drop it here";

const NO_ACCESS = "This page sends no passwords or tokens. " +
  `${DOWNLOAD}, or run "wdstream serve" with --token-env for a gallery of it.`;

const BEHIND =
  "What stands behind it is not listed; Verify goes on with the next header that is whole.";

const NO_TAR =
  "It is no tar archive, or its very beginning is damaged; then Verify finds what is whole behind that.";

/** By codes. */
const ADVICE: Readonly<Record<string, string>> = {
  "source/not-found": "Look whether the address is spelt as it should be.",
  "source/unauthorized": NO_ACCESS,
  "source/redirect": `${DOWNLOAD}: the page cannot follow the host's redirects.`,
  "source/timeout": "Go on tries again.",
  "source/changed": "It has changed since it was opened: open it again.",
  "source/read":
    "It may have been moved, deleted or written to since it was dropped: drop it again.",
  "source/gzip": "What was unpacked before is listed. Fetch or pack the file again.",
  "source/too-large": "Unpack it, and drop the .tar: that is read in parts, whatever its size.",
  "tar/not-tar": "Shards are tar archives: .tar, or .tar.gz.",
  "tar/truncated":
    "It was cut, or is still being written: fetch it again. What is whole is listed.",
  "tar/bad-header": BEHIND,
  "tar/bad-number": BEHIND,
  "tar/bad-pax": BEHIND,
  "tar/bad-sparse": BEHIND,
};

/** Milliseconds until a host that says nothing counts as not there. */
const PROBE_MS = 10_000;

/** What is wrong, and what can be done about it. */
export async function explain(error: unknown, source: Source | undefined): Promise<Problem> {
  if (!(error instanceof WdsError)) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
  const { code, message } = error;
  if (code === "source/network" && source?.address !== undefined) {
    return { message, code, advice: await explainNetwork(source.address) };
  }
  if (code === "source/range") {
    return {
      message,
      code,
      advice:
        "A host of another origin has to serve ranges, and to name Content-Range among the headers that pages " +
        `may read (Access-Control-Expose-Headers). Read all of it now, or: ${DOWNLOAD_TOO}.`,
      mayReadWhole: true,
    };
  }
  const isFirst = code === "tar/bad-header" && error.offsetBytes === 0;
  return { message, code, advice: isFirst ? NO_TAR : ADVICE[code] };
}

/** The error of a host that gives all of a shard where a part is asked for. */
export function noRangesError(name: string, sizeBytes: number | undefined): SourceError {
  const size = sizeBytes === undefined ? "" : `, ${sizeBytes} bytes`;
  return new SourceError("source/range", {
    action: `read parts of "${name}"`,
    reason: `its host serves no ranges: it gives the whole file${size}, or nothing`,
    shard: name,
  });
}

/** A browser does not tell a page why it may not read from a host; whether there is one, a blind request does. */
async function explainNetwork(address: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    await fetch(address, { method: "HEAD", mode: "no-cors", cache: "no-store", signal });
  } catch {
    return "The host was not reached: look whether its name is spelt as it should be, and whether this machine is " +
      "connected. Go on tries again.";
  }
  return "The host answers, but lets no page of another origin read it (CORS): it would have to send " +
    `Access-Control-Allow-Origin. ${DOWNLOAD}.`;
}
