/** What names and comments in `src/` must hold to: checked, so that no reader has to. */
import { assert } from "chai";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ERROR_CODES } from "../../mod.ts";
import type { TestCase } from "../case.ts";

const ROOT = new URL("../../", import.meta.url);

/** Made by the kernel's build, which says so in their first line. */
const GENERATED = [
  ...["src/kernel/abi.ts", "src/kernel/bytes.ts", "src/kernel/encoder_bytes.ts"],
  "src/kernel/digest.ts",
];

async function readFiles(folder: string, ends: RegExp): Promise<Map<string, string>> {
  const entries = await readdir(fileURLToPath(new URL(folder, ROOT)), { recursive: true });
  const paths = entries.map((entry) => folder + entry.replaceAll("\\", "/"));
  const files = new Map<string, string>();
  for (const path of paths.filter((path) => ends.test(path) && !path.includes("node_modules/"))) {
    files.set(path, await readFile(new URL(path, ROOT), "utf8"));
  }
  assert.isAbove(files.size, 3, folder);
  return files;
}

async function readSource(): Promise<Map<string, string>> {
  const files = await readFiles("src/", /\.ts$/);
  for (const path of GENERATED) files.delete(path);
  return files.set("mod.ts", await readFile(new URL("mod.ts", ROOT), "utf8"));
}

/** The lines of files that a pattern finds, with their places. */
function findLines(files: Map<string, string>, pattern: RegExp): string[] {
  return [...files].flatMap(([path, text]) =>
    text.split("\n").flatMap((line, i) => pattern.test(line) ? [`${path}:${i + 1} ${line}`] : [])
  );
}

/** The names that are exported as values by a list: types have tests of their own, the compiler's. */
function listValues(text: string): string[] {
  return [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names]) =>
    names.split(",").map((name) => name.trim()).filter((name) => /^\w+$/.test(name))
  );
}

export const cases: TestCase[] = [
  {
    name: "every source file opens with what it is for",
    async run(): Promise<void> {
      const without = [...await readSource()].filter(([, text]) =>
        !/^(#![^\n]*\n)?\/\*\*(?:(?!\*\/)[\s\S])*@module\s*\*\//.test(text)
      );
      assert.deepEqual(without.map(([path]) => path), []);
    },
  },
  {
    name: "every @default stands on a line of its own, where the generated documents show it",
    async run(): Promise<void> {
      const files = await readSource();
      assert.isAbove(findLines(files, /@default/).length, 50);
      const lines = findLines(files, /@default/).filter((line) =>
        !/ \* @default \{.*\}$/.test(line)
      );
      assert.deepEqual(lines, []);
    },
  },
  {
    name: "mod.ts lists its names, and README or a test uses each",
    async run(): Promise<void> {
      const text = await readFile(new URL("mod.ts", ROOT), "utf8");
      assert.deepEqual(text.match(/^export \*/gm), null);
      const names = listValues(text);
      assert.isAbove(names.length, 20);
      const users = [
        await readFile(new URL("README.md", ROOT), "utf8"),
        ...(await readFiles("test/", /\.ts$/)).values(),
      ].join("\n");
      assert.deepEqual(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(users)), []);
    },
  },
  {
    name: "what kind a transform is, image/ alone asks; which runtime this is, runtime.ts alone",
    async run(): Promise<void> {
      const files = await readSource();
      const outside = new Map([...files].filter(([path]) => !path.startsWith("src/image/")));
      assert.deepEqual(findLines(outside, /transform\.kind\b/), []);
      const rest = new Map([...files].filter(([path]) => path !== "src/runtime.ts"));
      assert.deepEqual(findLines(rest, /globalThis as/), []);
    },
  },
  {
    name: "what makes an error is called by what it makes",
    async run(): Promise<void> {
      const maker = /function (\w+)\([^)]*\): (\w*Error)\b/;
      const files = await readSource();
      const makers = findLines(files, maker);
      assert.isAbove(makers.length, 10);
      assert.deepEqual(
        makers.filter((line) => !/(^to|[a-z])Error$/.test(maker.exec(line)?.[1] ?? "")),
        [],
      );
    },
  },
  {
    name: "every code of an error is thrown somewhere, and none that is not in the list",
    async run(): Promise<void> {
      const files = await readSource();
      files.delete("src/errors.ts");
      const text = [...files.values()].join("\n");
      const unused = Object.keys(ERROR_CODES).filter((code) => !text.includes(`"${code}"`));
      assert.deepEqual(unused, []);
    },
  },
];
