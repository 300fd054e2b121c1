import { sampleShard, webdataset } from "../../src/dataset/mod.ts";
import { evaluation } from "../../src/image/mod.ts";
import { readSamples } from "../../src/sample/mod.ts";
import type { Sample } from "../../src/sample/sample.ts";
import { toSource } from "../../src/storage/mod.ts";
import { readTar, type TarInput, UntarStream, writeTar } from "../../src/tar/mod.ts";
import type { TestCase } from "../case.ts";
import { collect, CountingSource, makeTextShard } from "../dataset/shards.ts";
import { listShared, readShared, sharedSkip } from "../shared_data.ts";
import { archive, inChunks, member } from "../tar/archive.ts";
import type { Std, StdTarEntry, StdTarHeader, StdTarInput } from "./std.ts";

/** What two readers must agree on. */
type ListedEntry =
  & Pick<
    StdTarHeader,
    "size" | "mode" | "uid" | "gid" | "mtime" | "typeflag" | "linkname"
  >
  & { readonly path: string; readonly body: string };

// The type flags of pax and GNU records, which `@std/tar` takes for members.
const RECORD_FLAGS = "xXgLKS";

const isMember = ({ typeflag }: ListedEntry): boolean => !RECORD_FLAGS.includes(typeflag);

// Numbers in base 256 are none to `@std/tar`.
const hasNumbers = ({ uid, gid, size }: ListedEntry): boolean => !isNaN(uid + gid + size);

/** Archives of the suite that both read, and differently. */
const EXCEPTIONS: ReadonlySet<string> = new Set([
  // A prefix under GNU's magic: joined to the name by tarfile and us, not by `@std/tar`.
  "ayuhito__tests_web_fixtures_gnu-incremental.tar",
  // A name that is not UTF-8: distinct names become one in `@std/tar`.
  "ayuhito__tests_web_fixtures_latin1.tar",
]);

/** How many archives of the suite are compared. */
const COMPARED = 12;

const MEMBERS: readonly TarInput[] = [
  { path: "dir", type: "directory", mtime: 5 },
  { path: "dir/empty.txt", bytes: new Uint8Array(0) },
  { path: "dir/a.jpg", bytes: makeBytes(512), mode: 0o600, uid: 7, gid: 8, mtime: 1_700_000_000 },
  { path: "dir/a.cls", bytes: makeBytes(513) },
  { path: `${"long".repeat(30)}/${"name".repeat(20)}.txt`, bytes: makeBytes(1) },
  { path: "link", type: "symlink", linkname: "dir/a.jpg" },
  { path: "last.bin", bytes: makeBytes(70_000) },
];

function makeBytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => index * 31 + length);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes.slice());
  return new Uint8Array(hash).toHex();
}

async function listOurs(bytes: Uint8Array): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  for await (const { path, header, bytes: body } of readTar(inChunks(bytes, 4096))) {
    entries.push(await describeEntry(path, header, body));
  }
  return entries;
}

async function describeEntry(
  path: string,
  { size, mode, uid, gid, mtime, typeflag, linkname }: StdTarHeader,
  body: Uint8Array,
): Promise<ListedEntry> {
  // The flag of old archives is NUL, which the readers name differently.
  const flag = typeflag === "\0" ? "0" : typeflag;
  // Python's tarfile drops the slash of folders, and so does readTar().
  const name = path.replace(/\/$/, "");
  return {
    path: name,
    size,
    mode,
    uid,
    gid,
    mtime,
    typeflag: flag,
    linkname,
    body: await digest(body),
  };
}

/** Any function that takes `@std/tar`'s entries; ours must pass for them. */
async function countBodies(entries: AsyncIterable<StdTarEntry>): Promise<number> {
  let bodies = 0;
  for await (const { readable } of entries) {
    await readable?.cancel();
    if (readable !== undefined) bodies++;
  }
  return bodies;
}

/** Makes the tests, for the packages given. */
export function makeStdCases({ assert, streams, tar }: Std): TestCase[] {
  const { assertEquals } = assert;

  async function listTheirs(bytes: Uint8Array): Promise<ListedEntry[]> {
    const entries: ListedEntry[] = [];
    for await (const entry of inChunks(bytes, 4096).pipeThrough(new tar.UntarStream())) {
      const body = entry.readable === undefined
        ? new Uint8Array(0)
        : new Uint8Array(await streams.toArrayBuffer(entry.readable));
      entries.push(await describeEntry(entry.path, entry.header, body));
    }
    return entries;
  }

  async function packByTheirs(inputs: readonly StdTarInput[]): Promise<Uint8Array<ArrayBuffer>> {
    const packed = ReadableStream.from(inputs).pipeThrough(new tar.TarStream());
    return new Uint8Array(await streams.toArrayBuffer(packed));
  }

  return [
    {
      name: "readTar() and @std/tar's UntarStream agree on an archive of writeTar()",
      async run(): Promise<void> {
        const bytes = await streams.toArrayBuffer(ReadableStream.from(writeTar(MEMBERS)));
        const ours = await listOurs(new Uint8Array(bytes));
        assertEquals(ours.length, MEMBERS.length);
        assertEquals(await listTheirs(new Uint8Array(bytes)), ours);
      },
    },
    {
      name: "readTar() and @std/tar's UntarStream agree on the built-in sample",
      async run(): Promise<void> {
        const bytes = await streams.toArrayBuffer((await toSource(sampleShard()).open()).body);
        const ours = await listOurs(new Uint8Array(bytes));
        assertEquals(ours.length, 108);
        // Its pax records hold the fractions of times, of which theirs knows nothing.
        const theirs = (await listTheirs(new Uint8Array(bytes))).filter(isMember);
        assertEquals(theirs, ours.map((entry) => ({ ...entry, mtime: Math.floor(entry.mtime) })));
      },
    },
    {
      name: "readTar() refuses what @std/tar's UntarStream refuses: a wrong checksum, a cut",
      async run(): Promise<void> {
        const whole = archive(member({ name: "a.txt" }, "abc"), member({ name: "b.txt" }, "de"));
        const damaged = archive(member({ name: "a.txt", checksum: "wrong" }, "abc"));
        for (const bytes of [damaged, whole.slice(0, 1024), whole.slice(0, 1300)]) {
          for (const list of [listOurs, listTheirs]) {
            const entries = await list(bytes).catch(() => "refused");
            assertEquals(entries, "refused");
          }
        }
      },
    },
    {
      name: "readTar() and @std/tar's UntarStream agree on the archives beside the repository",
      skip: sharedSkip,
      async run(): Promise<void> {
        let compared = 0;
        const names = (await listShared("tar-suite")).filter((name) => name.endsWith(".tar"));
        for (const name of names) {
          const bytes = await readShared(`tar-suite/${name}`);
          const theirs = await listTheirs(bytes).catch(() => undefined);
          const known = theirs?.every((entry) => isMember(entry) && hasNumbers(entry));
          if (!known || EXCEPTIONS.has(name)) continue;
          assertEquals(theirs, await listOurs(bytes), name);
          compared++;
        }
        assertEquals(compared, COMPARED);
      },
    },
    {
      name: "readSamples() groups the entries of @std/tar's UntarStream as those of readTar()",
      async run(): Promise<void> {
        const options = { shard: "sample.tar" };
        const { body: stored } = await toSource(sampleShard()).open();
        const theirs = stored.pipeThrough(new tar.UntarStream());
        const given = await collect(readSamples(theirs, options));
        const expected = await collect(
          readSamples(readTar((await toSource(sampleShard()).open()).body), options),
        );
        assertEquals(given.length, 36);
        const facts = ({ key, shard, fields }: Sample): unknown => [key, shard, { ...fields }];
        assertEquals(given.map(facts), expected.map(facts));
      },
    },
    {
      name: "readTar() with bodies as streams passes for the entries of @std/tar",
      async run(): Promise<void> {
        const bytes = writeTar(MEMBERS);
        assertEquals(await countBodies(readTar(bytes, { body: "stream" })), 5);
      },
    },
    {
      name: "readTar() reads the archives of @std/tar's TarStream",
      async run(): Promise<void> {
        const bodies = [0, 1, 511, 512, 513, 40_000].map(makeBytes);
        const options = { mode: 0o640, uid: 3, gid: 4, mtime: 1_600_000_000 };
        const long = `${"folder/".repeat(20)}${"x".repeat(60)}`;
        const bytes = await packByTheirs([
          { type: "directory", path: "folder/", options: { ...options } },
          ...bodies.map((body, index): StdTarInput => ({
            type: "file",
            path: `${long}${index}.bin`,
            size: body.length,
            readable: new Blob([body]).stream(),
            options: { ...options },
          })),
          { type: "symlink", path: "link", linkname: "folder", options: { ...options } },
        ]);
        const entries = await collect(readTar(inChunks(bytes, 1000)));
        const paths = bodies.map((_, index) => `${long}${index}.bin`);
        assertEquals(entries.map(({ path }) => path), ["folder", ...paths, "link"]);
        assertEquals(entries.slice(1, -1).map((entry) => entry.bytes), bodies);
        assertEquals(entries.at(-1)?.header.linkname, "folder");
        for (const { header: { mode, uid, gid, mtime } } of entries) {
          assertEquals({ mode, uid, gid, mtime }, options);
        }
      },
    },
    {
      name: "webdataset() reads a shard that @std/tar's TarStream is writing",
      async run(): Promise<void> {
        const files = ["a.cls", "a.txt", "b.cls", "b.txt"].map((path): StdTarInput => {
          const body = new TextEncoder().encode(path);
          return { type: "file", path, size: body.length, readable: new Blob([body]).stream() };
        });
        const shard = ReadableStream.from(files).pipeThrough(new tar.TarStream());
        const found = await collect(webdataset(shard));
        assertEquals(found.map(({ key, fields }) => [key, Object.keys(fields)]), [
          ["a", ["cls", "txt"]],
          ["b", ["cls", "txt"]],
        ]);
      },
    },
    {
      name: "a source's stream pipes through @std/streams into UntarStream",
      async run(): Promise<void> {
        const shard = await makeTextShard("x", 4);
        const { body: slice } = await toSource(shard).open();
        const part = slice.pipeThrough(new streams.ByteSliceStream(2048, shard.length - 1));
        const entries = await collect(part.pipeThrough(new UntarStream()));
        assertEquals(entries.length, 6);
        assertEquals(entries[0].path, "x1.cls");
      },
    },
    {
      name: "Dataset.readable() pipes through LimitedTransformStream, which ends the reading",
      async run(): Promise<void> {
        const shard = await makeTextShard("x", 200);
        const source = new CountingSource("x.tar", shard);
        const limited = webdataset(source).readable()
          .pipeThrough(new streams.LimitedTransformStream<Sample>(3));
        assertEquals((await collect(limited)).map(({ key }) => key), ["x0", "x1", "x2"]);
        // The end runs back through the pipe after the reader has seen it.
        for (let turn = 0; turn < 50 && !source.left; turn++) await pause(2);
        assertEquals(source.left, true);
      },
    },
    {
      name: "Dataset.readable() can be joined and changed by @std/streams",
      async run(): Promise<void> {
        const [a, b] = [await makeTextShard("a", 2), await makeTextShard("b", 1)];
        const joined = streams.concatReadableStreams(
          webdataset(a).readable(),
          webdataset(b).readable(),
        );
        const keys = joined.pipeThrough(streams.toTransformStream(async function* (items) {
          for await (const { key } of items as ReadableStream<Sample>) yield `${key}\n`;
        }));
        const lines = (keys as ReadableStream<string>).pipeThrough(new streams.TextLineStream());
        assertEquals(await collect(lines), ["a0", "a1", "b0"]);
      },
    },
    {
      name: "Dataset.readable() of batches goes through toTransformStream()",
      async run(): Promise<void> {
        const batches = webdataset(sampleShard()).transform(evaluation({ size: 32 })).batch(16);
        const sizes = batches.readable().pipeThrough(
          streams.toTransformStream<{ size: number }, number>(async function* (items) {
            for await (const { size } of items) yield size;
          }),
        );
        assertEquals(await collect(sizes), [16, 16, 4]);
      },
    },
  ];
}
