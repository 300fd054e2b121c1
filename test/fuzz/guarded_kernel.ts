/**
 * A build of the kernel that notices writes outside its buffers.
 *
 * Behind every allocation of the arena, and behind every table that the kernel writes, lies a gap that
 * nothing may write to; `checkGuards` tells where one was. The gaps of the arena hold another byte for
 * each image, so that a result that depends on one of them shows as a difference between two calls.
 * What it cannot see is a write that jumps over a gap into another buffer.
 */
import { compileKernel, readSources } from "../../wasm/compile.ts";

/** Bytes behind an allocation's own slack, and behind a table. */
const ARENA_GAP = 4096;
const TABLE_GAP = 256;

/** A table that is written: `const NAME: usize = memory.data(SIZE, ALIGNMENT);`. */
const TABLE = /^(?:export )?const (\w+): usize = memory\.data\((.+), (\d+)\);/gm;

const GUARDED_MEMORY = `
const LIST: usize = memory.data(8192, 16);
let guards: usize = 0;
let guardByte: u8 = 0x11;
export function resetArena(): void { guards = 0; resetPlainArena(); }
export function alloc(bytes: usize): usize {
  if (bytes == 0) return plainAlloc(0);
  if (bytes > 0xe0000000 || guards == 2048) return 0;
  const start = plainAlloc(bytes + ${ARENA_GAP});
  if (!start) return 0;
  const gap = start + bytes + SLACK;
  memory.fill(gap, guardByte, ${ARENA_GAP});
  store<usize>(LIST + (guards++ << 2), gap);
  return start;
}
export function checkGap(gap: usize, bytes: usize, byte: u8): usize {
  for (let i: usize = 0; i < bytes; i++) if (load<u8>(gap + i) != byte) return gap + i;
  return 0;
}
export function checkArena(): usize {
  for (let i: usize = 0; i < guards; i++) {
    const at = checkGap(load<usize>(LIST + (i << 2)), ${ARENA_GAP}, guardByte);
    if (at) return at;
  }
  guardByte += 0x35;
  guards = 0;
  return 0;
}
`;

const MEMORY = "shared/memory.ts";

/** How a module of the kernel names another one, both by their paths in `wasm/`. */
function pathTo(module: string, from: string): string {
  return `${from.includes("/") ? "../" : "./"}${module}`;
}

function nameCheck(module: string): string {
  return `check_${module.replace("/", "_")}`;
}

/** Puts the gaps into the sources. */
function guardSources(sources: ReadonlyMap<string, string>): Map<string, string> {
  const guarded = new Map(sources);
  const modules: string[] = [];
  for (const [name, source] of sources) {
    const tables = [...source.matchAll(TABLE)];
    if (tables.length === 0) continue;
    const checks = tables.map(([, table, size]) =>
      `  at = checkGap(${table} + <usize>(${size}), ${TABLE_GAP}, 0); if (at) return at;\n`
    );
    const widened = source.replaceAll(
      TABLE,
      (line, _table, size) => line.replace(size, `(${size}) + ${TABLE_GAP}`),
    );
    modules.push(name.replace(".ts", ""));
    guarded.set(
      name,
      (name === MEMORY ? "" : `import { checkGap } from "${pathTo("shared/memory", name)}";\n`) +
        widened +
        `\nexport function checkTables(): usize {\n  let at: usize = 0;\n${
          checks.join("")
        }  return 0;\n}\n`,
    );
  }
  const memory = guarded.get(MEMORY)!
    .replace("export function resetArena(", "function resetPlainArena(")
    .replace("export function alloc(", "function plainAlloc(");
  if (!memory.includes("function resetPlainArena(") || !memory.includes("function plainAlloc(")) {
    throw new Error("wasm/shared/memory.ts has no alloc() and resetArena() to be replaced");
  }
  guarded.set(MEMORY, memory + GUARDED_MEMORY);
  const imports = modules.map((module) =>
    `import { checkTables as ${nameCheck(module)} } from "./${module}";\n`
  );
  const checks = modules.map((module) => `  at = ${nameCheck(module)}(); if (at) return at;\n`);
  guarded.set(
    "index.ts",
    `import { checkArena } from "./shared/memory";\n${imports.join("")}${guarded.get("index.ts")}
export function checkGuards(): usize {
  let at = checkArena(); if (at) return at;
${checks.join("")}  return 0;
}
`,
  );
  return guarded;
}

/** Compiles the kernel with gaps between its buffers. */
export async function compileGuarded(): Promise<Uint8Array<ArrayBuffer>> {
  return await compileKernel(guardSources(await readSources()));
}
