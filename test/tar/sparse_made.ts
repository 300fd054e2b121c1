/** Sparse archives that both Python's tarfile and we read: a part of those of `hand_made.ts`. */

import { archive, gnuLong, member, pax } from "./archive.ts";
import { oldSparse, type Parts, paxSparse } from "./sparse.ts";

const FEW: Parts = [[0, 512], [4096, 100], [9000, 1000]];
const MANY: Parts = Array.from({ length: 70 }, (_, i) => [100 * i + 20, 7 + i]);
const BEHIND: Parts = [[2048, 600]];
const longPath = `${"folder/".repeat(30)}mask.npy`;

/** Before and behind each stands a plain file, so that the reader is seen to find its place again. */
function between(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return archive(
    member({ name: "a.txt" }, "before"),
    ...parts,
    member({ name: "c.txt" }, "behind"),
  );
}

const versions = ["0.0", "0.1", "1.0"] as const;

function ofEachVersion(
  what: string,
  parts: Parts,
  size: number,
): Record<string, Uint8Array<ArrayBuffer>> {
  const name = "b.mask.npy";
  return Object.fromEntries([
    [`sparse by GNU's header, ${what}`, between(oldSparse(name, parts, size))],
    ...versions.map((version) => [
      `sparse by pax ${version}, ${what}`,
      between(paxSparse(version, name, parts, size)),
    ]),
  ]);
}

/** The archives by name. */
export const sparseMade: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  ...ofEachVersion("with data at its end", FEW, 10_000),
  ...ofEachVersion("with zeros at its end", FEW, 20_000),
  ...ofEachVersion("with zeros at its start", BEHIND, 2648),
  ...ofEachVersion("of 70 parts", MANY, 7123),
  ...ofEachVersion("with an empty part at its end", [...FEW, [30_000, 0]], 30_000),
  ...ofEachVersion("of zeros alone", [[5000, 0]], 5000),
  ...ofEachVersion("without holes", [[0, 1500]], 1500),
  ...ofEachVersion("of no bytes", [[0, 0]], 0),
  "sparse by GNU's header, behind a long name": between(
    gnuLong("L", longPath),
    oldSparse(longPath.slice(0, 100), FEW, 10_000),
  ),
  "sparse by GNU's header, behind pax": between(
    pax("x", { path: "from-pax", mtime: "1.5" }),
    oldSparse("b", FEW, 10_000),
  ),
  "sparse by GNU's header, behind global pax": between(
    pax("g", { path: "global", comment: "x" }),
    oldSparse("b", FEW, 10_000),
  ),
  "sparse by pax 0.1, with a path behind its name": between(
    paxSparse("0.1", "from-name", FEW, 10_000, { path: "from-path" }),
  ),
  "sparse by pax 1.0, around a long name": between(
    paxSparse("1.0", "from-name", FEW, 10_000).subarray(0, 1024),
    gnuLong("L", "from-gnu"),
    paxSparse("1.0", "from-name", FEW, 10_000).subarray(1024),
  ),
  "sparse by pax 1.0, behind global pax": between(
    pax("g", { mtime: "2", comment: "x" }),
    paxSparse("1.0", "b", FEW, 10_000),
  ),
};
