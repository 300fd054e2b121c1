/** A mistake of each kind that people make, on the command line of a process of its own. */

import { assert } from "chai";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { makeShard } from "../dataset/shards.ts";
import { withServer } from "../storage/server.ts";
import { runCli, runProcess, runShell } from "./capture.ts";

const TOKEN = "hf_secret";

/** A file that a command is given, and the one line that it must answer. */
interface Mistake {
  readonly name: string;
  readonly command?: "stream" | "ls" | "info";
  readonly file: string;
  /** The file's bytes; absent where it is missing. */
  make?(): Promise<Uint8Array> | Uint8Array;
  readonly says: RegExp;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

// A PNG file of one pixel up to its header, which is all that tells it.
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);

async function readSample(change: (bytes: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  return change(new Uint8Array(await readFile(fileURLToPath(sampleShard()))));
}

function withByte(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  bytes[offset] = value;
  return bytes;
}

const MISTAKES: readonly Mistake[] = [
  {
    name: "a shard cut in a body",
    file: "cut.tar",
    make: () => readSample((bytes) => bytes.subarray(0, 20_000)),
    says:
      /Cannot read "n09193705_00000000\.jpg" from ".*cut\.tar": the archive ends inside its body of \d+ bytes, which begins at byte \d+ \(tar\/truncated\)$/,
  },
  {
    name: "a shard cut in a header",
    file: "cut.tar",
    command: "ls",
    make: () => readSample((bytes) => bytes.subarray(0, 1100)),
    says:
      /Cannot read ".*cut\.tar": the archive ends inside the header at byte 1024 \(tar\/truncated\)$/,
  },
  {
    name: "a header whose checksum does not fit",
    file: "sum.tar",
    make: () => readSample((bytes) => withByte(bytes, 1030, 0x21)),
    says:
      /Cannot read ".*sum\.tar": in the header at byte 1024, its checksum is .* \(tar\/bad-header\)$/,
  },
  {
    name: "a web page in place of a shard",
    file: "page.tar",
    make: () => encode(`<!DOCTYPE html>${"<p>Sign in".repeat(100)}`),
    says: /Cannot read ".*page\.tar": it is a web page \(HTML\): .* \(tar\/not-tar\)$/,
  },
  {
    name: "a missing file",
    file: "gone.tar",
    says: /Cannot open ".*gone\.tar": there is no such file \(source\/not-found\)$/,
  },
  {
    name: "a validation shard with four digits",
    file: "imagenet1k-validation-0003.tar",
    says:
      /there is no such file\. The published validation shards are imagenet1k-validation-00\.tar to imagenet1k-validation-63\.tar \(source\/not-found\)$/,
  },
  {
    name: "a validation shard with two digits",
    file: "imagenet1k-validation-03.tar",
    says: /there is no such file\. .* with four digits, 0000 to 0063 \(source\/not-found\)$/,
  },
  {
    name: "a training shard that is not among the published ones",
    file: "imagenet1k-train-1024.tar",
    says:
      /The published train shards are imagenet1k-train-0000\.tar to imagenet1k-train-1023\.tar /,
  },
  {
    name: "a text in place of a picture",
    file: "text.tar",
    make: () => makeShard([["a.cls", "1"], ["a.jpg", "not a picture"]]),
    says:
      /Cannot decode "a\.jpg" of ".*text\.tar": it is text, not a JPEG file \(jpeg\/not-jpeg\)$/,
  },
  {
    name: "an image that nobody decodes, called .jpg",
    file: "qoi.tar",
    make: () => makeShard([["a.cls", "1"], ["a.jpg", "qoif\0\0"]]),
    says:
      /Cannot decode "a\.jpg" of ".*qoi\.tar": it is a QOI image, .* \(image\/unsupported-format\)$/,
  },
  {
    name: "a PNG image that ends early, called .jpg",
    file: "png.tar",
    make: () => makeShard([["a.cls", "1"], ["a.jpg", PNG]]),
    says: /Cannot decode "a\.jpg" of ".*png\.tar": it ends before its header \(image\/truncated\)$/,
  },
  {
    name: "a PNG file called .jpg",
    file: "png.jpg",
    command: "info",
    make: () => PNG,
    says: /Cannot decode ".*png\.jpg".*: it is a PNG image, not a JPEG file \(jpeg\/not-jpeg\)$/,
  },
  {
    name: "an archive without members",
    file: "empty.tar",
    make: () => makeShard([]),
    says: /Cannot read any sample of ".*empty\.tar": there are none \(sample\/empty\)$/,
  },
  {
    name: "a file of no bytes",
    file: "nothing.tar",
    make: () => new Uint8Array(0),
    says: /Cannot read ".*nothing\.tar": it is empty: there are no bytes \(tar\/truncated\)$/,
  },
  {
    name: "a shard without images",
    file: "labels.tar",
    make: () => makeShard([["a.cls", "1"], ["a.txt", "a"]]),
    says:
      /Cannot read sample "a" of ".*labels\.tar": it has no image field, only cls, txt \(sample\/no-image\)$/,
  },
];

function assertOneLine(notes: readonly string[], says: RegExp): void {
  assert.lengthOf(notes, 1, notes.join("\n"));
  assert.match(notes[0], /^wdstream: Cannot /);
  assert.match(notes[0], says);
}

const files: TestCase[] = MISTAKES.map(({ name, command = "stream", file, make, says }) => ({
  name: `wdstream ${command} reports ${name} in one line`,
  run: () =>
    withFolder(async (folder) => {
      const path = join(folder, file);
      if (make !== undefined) await writeFile(path, await make());
      const { code, lines, notes } = await runProcess([command, path]);
      assertOneLine(notes, says);
      assert.equal(code, 1);
      assert.deepEqual(lines.filter((line) => !line.startsWith("n0")), []);
    }),
}));

/** A status that a host answers with, and the one line that the command must answer. */
const STATUSES: readonly (readonly [status: number, hasToken: boolean, says: RegExp])[] = [
  [404, false, /HTTP 404 Not Found\. The published validation shards .* \(source\/not-found\)$/],
  [
    401,
    false,
    /HTTP 401 Unauthorized \(no credentials were sent\)\. .* accepted the dataset's licence with --token-env \(source\/unauthorized\)$/,
  ],
  [
    401,
    true,
    /HTTP 401 Unauthorized \(the credentials were not accepted\)\. .* has accepted the dataset's licence \(source\/unauthorized\)$/,
  ],
  [501, false, /HTTP 501 Not Implemented \(source\/http\)$/],
];

const hosts: TestCase[] = STATUSES.map(([status, hasToken, says]) => ({
  name: `wdstream stream reports HTTP ${status} ${
    hasToken ? "with" : "without"
  } a token in one line`,
  run: () =>
    withServer(
      (_, response) => response.writeHead(status).end(),
      async ({ origin, seen }) => {
        const url = `${origin}/imagenet1k-validation-0000.tar`;
        const options = hasToken ? ["--token-env", "WDSTREAM_TEST_TOKEN"] : [];
        const { code, notes } = await runProcess(
          ["stream", url, ...options],
          ["--allow-read", `--allow-net=${new URL(origin).host}`, "--allow-env"],
          { WDSTREAM_TEST_TOKEN: TOKEN },
        );
        assertOneLine(notes, says);
        assert.include(notes[0], `Cannot open "${url}": `);
        assert.notInclude(notes[0], TOKEN);
        assert.equal(code, 1);
        const authorization = hasToken ? `Bearer ${TOKEN}` : undefined;
        assert.deepEqual(seen.map(({ headers }) => headers.authorization), [authorization]);
      },
    ),
}));

const SAMPLE = fileURLToPath(sampleShard());
const noDevice = process.platform === "linux" ? undefined : "there is no /dev/full here";

/** Every command that writes results, with a disk that is full and a pipe that nobody reads. */
const outputs: TestCase[] = [
  ["stream", "--size", "32"],
  ["digest"],
  ["info"],
].flatMap(([command, ...options]): TestCase[] => [
  {
    name: `wdstream ${command} reports a full disk in one line`,
    skip: noDevice,
    async run(): Promise<void> {
      const result = await runShell('exec "$@" > /dev/full', command, SAMPLE, ...options);
      assertOneLine(result.notes, /^wdstream: Cannot write the output: .*(space|ENOSPC)/i);
      assert.equal(result.code, 1);
    },
  },
  {
    name: `wdstream ${command} ends quietly when the pipe is closed`,
    async run(): Promise<void> {
      const script = '{ sleep 0.1; "$@"; echo "exit code $?" >&2; } | true';
      const { notes } = await runShell(script, command, SAMPLE, ...options);
      assert.deepEqual(notes, ["exit code 0"]);
    },
  },
]);

/** Commands that write a file, which had better not be the shard. */
const overwriting: TestCase = {
  name: "no command writes over a shard that it is given",
  run: () =>
    withFolder(async (folder) => {
      const path = join(folder, "a.tar");
      const other = join(folder, "other.png");
      const bytes = await readFile(SAMPLE);
      for (const name of [path, other]) await writeFile(name, bytes);
      await symlink(path, join(folder, "link.tar"));
      const mistakes: readonly (readonly [option: string, ...args: string[]])[] = [
        ["--output", "index", path, "--output", join(folder, "..", basename(folder), "a.tar")],
        ["--output", "get", path, "0", "--field", "jpg", "--output", join(folder, "link.tar")],
        ["--output", "preview", SAMPLE, other, "--output", other],
        ["--html", "stats", path, "--limit", "1", "--html", path],
        ["--junit", "verify", SAMPLE, path, "--junit", path],
        ["--html", "verify", join(folder, "link.tar"), "--html", path],
        ["--save", "stream", path, "--save", path],
      ];
      for (const [option, ...args] of mistakes) {
        const { code, notes } = await runCli(...args);
        assert.equal(code, 2, args.join(" "));
        assert.match(notes[0], new RegExp(`: ${option} would write over ".*", which is read; see`));
        for (const name of [path, other]) assert.deepEqual(await readFile(name), bytes);
      }
      // What is only called alike is none: a key, an address, another file.
      const key = join(folder, "17");
      await writeFile(key, "old");
      const got = await runCli("get", path, "17", "--field", "cls", "--output", key);
      assert.equal(got.code, 0, got.notes.join());
      assert.notEqual(String(await readFile(key)), "old");
    }),
};

export const cases: TestCase[] = [...files, ...hosts, ...outputs, overwriting];
