import { assert } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sampleShard } from "../../src/dataset/mod.ts";
import type { TestCase } from "../case.ts";
import { withFolder } from "../temporary.ts";
import { makeShard } from "../dataset/shards.ts";
import { type CliResult, runCli, runShell } from "./capture.ts";

const SAMPLE = fileURLToPath(sampleShard());

function assertOneNote({ code, notes }: CliResult, expected: RegExp, exitCode = 1): void {
  assert.equal(code, exitCode, notes.join("\n"));
  assert.lengthOf(notes, 1);
  assert.notInclude(notes[0], "\n");
  assert.match(notes[0], expected);
}

export const cases: TestCase[] = [
  {
    name: "wdstream stream works on the built-in sample and sums up",
    async run(): Promise<void> {
      const { code, lines, notes } = await runCli("stream", "--batch", "16", "--size", "64");
      assert.equal(code, 0);
      assert.deepEqual(notes, []);
      assert.equal(lines[0], "1 shard, 36 samples, 3 batches of [16, 3, 64, 64]");
      assert.match(lines[1], /^36 images, [0-9]+ images\/s, [0-9.]+ MB\/s, 0 skipped$/);
    },
  },
  {
    name: "wdstream stream stops after --limit samples",
    async run(): Promise<void> {
      const { lines } = await runCli("stream", SAMPLE, SAMPLE, "--limit", "5", "--size", "32");
      assert.equal(lines[0], "1 shard, 5 samples, 1 batch of [5, 3, 32, 32]");
    },
  },
  {
    name: "wdstream stream decodes in --workers threads",
    async run(): Promise<void> {
      const { code, lines } = await runCli("stream", SAMPLE, "--workers", "2", "--size", "32");
      assert.equal(code, 0);
      assert.equal(lines[0], "1 shard, 36 samples, 1 batch of [36, 3, 32, 32]");
    },
  },
  {
    name: "wdstream stream reports what it skipped, and exits with 1",
    async run(): Promise<void> {
      await withFolder(async (folder) => {
        const missing = join(folder, "missing.tar");
        const args = ["stream", missing, SAMPLE, "--size", "32"];
        assertOneNote(await runCli(...args), /^wdstream: Cannot open .*missing\.tar.*not-found/);
        // A shard that is missing is no fault of its data.
        const strict = await runCli(...args, "--on-error", "skip");
        assertOneNote(strict, /^wdstream: Cannot open .*missing\.tar/);
        const skipping = await runCli(...args, "--on-unavailable", "skip");
        assertOneNote(skipping, /^skipped: Cannot open .*missing\.tar/);
        assert.match(skipping.lines[1], /^36 images, .* 1 skipped$/);
      });
    },
  },
  {
    name: "wdstream digest prints a line of JSON for every sample of a shard",
    async run(): Promise<void> {
      const { code, lines } = await runCli("digest", SAMPLE, "--as", "rgb");
      assert.equal(code, 0);
      assert.lengthOf(lines, 36);
      const row = JSON.parse(lines[1]);
      assert.deepEqual(Object.keys(row), ["key", "label", "width", "height", "sha256"]);
      assert.deepInclude(row, { key: "n09332890_00000001", label: 975, width: 375, height: 500 });
      assert.match(row.sha256, /^[0-9a-f]{64}$/);
    },
  },
  {
    name: "wdstream digest takes image files, reports broken ones and exits with 1",
    async run(): Promise<void> {
      await withFolder(async (folder) => {
        const text = join(folder, "text.jpg");
        await writeFile(text, "not a picture");
        const shard = join(folder, "bad.tar");
        const members = [["a.jpg", "neither"], ["b.cls", "1"]] as const;
        await writeFile(shard, await makeShard(members));
        const result = await runCli("digest", text, shard, SAMPLE, "--limit", "4");
        assert.equal(result.code, 1);
        const rows = result.lines.map((line) => JSON.parse(line));
        assert.deepEqual(
          rows.map(({ key, error }) => [key, error?.code]),
          [
            ["text.jpg", "jpeg/not-jpeg"],
            ["a", "jpeg/not-jpeg"],
            ["b", "sample/no-image"],
            ["n09193705_00000000", undefined],
          ],
        );
        assert.match(rows[0].error.message, /^Cannot decode "text\.jpg" /);
        assert.match(rows[1].error.message, /^Cannot decode "a\.jpg" of ".*bad\.tar": /);
      });
    },
  },
  {
    name: "wdstream digest goes on after a file that is missing or broken",
    async run(): Promise<void> {
      await withFolder(async (folder) => {
        const cut = join(folder, "cut.tar");
        await writeFile(cut, (await makeShard([["a.cls", "1"]])).slice(0, 700));
        const { code, lines, notes } = await runCli("digest", "gone.jpg", cut, SAMPLE, "gone.txt");
        assert.equal(code, 1);
        assert.lengthOf(lines, 36);
        assert.lengthOf(notes, 3);
        assert.match(notes[0], /gone\.jpg.*source\/not-found/);
        assert.match(notes[1], /cut\.tar.*tar\/truncated/);
        assert.match(notes[2], /gone\.txt.*source\/not-found/);
      });
    },
  },
  {
    name: "wdstream ls lists keys, sizes and offsets",
    async run(): Promise<void> {
      const plain = await runCli("ls", SAMPLE, "--limit", "2");
      assert.equal(plain.code, 0);
      assert.match(plain.lines[0], /^n09193705_00000000\tcls 3\tjpg [0-9]+\tjson 75$/);
      const json = await runCli("ls", SAMPLE, "--json", "--limit", "2");
      const [first, second] = json.lines.map((line) => JSON.parse(line));
      assert.deepEqual(first.fields.cls, { sizeBytes: 3, offsetBytes: 0 });
      assert.deepEqual(first.fields.jpg.offsetBytes, 1024);
      assert.equal(second.key, "n09332890_00000001");
    },
  },
  {
    name: "wdstream info tells the facts of a shard",
    async run(): Promise<void> {
      const { code, lines } = await runCli("info", SAMPLE);
      assert.equal(code, 0);
      const facts = JSON.parse(lines.join("\n"));
      assert.deepInclude(facts, { samples: 36, images: ["jpg"], firstKey: "n09193705_00000000" });
      assert.deepEqual(facts.fields.cls, { count: 36, sizeBytes: 108 });
    },
  },
  {
    name: "wdstream reports mistakes in the arguments in one line, and exits with 2",
    async run(): Promise<void> {
      const mistakes: [string[], RegExp][] = [
        [["fly"], /there is no command "fly"/],
        [["toString"], /there is no command/],
        [["stream", "--hasten"], /there is no option --hasten; see "wdstream stream --help"$/],
        [["stream", "--batch", "0"], /--batch takes a positive integer, not "0"/],
        [["stream", "--batch"], /--batch takes a value: --batch N; see "wdstream stream --help"$/],
        [["stream", "--batch", "--size", "3"], /--batch takes a value, not an option/],
        [["stream", "--on-eror", "skip"], /no option --on-eror; did you mean --on-error\?; see/],
        [["strem"], /no command "strem"; did you mean "stream"\?; see "wdstream --help"$/],
        [["ls", SAMPLE, "--json=yes"], /--json takes no value/],
        [["ls", SAMPLE, "-j"], /there is no option -j/],
        [["completion"], /completion needs a shell/],
        [["completion", "tcsh"], /completion takes bash, zsh, fish, not "tcsh"/],
        [["completion", "bash", "zsh"], /completion does not take "zsh"/],
        [["stream", "--reference", "pillow-9"], /--reference takes pillow-12\.2, pillow-9\.4, not/],
        [["stream", "--resampler", "opencv"], /--resampler takes pillow, torch, not "opencv"/],
        [
          ["stream", "--resampler", "torch", "--interpolation", "box"],
          /interpolation must be bilinear or bicubic where torch resizes/,
        ],
        [
          ["stream", "--batch", "900000000000"],
          /--batch 900000000000 takes more memory than there is/,
        ],
        [["stream", "--workers", "two"], /--workers takes a positive integer, not "two"/],
        [["stream", "--on-error", "panic"], /--on-error takes throw, skip, retry, not "panic"/],
        [["stream", "--preset", "nobody"], /--preset has no "nobody"; there is "/],
        [
          ["stream", "--interpolation", "cubic"],
          /--interpolation takes nearest, box, .*, not "cubic"/,
        ],
        [["stream", "--token-env", "WDSTREAM_NO_SUCH"], /WDSTREAM_NO_SUCH/],
        [["stream", "a{0..3.tar"], /a\{0\.\.3\.tar/],
        [["digest"], /digest needs a file/],
        [["digest", SAMPLE, "--as", "png"], /--as takes rgb, u8, f32, not "png"/],
        [["ls"], /ls needs a shard/],
        [["info"], /info needs a file/],
        [
          ["stream", "--on-unavailable", "wait"],
          /--on-unavailable takes throw, skip, retry, not "wait"/,
        ],
        [["ls", SAMPLE, "--end-of-archive", "no"], /--end-of-archive takes required, optional/],
        [["digest", SAMPLE, "--field", "jpg;"], /--field takes the extension of a field/],
        [
          ["index", SAMPLE, "--output", "https://u:pa55@h/x"],
          /a path, not the URL "https:\/\/h\/x"/,
        ],
        [["index", "-"], /nothing beside standard input/],
        [["https://u:pa55@h/x.tar"], /there is no command "https:\/\/h\/x\.tar"/],
        [["ls", "http://u:pa55@[::1"], /Cannot open "http:\/\/…": it is no URL/],
        [["ls", "https://u:pa55@h/{x"], /Cannot expand "https:\/\/h\/%7Bx"/],
      ];
      for (const [args, expected] of mistakes) assertOneNote(await runCli(...args), expected, 2);
    },
  },
  {
    name: "wdstream explains itself and every command",
    async run(): Promise<void> {
      const overview = await runCli("--help");
      assert.equal(overview.code, 0);
      for (const name of ["stream", "digest", "ls", "info", "index"]) {
        assert.include(overview.lines.join("\n"), `wdstream ${name} `);
        const { code, lines } = await runCli(name, "--help");
        assert.equal(code, 0);
        assert.include(lines[0], `wdstream ${name} `);
        assert.include(lines.join("\n"), "--allow-read");
        assert.notMatch(lines.join("\n"), /(-A\b|--allow-all)/);
      }
      assert.equal((await runCli()).code, 2);
    },
  },
  {
    name: "wdstream shows no credentials of URLs, with --verbose neither",
    async run(): Promise<void> {
      const urls = [
        "http://u5er:pa55@127.0.0.1:1/a.tar?s1g=1",
        "http://u5er:pa 55@127.0.0.1:1/a.tar",
        "http://u5er:pa55@[::1",
        "https://u5er:pa55/x@host/a.tar",
        "u5er:pa55@host/a.tar",
        "https//u5er:pa55@host/a.tar",
        "http://u5er:pa55@127.0.0.1:1/{a",
        "s3://u5er:pa55@bucket/a.tar",
      ];
      for (const url of urls) {
        for (const command of ["ls", "stream", "digest", "info", "index"]) {
          const { code, lines, notes } = await runCli(command, url, "--verbose", "--output", "-");
          assert.isAbove(code, 0, url);
          assert.notMatch([...lines, ...notes].join("\n"), /u5er|pa.?55|s1g/, url);
          const plain = await runCli(command, url);
          assert.notMatch([...plain.lines, ...plain.notes].join("\n"), /u5er|pa.?55|s1g/, url);
        }
        assert.notMatch((await runCli(url)).notes.join("\n"), /u5er|pa.?55|s1g/, url);
      }
    },
  },
  {
    name: "wdstream tells the causes with --verbose",
    async run(): Promise<void> {
      const { notes } = await runCli("ls", "gone.tar", "--verbose");
      assert.match(notes[0], /^wdstream: Cannot open "gone\.tar"/);
      assert.match(notes[0], /caused by .*(ENOENT|No such file)/s);
    },
  },
  {
    name: "wdstream as a process gives its exit code and writes results to standard output",
    async run(): Promise<void> {
      const fine = await runShell('exec "$@"', "ls", SAMPLE, "--limit", "3");
      assert.deepEqual([fine.code, fine.lines.length, fine.notes], [0, 3, []]);
      assertOneNote(await runShell('exec "$@"', "ls", "gone.tar"), /source\/not-found/);
      assertOneNote(await runShell('exec "$@"', "ls"), /ls needs a shard/, 2);
    },
  },
  {
    name: "wdstream ends quietly when the reader of its output has gone",
    async run(): Promise<void> {
      const script = '{ "$@"; echo "exit code $?" >&2; } | head -n 1';
      const { lines, notes } = await runShell(script, "ls", SAMPLE);
      assert.lengthOf(lines, 1);
      assert.deepEqual(notes, ["exit code 0"]);
    },
  },
  {
    name: "wdstream reports a full disk in one line",
    skip: process.platform === "linux" ? undefined : "there is no /dev/full here",
    async run(): Promise<void> {
      const result = await runShell('exec "$@" > /dev/full', "ls", SAMPLE);
      assertOneNote(result, /^wdstream: Cannot write the output: /);
    },
  },
];
