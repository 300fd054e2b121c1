/**
 * The kernel with switches: each stage can be left out of a run, so that what it costs is the difference
 * between two runs of the same code.
 *
 * @module
 */
import { compileKernel, readSources } from "../../wasm/compile.ts";

/** A bit for each stage, in the order in which an image passes through them. */
export const STAGES = {
  unstuff: 1,
  entropy: 2,
  idct: 4,
  colour: 8,
  horizontal: 16,
  transposition: 32,
  vertical: 64,
  normalise: 128,
} as const;

/** Name of a stage. */
export type Stage = keyof typeof STAGES;

/** A function of the kernel, and what it does instead while its stage is switched off. */
interface Switch {
  readonly stage: Stage;
  readonly file: string;
  readonly name: string;
  readonly instead: string;
}

// Whoever reads the coefficients leaves zeros behind, which is part of decoding the next ones.
const CLEAR_BLOCKS = `for (; count > 0; count--, block += step) { ${
  Array.from({ length: 8 }, (_, i) => `v128.store(block, i8x16.splat(0), ${16 * i});`).join(" ")
} } return;`;

const SWITCHES: readonly Switch[] = [
  {
    stage: "unstuff",
    file: "jpeg/unstuff.ts",
    name: "unstuff",
    instead:
      "segmentTop = top; segmentBytes = end - s; segmentMarker = 0xd9; segmentAfter = end; return;",
  },
  { stage: "entropy", file: "jpeg/blocks.ts", name: "decodeBlocks", instead: "return false;" },
  { stage: "entropy", file: "jpeg/blocks.ts", name: "skipBlocks", instead: "return false;" },
  { stage: "idct", file: "jpeg/idct.ts", name: "idct", instead: CLEAR_BLOCKS },
  { stage: "colour", file: "jpeg/upsample.ts", name: "extendEdges", instead: "return;" },
  { stage: "colour", file: "jpeg/upsample.ts", name: "upsampleBand", instead: "return 65536;" },
  { stage: "colour", file: "jpeg/colour.ts", name: "bandToPlanes", instead: "return;" },
  { stage: "colour", file: "jpeg/colour.ts", name: "bandToRgb", instead: "return;" },
  { stage: "colour", file: "jpeg/h2v2.ts", name: "sumH2V2", instead: "return;" },
  { stage: "colour", file: "jpeg/h2v2.ts", name: "convertH2V2", instead: "return;" },
  { stage: "colour", file: "jpeg/h2v2.ts", name: "h2v2ToRgb", instead: "return;" },
  { stage: "colour", file: "jpeg/colour.ts", name: "planesToRgb", instead: "return;" },
  { stage: "horizontal", file: "resample/passes.ts", name: "resampleColumns", instead: "return;" },
  {
    stage: "transposition",
    file: "shared/transpose.ts",
    name: "columnsToRows",
    instead: "return;",
  },
  { stage: "vertical", file: "resample/passes.ts", name: "resampleRow", instead: "return;" },
  { stage: "normalise", file: "resample/output.ts", name: "writeRow", instead: "return;" },
];

/** Compiles the kernel with an export `leaveOut(bits)`. */
export async function compileSwitchable(): Promise<Uint8Array<ArrayBuffer>> {
  const sources = await readSources();
  sources.set(
    "switches.ts",
    "export let off: i32 = 0;\nexport function leaveOut(bits: i32): void { off = bits; }\n",
  );
  sources.set("index.ts", `export { leaveOut } from "./switches";\n${sources.get("index.ts")}`);
  for (const { stage, file, name, instead } of SWITCHES) {
    const source = sources.get(file) ?? "";
    const body = new RegExp(`^(export )?function ${name}\\([^{]*\\{`, "m");
    if (!body.test(source)) throw new Error(`The kernel has no function ${name} in ${file}`);
    sources.set(
      file,
      source.replace(body, (head) => `${head} if (off & ${STAGES[stage]}) { ${instead} }`),
    );
  }
  for (const file of new Set(SWITCHES.map(({ file }) => file))) {
    sources.set(file, `import { off } from "../switches";\n${sources.get(file)}`);
  }
  return await compileKernel(sources);
}
