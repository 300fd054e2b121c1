/**
 * Hands tensors and images to the packages that people use them with, from the npm package, and runs the README's
 * examples of it: `deno task test:consumers [PART OF A NAME…]`. They unpack to hundreds of megabytes.
 */
import { fileURLToPath } from "node:url";
import { makeShard } from "../dataset/shards.ts";
import { fileFixtures } from "../fixtures.ts";
import { buildPackage, COMPILER } from "../packaging/build_package.ts";
import { installRuntime } from "../runtimes/install.ts";
import { runCommand } from "../runtimes/tools.ts";
import { EMBEDDINGS } from "./embeddings.ts";
import { ELEMENTS, makeClipModel, makeModel } from "./onnx.ts";
import { TYPED, TYPED_FILES, VOCABULARY_SIZE } from "./typed.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGES = [
  "onnxruntime-web@1.30.0",
  "@huggingface/transformers@4.3.1",
  "@tensorflow/tfjs@4.22.0",
  `typescript@${COMPILER.typescript}`,
  `@types/node@${COMPILER["@types/node"]}`,
];

/** Each fails by throwing. What is expected is computed here, from the tensors alone. */
const CHECKS: Readonly<Record<string, string>> = {
  "onnxruntime: float32, uint8 and float16 tensors": `
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";
import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
const first = async (type) => {
  for await (const batch of webdataset(sampleShard()).transform(evaluation({ size: 32, type })).batch(4)) return batch;
};
const run = async (type, model, data, shape) => {
  const session = await ort.InferenceSession.create(new Uint8Array(await readFile(model)));
  return (await session.run({ input: new ort.Tensor(type, data, shape) })).output;
};
const floats = await first("float32");
const pooled = await run("float32", "pool.onnx", floats.images, floats.shape);
for (let plane = 0; plane < 12; plane++) {
  const values = floats.images.subarray(1024 * plane, 1024 * plane + 1024);
  const mean = values.reduce((sum, value) => sum + value, 0) / 1024;
  if (!(Math.abs(pooled.data[plane] - mean) < 1e-5)) throw new Error(plane + ": " + pooled.data[plane] + " is not " + mean);
}
for (const type of ["uint8", "float16"]) {
  const { images, shape } = await first(type);
  const { data, dims } = await run(type, type + ".onnx", images, shape);
  const same = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const given = new Uint8Array(images.buffer, images.byteOffset, images.byteLength);
  if (dims.join() !== shape.join() || same.join() !== given.join()) throw new Error(type + " came out otherwise");
}
`,
  "onnxruntime: embeddings by three workers, killed at random, as by one process": EMBEDDINGS,
  "transformers: RawImage": `
import { RawImage } from "@huggingface/transformers";
import { decodeJpeg, init, sampleShard, webdataset } from "@wdstream/wdstream";
await init();
const { fields } = await webdataset(sampleShard()).at(0);
const { data, width, height, channels } = decodeJpeg(fields.jpg);
const image = new RawImage(data, width, height, channels);
const tensor = image.toTensor("CHW");
if (tensor.dims.join() !== [3, height, width].join()) throw new Error(tensor.dims.join());
for (const [x, y] of [[0, 0], [17, 40], [width - 1, height - 1]]) {
  for (let c = 0; c < 3; c++) {
    if (tensor.data[(c * height + y) * width + x] !== data[(y * width + x) * 3 + c]) throw new Error(x + ", " + y);
  }
}
const grey = image.clone().grayscale();
if (grey.channels !== 1) throw new Error("not grey");
`,
  // Of Python: transformers 5.17.0 with torch 2.13.0, torchvision 0.28.0 and Pillow 12.3.0, on AVX2.
  "transformers: an image processor's tensor, and Python's in its place": `
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AutoImageProcessor, env, RawImage, Tensor } from "@huggingface/transformers";
import { decodeJpeg, init, sampleShard, transformImage, webdataset } from "@wdstream/wdstream";
import { processor } from "@wdstream/wdstream/transforms";
env.allowRemoteModels = false;
env.localModelPath = "./";
await init();
const { fields } = await webdataset(sampleShard()).at(0);
const { data, width, height, channels } = decodeJpeg(fields.jpg);
const process = await AutoImageProcessor.from_pretrained("dinov2");
const own = (await process(new RawImage(data, width, height, channels))).pixel_values;
const transform = processor(JSON.parse(await readFile("dinov2/preprocessor_config.json", "utf8")));
const tensor = transformImage(fields.jpg, transform);
const exact = new Tensor("float32", tensor.data, [1, ...tensor.shape]);
if (exact.dims.join() !== own.dims.join()) throw new Error(exact.dims + " is not " + own.dims);
const digest = createHash("sha256").update(new Uint8Array(exact.data.buffer)).digest("hex");
if (digest !== "2125c40f6649deb90f44044e7efc0f5d0d370ea53e8678fa87b5955e1417cbd2") throw new Error(digest);
let differing = 0;
let greatest = 0;
exact.data.forEach((value, i) => {
  if (value !== own.data[i]) differing++;
  greatest = Math.max(greatest, Math.abs(value - own.data[i]));
});
console.log(process.constructor.name + ": " + differing + " of " + exact.data.length +
  " values of its own differ from Python's, by up to " + greatest.toFixed(4));
`,
  "TensorFlow.js: tensor4d, NHWC": `
import * as tf from "@tensorflow/tfjs";
import { evaluation, sampleShard, webdataset } from "@wdstream/wdstream";
const transform = evaluation({ size: 32, type: "uint8" });
for await (const { images, shape } of webdataset(sampleShard()).transform(transform).batch(4)) {
  const means = await tf.tensor4d(images, shape, "int32").toFloat().mean([1, 2]).array();
  for (let n = 0; n < shape[0]; n++) {
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let i = 0; i < 1024; i++) sum += images[(n * 1024 + i) * 3 + c];
      if (!(Math.abs(means[n][c] - sum / 1024) < 1e-2)) throw new Error(means[n][c] + " is not " + sum / 1024);
    }
  }
}
`,
};

/** What DINOv2 lies beside. */
const DINOV2 = {
  image_processor_type: "BitImageProcessor",
  do_resize: true,
  size: { shortest_edge: 256 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_rescale: true,
  rescale_factor: 0.00392156862745098,
  do_normalize: true,
  image_mean: [0.485, 0.456, 0.406],
  image_std: [0.229, 0.224, 0.225],
  do_convert_rgb: true,
};

/** The README's examples in JavaScript, and what they print. */
const EXAMPLES: readonly RegExp[] = [
  /^\[ 8, 3, 1, 1 \] -?\d+\.\d+ 970\n(.*\n){4}$/,
  /^500 375 3 \[ 1, 3, 224, 224 \]\n$/,
  /^\[ 8, 224, 224, 3 \] 970\n(.*\n){4}$/,
];

const folder = await Deno.makeTempDir({ prefix: "wdstream-consumers-" });
const { tarball } = await buildPackage(folder);
const project = `${folder}/project`;
await Deno.mkdir(project);
await Deno.writeTextFile(`${project}/package.json`, '{"private": true, "type": "module"}\n');
await runCommand(
  "npm",
  [
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    tarball,
    ...PACKAGES,
  ],
  { cwd: project },
);
const models: [string, Uint8Array][] = [
  [
    "model.onnx",
    makeModel("GlobalAveragePool", ELEMENTS.float32, [-1, 3, 224, 224], [-1, 3, 1, 1]),
  ],
  ["pool.onnx", makeModel("GlobalAveragePool", ELEMENTS.float32, [4, 3, 32, 32], [4, 3, 1, 1])],
  ["uint8.onnx", makeModel("Identity", ELEMENTS.uint8, [4, 32, 32, 3], [4, 32, 32, 3])],
  ["clip.onnx", makeClipModel(VOCABULARY_SIZE)],
  ["segmented.tar", await makeSegmented()],
  ["float16.onnx", makeModel("Identity", ELEMENTS.float16, [4, 3, 32, 32], [4, 3, 32, 32])],
];
for (const [name, bytes] of models) await Deno.writeFile(`${project}/${name}`, bytes);
await Deno.mkdir(`${project}/dinov2`);
await Deno.writeTextFile(`${project}/dinov2/preprocessor_config.json`, JSON.stringify(DINOV2));

await Deno.mkdir(`${project}/clip`);
for (const [path, content] of Object.entries(TYPED_FILES)) {
  await Deno.writeTextFile(`${project}/${path}`, JSON.stringify(content));
}

let passed = 0;
let failed = 0;
const node = await installRuntime("node");

async function run(name: string, program: string, expected?: RegExp): Promise<void> {
  try {
    await Deno.writeTextFile(`${project}/main.js`, `${program}\n`);
    // Some keep threads that nobody ends.
    await Deno.writeTextFile(
      `${project}/start.js`,
      'await import("./main.js");\nprocess.stdout.write("", () => process.exit(0));\n',
    );
    const text = await runCommand(node, ["start.js"], { cwd: project });
    if (expected !== undefined && !expected.test(text)) throw new Error(`it printed ${text}`);
    passed++;
    console.log(`ok: ${name}`);
    if (expected === undefined && text !== "") console.log(`  ${text.trim()}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}\n${error instanceof Error ? error.message : error}`);
  }
}

/** Pictures, and masks of their sizes. */
async function makeSegmented(): Promise<Uint8Array> {
  const samples = [
    ["a.jpg", "jpeg/baseline/420_42x32.jpg", "palette_8"],
    ["b.png", "formats/png/pillow_rgb.png", "palette_4"],
    ["c.jpg", "jpeg/baseline/422_44x30.jpg", "palette_1"],
    ["d.jpg", "jpeg/baseline/grey_64x40.jpg", "grey_1"],
  ];
  const members: [string, Uint8Array][] = [];
  for (const [path, image, mask] of samples) {
    members.push([path, await fileFixtures.read(image)]);
    members.push([`${path[0]}.seg.png`, await fileFixtures.read(`masks/files/${mask}.png`)]);
  }
  return await makeShard(members);
}

/** Compiles a program as strictly as TypeScript can, and runs it. */
async function runTyped(name: string, program: string): Promise<void> {
  await Deno.writeTextFile(`${project}/typed.ts`, `${program}\nexport {};\n`);
  const compilerOptions = {
    strict: true,
    noUncheckedSideEffectImports: true,
    skipLibCheck: true,
    target: "es2022",
    module: "nodenext",
    lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
    types: ["node"],
    outDir: "typed",
  };
  const config = JSON.stringify({ compilerOptions, files: ["typed.ts"] });
  await Deno.writeTextFile(`${project}/tsconfig.json`, config);
  try {
    if (/ as (?!const)|<any>|: any|!\.|@ts-/.test(program.replace(/import \* as|\/\/.*/g, ""))) {
      throw new Error("it has a cast");
    }
    await runCommand(node, ["node_modules/typescript/bin/tsc", "-p", "."], { cwd: project });
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}\n${error instanceof Error ? error.message : error}`);
    return;
  }
  await run(name, 'await import("./typed/typed.js");');
}

const isAsked = (name: string): boolean =>
  Deno.args.length === 0 || Deno.args.some((part) => name.includes(part));
for (const [name, program] of Object.entries(CHECKS)) if (isAsked(name)) await run(name, program);
for (const [name, program] of Object.entries(TYPED)) {
  if (isAsked(name)) await runTyped(name, program);
}
const readme = await Deno.readTextFile(`${ROOT}README.md`);
const examples = [...readme.matchAll(/^```js ignore\n([\s\S]*?)^```$/gm)].map(([, body]) => body);
for (const [i, expected] of EXAMPLES.entries()) {
  const name = `README's example ${i + 1} in JavaScript`;
  if (isAsked(name)) await run(name, examples[i] ?? "throw 'missing'", expected);
}
if (examples.length !== EXAMPLES.length) {
  failed++;
  console.log(`FAILED: the README has ${examples.length} examples in JavaScript`);
}
await Deno.remove(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 || passed === 0 ? 1 : 0);
