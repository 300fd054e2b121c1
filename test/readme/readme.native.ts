/** Every example and every command of the README, executed. */

import { assert } from "chai";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { fileFixtures } from "../fixtures.ts";
import { withFolder } from "../temporary.ts";

const ROOT = new URL("../../", import.meta.url);
const README = readFileSync(new URL("README.md", ROOT), "utf8");
const ENTRIES: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("deno.json", ROOT), "utf8"),
).exports;
const IS_DENO = "Deno" in globalThis;

/** Bodies of the README's code blocks of a language. */
function listBlocks(language: string): string[] {
  const blocks = README.matchAll(/^```([a-z]*)(?: [^\n]*)?\n([\s\S]*?)^```$/gm);
  return [...blocks].filter(([, found]) => found === language).map(([, , body]) => body);
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runProcess(
  command: string,
  args: readonly string[],
  cwd: string = fileURLToPath(ROOT),
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", HF_TOKEN: "hf_of_the_test" },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => stdout += chunk);
    child.stderr.on("data", (chunk) => stderr += chunk);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** Answers for the hosts that examples name: any shard of theirs is the built-in sample. */
const STUB = `
globalThis.fetch = async (input, init) => {
  const url = new URL(input);
  if (url.pathname.endsWith("/preprocessor_config.json")) {
    return Response.json({ image_processor_type: "BitImageProcessor", size: { shortest_edge: 256 } });
  }
  const token = new Headers(init?.headers).get("authorization");
  if (url.host === "my-bucket.s3.eu-central-1.amazonaws.com" && token?.startsWith("AWS4-HMAC-SHA256 ")) {
    const contents = [0, 1].map((n) => \`<Contents><Key>train-\${n}.tar</Key><Size>9</Size></Contents>\`);
    const page = \`<ListBucketResult>\${contents.join("")}</ListBucketResult>\`;
    if (url.searchParams.has("list-type")) return new Response(page);
  } else if (url.host !== "huggingface.co" || token !== "Bearer hf_of_the_test") throw new Error(\`fetch of \${url}\`);
  if (!url.pathname.endsWith(".tar")) return new Response("", { status: 404 });
  const { readFile } = await import("node:fs/promises");
  return new Response(await readFile(new URL("src/dataset/sample.tar", ${
  JSON.stringify(ROOT.href)
})));
};
`;

/** What a member is: a fixture, or a text. */
type Member = string | { readonly text: string };

/** Shards that lie in the folder where an example that names them runs. */
const SHARDS: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  "pictures.tar": {
    "0.jpg": "jpeg/baseline/420_42x32.jpg",
    "1.png": "formats/png/pillow_rgb.png",
    "2.webp": "formats/webp/sharp_lossy.webp",
  },
  "captioned-00000.tar": {
    ...captioned(0, "jpg", "jpeg/baseline/420_42x32.jpg"),
    ...captioned(1, "png", "formats/png/pillow_rgb.png"),
  },
  "captioned-00001.tar": {
    ...captioned(10000, "webp", "formats/webp/sharp_lossy.webp"),
    ...captioned(10001, "jpg", "jpeg/baseline/444_42x32.jpg"),
  },
  "segmented-000.tar": {
    "s0.jpg": "jpeg/baseline/420_42x32.jpg",
    "s0.seg.png": "masks/files/palette_8.png",
  },
  "segmented-001.tar": {
    "s1.png": "formats/png/pillow_rgb.png",
    "s1.seg.png": "masks/files/palette_4.png",
  },
  "stereo.tar": {
    "s0.left.jpg": "jpeg/baseline/420_42x32.jpg",
    "s0.right.jpg": "jpeg/baseline/444_42x32.jpg",
  },
};

/** A sample as img2dataset writes it, and one more field. */
function captioned(number: number, extension: string, image: string): Record<string, Member> {
  const key = String(number).padStart(9, "0");
  return {
    [`${key}.${extension}`]: image,
    [`${key}.json`]: { text: JSON.stringify({ key, status: "success" }) },
    [`${key}.txt`]: { text: `caption ${number}` },
    [`${key}.v1.json`]: { text: String(number) },
  };
}

function readMembers(
  members: Readonly<Record<string, Member>>,
): Promise<[string, string | Uint8Array][]> {
  return Promise.all(
    Object.entries(members).map(async ([path, member]) => [
      path,
      typeof member === "string" ? await fileFixtures.read(member) : member.text,
    ]),
  );
}

const AWS4FETCH = "node_modules/aws4fetch/dist/aws4fetch.esm.mjs";

/** Runs an example as a program of its own on this runtime. */
async function runExample(example: string): Promise<Result> {
  const program = example.replace(/"@wdstream\/wdstream(\/[^"]*)?"/g, (_, path = "") => {
    return JSON.stringify(new URL(ENTRIES[`.${path}`], ROOT).href);
  }).replace('"aws4fetch"', JSON.stringify(new URL(AWS4FETCH, ROOT).href));
  // Example and stub are two modules: imports are evaluated before the code of the one that has them.
  const folder = mkdtempSync(join(tmpdir(), "wdstream-"));
  try {
    const main = join(folder, "main.ts");
    await writeFile(join(folder, "stub.ts"), `export {};${STUB}`);
    await writeFile(join(folder, "example.ts"), program);
    await writeFile(main, 'import "./stub.ts";\nawait import("./example.ts");\n');
    for (const [name, members] of Object.entries(SHARDS)) {
      if (program.includes(`"${name.split(/[.-]/)[0]}`)) {
        await writeFile(join(folder, name), await makeShard(await readMembers(members)));
      }
    }
    const permissions = ["--allow-read", `--allow-write=${folder}`, "--allow-env=HF_TOKEN"];
    const config = fileURLToPath(new URL("deno.json", ROOT));
    const start = IS_DENO
      ? ["run", "--quiet", "--no-prompt", "--no-check", "--config", config, ...permissions]
      : [];
    return await runProcess(process.execPath, [...start, main], folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const EXAMPLE_OUTPUTS: readonly RegExp[] = [
  /^\[\s*16,\s*3,\s*224,\s*224\s*\] 2408448 970 n09193705_00000000\n(.*\n)*\[\s*4,/,
  /^n09193705_00000000 alp 150528\nn09332890_00000001 lakeside 150528\n.* 150528\n$/,
  /^\[\s*32,\s*3,\s*192,\s*192\s*\] 32\n\[\s*4,/,
  /^\[\s*16,\s*3,\s*224,\s*224\s*\] 2408448\n(.*\n)*\[\s*4,.*\n248832\n$/,
  /^n09193705_00000000 500 375 9216\n(.*\n){34}n03134739_00000035 500 333 9216\n$/,
  /^\[\s*4,\s*224,\s*224,\s*3\s*\] 602112\n[\s\S]*samples: 36,\s*skipped: 0/,
  /^971 500\n970\n$/,
  /^0 150528\n1 150528\n2 150528\n37\n$/,
  /^\[\s*4,\s*3,\s*64,\s*64\s*\] 49152 \[\s*.caption 0.,[^]*.caption 10001.,?\s*\] \{[^]*success[^]*\} 0 000000000\n4 caption 10001\n$/,
  /^(\[\s*2,\s*3,\s*64,\s*64\s*\] \[\s*2,\s*64,\s*64\s*\] 8192 s0\n)12288\n$/,
  /^begun 6\n(resumed 6\n){5}\{[\s\S]*lanes: 8,[\s\S]*rank: 1,\s*world: 2/,
  // Half of an epoch in which every sample came, one in ten of a few zebras.
  /^((any|zebra) n\d{8}_\d{8}\n){20,24}$/,
  /^(n\d{8}_\d{8}\n){3}\{[\s\S]*of: .timm.[\s\S]*.a callback./,
  /^(s3:\/\/my-bucket\/train-[01]\.tar n\d{8}_00000017\n){2}$/,
  // In the order of the README.
  /^36 (n\d{8}_00000017) \d+ v1\.2 36\n\1\n$/,
  /^128 \{\s*requests: 0,[\s\S]*cachedBytes: 0,?\s*\}\n$/,
  /^\[\s*\{\s*url: .small-0000.tar.,\s*sampleCount: 8,[\s\S]*sampleCount: 4,[\s\S]*\]\n$/,
  /^3 27 9\n$/,
  /^1 36 true\n$/,
  // A function, which is not called.
  /^$/,
  /^image\/png 3,224,224\n$/,
  /^3 36 36 null\nquilt \d+ image\/png \[\s*3,\s*224,\s*224\s*\] -?\d\.\d{3}\n$/,
];

/** Commands that a test cannot run, with the reason and what is checked in their place. */
const ELSEWHERE: ReadonlyMap<string, "ci" | "registry"> = new Map([
  // The suite cannot run itself; .ci/run runs these very commands, or `ok` does.
  ["deno task test", "ci"],
  ["npx -y deno@2.9.6 task test", "ci"],
  ["npx -y deno@2.9.6 task demo", "ci"],
  ["deno task check:wasm", "ci"],
  ["deno task ok", "ci"],
  ["deno task test:runtimes", "ci"],
  ["deno task test:package", "ci"],
  ["deno task test:consumers", "ci"],
  ["deno task test:load", "ci"],
  // They need the published package.
  ["deno add jsr:@wdstream/wdstream", "registry"],
  ["npx jsr add @wdstream/wdstream", "registry"],
  ["bunx jsr add @wdstream/wdstream", "registry"],
]);

/** Runs a server until it has answered, as its user's Ctrl-C ends it; gives its exit code. */
async function tryServer(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...args, "--port", "0"], {
    cwd: fileURLToPath(ROOT),
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const closed = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  const line = new Promise<string>((resolve) => child.stdout.once("data", resolve));
  const origin = await Promise.race([line, closed.then(() => "")]);
  try {
    for (const path of ["", "inspect"]) {
      const response = await fetch(`${String(origin).trim()}${path}`);
      assert.equal(response.status, 200);
      assert.include(await response.text(), "<title>wdstream");
    }
  } finally {
    process.kill(child.pid!, "SIGINT");
  }
  return await closed;
}

const COMMANDS = listBlocks("sh").flatMap((block) => block.trimEnd().split("\n"));

const commandCases: TestCase[] = [...new Set(COMMANDS)]
  .filter((command) => !ELSEWHERE.has(command))
  .map((command) => ({
    name: `README's command works: ${command}`,
    skip: IS_DENO ? undefined : "Deno's commands are run once, on Deno",
    async run(): Promise<void> {
      const [program, ...args] = command
        .replace("jsr:@wdstream/wdstream/cli", "src/cli/main.ts")
        .split(" ");
      assert.equal(program, "deno");
      await withFolder(async (folder) => {
        const out = join(folder, "out");
        const given = args.map((arg) => arg === "OUT" ? out : arg);
        if (args.at(-1) === "serve") return assert.equal(await tryServer(given), 0);
        const { code, stdout, stderr } = await runProcess(process.execPath, given);
        assert.equal(code, 0, stderr);
        assert.notEqual(stdout, "");
      });
    },
  }));

export const cases: TestCase[] = [
  ...listBlocks("ts").map((example, index): TestCase => ({
    name: `README's example ${index + 1} prints what it should`,
    async run(): Promise<void> {
      const { code, stdout, stderr } = await runExample(example);
      assert.equal(code, 0, stderr);
      assert.match(stdout, EXAMPLE_OUTPUTS[index]);
    },
  })),
  ...commandCases,
  {
    name: "README's remaining commands are run by .ci/run, or need the registry",
    async run(): Promise<void> {
      assert.lengthOf(listBlocks("ts"), EXAMPLE_OUTPUTS.length);
      const ci = await readFile(new URL(".ci/run", ROOT), "utf8") +
        await readFile(new URL("test/house/ok.ts", ROOT), "utf8");
      const tasks = JSON.parse(await readFile(new URL("deno.json", ROOT), "utf8")).tasks;
      for (const [command, where] of ELSEWHERE) {
        assert.include(COMMANDS, command);
        if (where === "registry") continue;
        const [, task] = / task ([a-z:]+)$/.exec(command) ?? [];
        assert.property(tasks, task);
        assert.match(ci, new RegExp(`\\btask(?: |", ")${task}\\b`), command);
      }
    },
  },
];
