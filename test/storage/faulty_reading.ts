/** Reading a small shard from a host that fails: what must come of it, on every runtime. */

import { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";

const QUICK = { attempts: 4, baseMs: 1, maxMs: 4, connectMs: 2000, stallMs: 250 };

/** What the host does to the first request of a path; those after it are answered as they should be. */
export const HOST_FAULTS = [
  "reset",
  "stall",
  "stall-go-on",
  "408",
  "429",
  "429-after",
  "500",
  "502",
  "503",
  "503-after",
  "504",
  "length-more",
  "length-less",
  "no-length",
  "whole",
  "other-range",
  "gzip",
  "redirect-loop",
  "redirect-other",
  "expired",
  "changed",
  "drop",
  "slow",
  "html",
] as const;

/** One of {@linkcode HOST_FAULTS}. */
export type HostFault = typeof HOST_FAULTS[number];

/** Faults that no other request mends. */
const LASTING: ReadonlySet<string> = new Set(["redirect-loop", "expired", "changed", "html"]);

/** The samples of a shard, as text. */
export type ShardText = string;

/**
 * Reads a shard at `ORIGIN/FAULT/AT/ID`.
 *
 * @param expected What it has; of a host that changes it, also the other version.
 * @returns `whole`, or the code of its error.
 * @throws {Error} If it is neither.
 */
export async function readFaulty(
  origin: string,
  fault: string,
  at: number,
  expected: readonly ShardText[],
): Promise<string> {
  const url = `${origin}/${fault}/${at}/${crypto.randomUUID()}`;
  const dataset = webdataset(url, { token: "s3cr3t", retry: QUICK, endOfArchive: "optional" });
  const place = `${fault} at byte ${at}`;
  let text: string;
  try {
    text = await textOf(dataset);
  } catch (error) {
    const { message, cause } = error as Error;
    if (/s3cr3t/.test(`${message} ${cause}`)) throw new Error(`${place}: the token is shown`);
    if (!(error instanceof WdsError)) throw new Error(`${place}: no typed error: ${error}`);
    if (!LASTING.has(fault)) throw new Error(`${place}: ${message}`);
    // Where the page was not read to its end, the shard is another object than the page.
    const isNamed = error.code === "source/changed" || /web page/.test(message);
    if (fault === "html" && !isNamed) throw new Error(`${place}: ${message}`);
    return error.code;
  }
  if (!expected.includes(text)) throw new Error(`${place}: other samples: ${text}`);
  return "whole";
}

/** What a shard has, as text. */
export async function textOf(samples: ReturnType<typeof webdataset>): Promise<ShardText> {
  let text = "";
  for await (const { key, bytes } of samples) {
    text += key;
    for (const [name, field] of Object.entries(bytes)) text += ` ${name}=${field.join()}`;
    text += "\n";
  }
  return text;
}
