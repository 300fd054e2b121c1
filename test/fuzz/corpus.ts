/** The files that are damaged: every small fixture and, if asked for, the small shared files. */
import { fileFixtures } from "../fixtures.ts";
import { listShared, readShared } from "../shared_data.ts";
import type { Origin } from "./campaign.ts";

const FOLDERS = [
  "arithmetic",
  "baseline",
  "broken",
  "colour",
  "extreme",
  "lossless",
  "markers",
  "pictures",
  "progressive",
  "samplings",
  "scans",
];
const SHARED = ["extreme", "jpeg-suite"];

const MAX_FIXTURE_BYTES = 8000;
const MAX_SHARED_BYTES = 60_000;

/** Reads the files, fixtures up to a size in bytes. */
export async function readCorpus(
  withShared: boolean,
  maxFixtureBytes: number = MAX_FIXTURE_BYTES,
): Promise<Origin[]> {
  const origins: Origin[] = [];
  const add = (name: string, bytes: Uint8Array, maxBytes: number): void => {
    // The mutations need a start marker, and something behind it.
    if (bytes.length > 8 && bytes.length <= maxBytes) origins.push({ name, bytes });
  };
  for (const folder of FOLDERS) {
    for (const name of await fileFixtures.list(`jpeg/${folder}`)) {
      const path = `${folder}/${name}`;
      add(path, await fileFixtures.read(`jpeg/${path}`), maxFixtureBytes);
    }
  }
  for (const folder of withShared ? SHARED : []) {
    for (const name of await listShared(folder)) {
      const path = `${folder}/${name}`;
      add(path, await readShared(path), MAX_SHARED_BYTES);
    }
  }
  return origins;
}
