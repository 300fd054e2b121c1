/** Files of the command line by their content, and standard input. */

import { assert } from "chai";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { sampleShard } from "../../src/dataset/mod.ts";
import { sha256 } from "../reference/digest.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { makeShard } from "../dataset/shards.ts";
import { makeMisnamed } from "../dataset/content.cases.ts";
import { fixturePath } from "../fixtures.ts";
import { sendBody, withServer } from "../storage/server.ts";
import { runCli, runShell } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());
const PICTURE = fixturePath("jpeg/baseline/420_42x32.jpg");
const onUnix = process.platform === "win32" ? "there is no sh here" : undefined;

/** Lines of a command on the sample, or on the picture, as a file with its own name. */
async function linesOf(...args: string[]): Promise<readonly string[]> {
  const { code, lines, notes } = await runCli(...args);
  assert.equal(code, 0, notes.join("\n"));
  return lines;
}

/** The same text without the names of files. */
function unnamed(lines: readonly string[]): string {
  return lines.join("\n").replace(/"(key|name|shard)": ?"[^"]*"/g, "$1");
}

const COMMANDS: readonly (readonly string[])[] = [
  ["digest"],
  ["info"],
  ["ls", "--json"],
  ["index", "--output", "-"],
];

export const cases: TestCase[] = [
  {
    name: "wdstream digest and info look at what a file is, not at its name",
    run: () =>
      withFolder(async (folder) => {
        const names = ["noext", "a.jpg", "b.bin", "c.png"];
        for (const name of names) {
          const shard = join(folder, name);
          await copyFile(SAMPLE, shard);
          assert.equal(
            unnamed(await linesOf("digest", shard, "--limit", "3")),
            unnamed(await linesOf("digest", SAMPLE, "--limit", "3")),
          );
          assert.equal(
            unnamed(await linesOf("info", shard)),
            unnamed(await linesOf("info", SAMPLE)),
          );
          await writeFile(shard, gzipSync(await readFile(SAMPLE)));
          assert.lengthOf(await linesOf("digest", shard), 36, `compressed ${name}`);
        }
        for (const name of ["d.tar", "noext", "e.png"]) {
          const picture = join(folder, name);
          await copyFile(PICTURE, picture);
          assert.equal(
            unnamed(await linesOf("digest", picture)),
            unnamed(await linesOf("digest", PICTURE)),
          );
          assert.equal(
            unnamed(await linesOf("info", picture)),
            unnamed(await linesOf("info", PICTURE)),
          );
        }
      }),
  },
  {
    name: "wdstream digest and info take an archive for one, whatever its first member is called",
    run: () =>
      withFolder(async (folder) => {
        const shard = join(folder, "shard");
        for (const name of ["BM.cls", "GIF89a.cls", "P6 x.cls", "qoif.cls", "II*.cls"]) {
          await writeFile(shard, await makeShard([[name, "1"]]));
          assert.include((await linesOf("info", shard)).join("\n"), '"samples": 1');
        }
        await writeFile(shard, new Uint8Array(1024));
        const { code, notes } = await runCli("info", shard);
        assert.equal(code, 1);
        assert.match(notes[0], /sample\/empty/);
      }),
  },
  {
    name: "wdstream digest and info say what a file is that is neither a shard nor an image",
    run: () =>
      withFolder(async (folder) => {
        const files: readonly (readonly [name: string, bytes: string, says: RegExp])[] = [
          [
            "notes.txt",
            "plain",
            /it is text, neither a shard \(tar\) nor an image .*unsupported-format/,
          ],
          ["page", "<!DOCTYPE html><p>", /it is a web page, neither/],
          ["empty", "", /it is empty, neither/],
          ["a.tar", "plain text", /tar\/|archive/],
          ["b.jpg", "plain text", /it is text/],
          ["c.jpg", "", /it is empty/],
          ["d.tar", "", /it is empty/],
        ];
        for (const [name, bytes, says] of files) {
          await writeFile(join(folder, name), bytes);
          for (const command of ["digest", "info"]) {
            const { code, lines, notes } = await runCli(command, join(folder, name));
            assert.equal(code, 1);
            assert.match([...lines, ...notes].join("\n"), says, `${command} ${name}`);
          }
        }
      }),
  },
  {
    name: "wdstream digest decodes pictures whatever they are called",
    run: (fixtures) =>
      withFolder(async (folder) => {
        const shard = join(folder, "a.tar");
        const { shard: bytes, pixels } = await makeMisnamed(fixtures);
        await writeFile(shard, bytes);
        const { code, lines } = await runCli("digest", shard);
        assert.equal(code, 0);
        const rows = lines.map((line) => JSON.parse(line));
        assert.deepEqual(
          rows.map(({ width, sha256 }) => [width, sha256]),
          await Promise.all(pixels.map(async ({ width, data }) => [width, await sha256(data)])),
        );
        const { lines: tensors } = await runCli("digest", shard, "--as", "u8", "--size", "32");
        const digests = tensors.map((line) => JSON.parse(line).sha256);
        assert.equal(digests[0], digests[2]);
        assert.equal(new Set(digests.slice(3)).size, 1);
      }),
  },
  {
    name: "wdstream digest and stream take the field of the image by --field",
    run: () =>
      withFolder(async (folder) => {
        const [first, second] = await Promise.all(
          ["420_42x32", "422_44x30"].map((name) =>
            readFile(fixturePath(`jpeg/baseline/${name}.jpg`))
          ),
        );
        const shard = join(folder, "a.tar");
        await writeFile(
          shard,
          await makeShard([["a.jpg", first], ["a.thumb.jpg", second], ["b.png", first]]),
        );
        const widths = async (field: string): Promise<unknown[]> => {
          const { lines } = await runCli("digest", shard, "--field", field);
          return lines.map((line) => JSON.parse(line).width);
        };
        assert.deepEqual(await widths("thumb.jpg;png"), [44, 42]);
        assert.deepEqual(await widths("jpg;png"), [42, 42]);
        assert.deepEqual(await widths("thumb.jpg"), [44, undefined]);
        const { lines } = await runCli("stream", shard, "--field", "thumb.jpg;png", "--size", "32");
        assert.equal(lines[0], "1 shard, 2 samples, 1 batch of [2, 3, 32, 32]");
      }),
  },
  {
    name: "wdstream digest and info read URLs that end in no extension",
    async run(): Promise<void> {
      const files: Record<string, Uint8Array> = {
        "/shards/17": await readFile(SAMPLE),
        "/pictures/4": await readFile(PICTURE),
      };
      await withServer(
        (request, response) => sendBody(request, response, files[request.url!.split("?")[0]]),
        async ({ origin, seen }) => {
          assert.lengthOf(await linesOf("digest", `${origin}/shards/17?token=x`), 36);
          assert.include((await linesOf("info", `${origin}/shards/17`)).join(), '"samples": 36');
          const [row] = await linesOf("digest", `${origin}/pictures/4`);
          assert.deepInclude(JSON.parse(row), { key: "4", width: 42, height: 32 });
          assert.include((await linesOf("info", `${origin}/pictures/4`)).join(), '"width": 42');
          // Each was asked for once.
          assert.lengthOf(seen, 4);
        },
      );
    },
  },
  {
    name: "wdstream reads an archive without an end marker with --end-of-archive optional",
    run: () =>
      withFolder(async (folder) => {
        const shard = join(folder, "a.tar");
        const bytes = await readFile(SAMPLE);
        let end = bytes.length;
        while (bytes[end - 1] === 0) end--;
        await writeFile(shard, bytes.subarray(0, Math.ceil(end / 512) * 512));
        for (const command of [...COMMANDS, ["stream", "--size", "32"]]) {
          const args = [...command, shard];
          const strict = await runCli(...args);
          assert.equal(strict.code, 1, args.join(" "));
          assert.match(strict.notes.join("\n"), /tar\/truncated/);
          assert.equal((await runCli(...args, "--end-of-archive", "required")).code, 1);
          const lenient = await runCli(...args, "--end-of-archive", "optional");
          assert.equal(lenient.code, 0, lenient.notes.join("\n"));
        }
      }),
  },
  {
    name: "wdstream reads standard input, compressed or not, as it reads a file",
    skip: onUnix,
    async run(): Promise<void> {
      for (const [command, ...options] of COMMANDS) {
        const expected = unnamed(await linesOf(command, SAMPLE, ...options));
        for (const feed of [`cat "${SAMPLE}"`, `gzip -c "${SAMPLE}"`]) {
          // A compressed shard has no offsets.
          if (command === "index" && feed.startsWith("gzip")) continue;
          const { code, lines, notes } = await runShell(`${feed} | "$@"`, command, "-", ...options);
          assert.equal(code, 0, notes.join("\n"));
          assert.deepEqual(notes, []);
          const got = unnamed(lines);
          if (command === "info" && feed.startsWith("gzip")) assert.include(got, '"samples": 36');
          else if (command === "index") {
            assert.deepEqual(got.split("\n").slice(2), expected.split("\n").slice(2));
          } else assert.equal(got, expected, command);
        }
      }
      const ran = await runShell(`cat "${SAMPLE}" | "$@"`, "stream", "-", "--size", "32");
      assert.match(ran.lines[0], /^1 shard, 36 samples/);
      const picture = await runShell(
        'exec "$@" < "$PICTURE"'.replace("$PICTURE", PICTURE),
        "digest",
        "-",
      );
      assert.deepInclude(JSON.parse(picture.lines[0]), { key: "-", width: 42, height: 32 });
    },
  },
  {
    name: "wdstream leaves standard input when it has what it wants, and reads it once",
    skip: onUnix,
    run: () =>
      withFolder(async (folder) => {
        // The writer goes on for longer than a test may take; it is still there when the command has ended.
        const feed = `mkfifo "${folder}/p"; (cat "${SAMPLE}"; exec sleep 600) > "${folder}/p" & `;
        const { code, lines } = await runShell(
          `${feed} W=$!; "$@" < "${folder}/p"; C=$?; kill $W && exit $C`,
          "ls",
          "-",
          "--limit",
          "2",
        );
        assert.equal(code, 0);
        assert.lengthOf(lines, 2);
        const twice = await runShell(`cat "${SAMPLE}" | "$@"`, "ls", "-", "-");
        assert.equal(twice.code, 1);
        assert.lengthOf(twice.lines, 36);
        assert.match(twice.notes[0], /^wdstream: Cannot open "-": a stream can be read only once/);
      }),
  },
];
