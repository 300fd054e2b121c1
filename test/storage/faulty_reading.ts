/** Reading a small shard from a host that fails: what must come of it, on every runtime. */

import { WdsError } from "../../src/errors.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { makeShard } from "../dataset/shards.ts";
import { makeNoise } from "./bytes.ts";

// No fault of these lets a host say nothing for ever: who waits longer waits for a machine that has too much to do.
const QUICK = { attempts: 4, baseMs: 1, maxMs: 4, connectMs: 10_000, stallMs: 250 };

/** What the host does to the first request of a path; those after it are answered as they should be. */
export const HOST_FAULTS = [
  "reset",
  "stall",
  "stall-go-on",
  "408",
  "425",
  "429",
  "429-after",
  "429-limit",
  "500",
  "500-after",
  "502",
  "502-after",
  "503",
  "503-after",
  "504",
  "504-after",
  "520",
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

/** Readings at one time. */
export const READERS = 24;

/** The shard that the host has, as small as one can be: one member, and no end. */
export async function makeFaultyShard(): Promise<Uint8Array<ArrayBuffer>> {
  return (await makeShard([["a.bin", makeNoise(300)]])).slice(0, 1024);
}

/** Meets each fault of a host at every so-many-th byte, and gives how often what came of it. */
export async function meetFaults(
  origin: string,
  every: number,
  first = 0,
): Promise<Record<string, number>> {
  const shard = await makeFaultyShard();
  const expected = await textOf(webdataset(shard, { endOfArchive: "optional" }));
  const codes: Record<string, number> = {};
  const places: [fault: string, at: number][] = [];
  for (const fault of HOST_FAULTS) {
    for (let at = first; at < shard.length; at += every) places.push([fault, at]);
  }
  await Promise.all(Array.from({ length: READERS }, async () => {
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const code = await readFaulty(origin, ...place, [expected]);
      codes[code] = (codes[code] ?? 0) + 1;
    }
  }));
  return codes;
}

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
