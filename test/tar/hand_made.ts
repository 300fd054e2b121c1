/**
 * Archives that both Python's tarfile and we read, one for each rule of the format.
 * `test/fixtures/tar/golden.json` holds what tarfile makes of them.
 */

import { archive, base256, block, gnuLong, join, member, pax } from "./archive.ts";
import { sparseMade } from "./sparse_made.ts";

const latin1 = Uint8Array.from("caf\xe9.txt", (character) => character.charCodeAt(0));
const longPath = `${"folder/".repeat(30)}file.txt`;

/** The archives by name. */
export const handMade: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "no entries": archive(),
  "one file": archive(member({ name: "a.txt" }, "hello")),
  "empty file and a whole block": archive(
    member({ name: "empty" }),
    member({ name: "block" }, "b".repeat(512)),
    member({ name: "more" }, "c".repeat(513)),
  ),
  "large bodies": archive(
    member({ name: "a.jpg" }, "x".repeat(5000)),
    member({ name: "b.jpg" }, "y".repeat(70_000)),
  ),
  "v7": archive(
    member({ name: "file", typeflag: "\0", magic: "" }, "v7"),
    member({ name: "folder/", typeflag: "\0", magic: "" }),
  ),
  "prefix": archive(member({ name: "file", prefix: "some/folder" }, "1")),
  "prefix without magic": archive(member({ name: "file", prefix: "p", magic: "" }, "1")),
  "prefix with GNU's magic": archive(
    member({ name: "file", prefix: "p", magic: "ustar  \0" }, "1"),
  ),
  "prefix of a folder": archive(member({ name: "d//", prefix: "p", typeflag: "5" })),
  "name and prefix in full": archive(
    member({ name: "n".repeat(100), prefix: "p".repeat(155) }, "full"),
  ),
  "GNU long name": archive(gnuLong("L", longPath), member({ name: longPath.slice(0, 100) }, "1")),
  "GNU long link": archive(
    gnuLong("K", `to/${longPath}`),
    gnuLong("L", `from/${longPath}`),
    member({ name: "short", linkname: "short", typeflag: "2" }),
  ),
  "GNU long name of a folder": archive(
    gnuLong("L", `${longPath}/`),
    member({ name: "d", typeflag: "5" }),
  ),
  "base 256": archive(
    member({ name: "a", size: base256(3n, 12), uid: base256(1_000_000_007n, 8) }, "abc"),
    member({ name: "b", mtime: base256(-5n, 12) }, "d"),
  ),
  "numbers with blanks": archive(
    join([block({ name: "a", size: text(" 5 \0"), mode: " 644 \0" }), padded("hello")]),
    join([block({ name: "b", size: text("         5  ") }), padded("world")]),
    join([block({ name: "c", size: text("\0") })]),
  ),
  "signed checksum": archive(member({ name: latin1, checksum: "signed" }, "signed")),
  "name that is not UTF-8": archive(
    member({ name: latin1 }, "1"),
    member({ name: "café.txt" }, "2"),
  ),
  "pax path, linkpath and times": archive(
    pax("x", { path: `pax/${longPath}`, mtime: "1.5", comment: "a=b=c" }),
    member({ name: "a" }, "1"),
    pax("x", { linkpath: "tó=there", path: "link//" }),
    member({ name: "b", typeflag: "2" }),
    member({ name: "after" }, "2"),
  ),
  "pax size": archive(pax("x", { size: "5" }), member({ name: "a", size: 0 }, "hello")),
  "pax path with = and line feed": archive(
    pax("x", { path: "a=b\nc.txt" }),
    member({ name: "a" }, "1"),
  ),
  "pax path of a folder": archive(
    pax("x", { path: "a/b///" }),
    member({ name: "d", typeflag: "5" }),
  ),
  "pax of Solaris": archive(pax("X", { path: "solaris" }), member({ name: "a" }, "1")),
  "pax binary path": archive(
    member(
      { name: "p", typeflag: "x" },
      join([text("21 hdrcharset=BINARY\n"), text("17 path="), latin1, text("\n")]),
    ),
    member({ name: "a" }, "1"),
  ),
  "pax record that reaches into the padding": archive(
    join([block({ name: "p", typeflag: "x", size: 4 }), padded("12 path=abc\n")]),
    member({ name: "a" }, "1"),
  ),
  "pax records that end at a NUL": archive(
    member({ name: "p", typeflag: "x" }, "12 path=abc\n\0garbage"),
    member({ name: "a" }, "1"),
  ),
  "pax twice in one header": archive(
    member({ name: "p", typeflag: "x" }, "12 path=abc\n12 path=def\n"),
    member({ name: "a" }, "1"),
  ),
  "global pax": archive(
    pax("g", { path: "global", comment: "x" }),
    member({ name: "a" }, "1"),
    member({ name: "b" }, "2"),
    pax("x", { path: "own" }),
    member({ name: "c" }, "3"),
    pax("g", { path: "newer" }),
    member({ name: "d" }, "4"),
  ),
  "global pax before a long name": archive(
    pax("g", { path: "global" }),
    gnuLong("L", "long"),
    member({ name: "a" }, "1"),
  ),
  "pax around a long name": archive(
    pax("x", { path: "from-pax" }),
    gnuLong("L", "from-gnu"),
    member({ name: "a" }, "1"),
  ),
  "long name around pax": archive(
    gnuLong("L", "from-gnu"),
    pax("x", { path: "from-pax" }),
    member({ name: "a" }, "1"),
  ),
  "pax around pax": archive(
    pax("x", { path: "outer" }),
    pax("x", { path: "inner", linkpath: "inner-link" }),
    member({ name: "a", typeflag: "2" }),
  ),
  "global pax, then pax around a long name": archive(
    pax("g", { path: "global" }),
    pax("x", { mtime: "1" }),
    gnuLong("L", "from-gnu"),
    member({ name: "a" }, "1"),
  ),
  "global pax inside pax": archive(
    pax("x", { linkpath: "l" }),
    pax("g", { path: "global" }),
    member({ name: "a", typeflag: "2" }),
    member({ name: "b" }, "1"),
  ),
  "kinds without a body": archive(
    ...["1", "2", "3", "4", "5", "6"].map((typeflag) =>
      block({ name: `kind-${typeflag}`, typeflag, size: 700, linkname: "to" })
    ),
    member({ name: "file" }, "1"),
  ),
  "contiguous file": archive(member({ name: "a", typeflag: "7" }, "contiguous")),
  "unknown kinds": archive(
    member({ name: "volume", typeflag: "V" }),
    member({ name: "dump", typeflag: "D" }, "names ".repeat(200)),
    member({ name: "file" }, "1"),
  ),
  "folders with slashes": archive(
    member({ name: "d///", typeflag: "5" }),
    member({ name: "./", typeflag: "5" }),
  ),
  "entries behind the end": archive(
    member({ name: "a" }, "1"),
    new Uint8Array(512),
    member({ name: "b" }, "2"),
  ),
  "no padding behind the end": join([member({ name: "a" }, "1"), new Uint8Array(512)]),
  "part of a second block of zeros": join([member({ name: "a" }, "1"), new Uint8Array(700)]),
  "the same name twice": archive(member({ name: "a" }, "1"), member({ name: "a" }, "2")),
  "dots, spaces and controls": archive(
    member({ name: "./a b.txt" }, "1"),
    member({ name: "../up" }, "2"),
    member({ name: "tab\there" }, "3"),
  ),
  ...sparseMade,
};

function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value);
}

function padded(value: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(512);
  bytes.set(text(value));
  return bytes;
}
