import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import {
  decodeJpeg,
  evaluation,
  init,
  readJpegHeader,
  resize,
  transformImage,
} from "../../src/image/mod.ts";
import type { Image, Interpolation, Reference, TensorType } from "../../src/image/types.ts";
import type { Fixtures, TestCase } from "../case.ts";
import { describeDifference, replaceEnd } from "../reference/compare.ts";
import { decodeSlowly } from "../reference/decode_jpeg.ts";
import { sha256 } from "../reference/digest.ts";
import type { JpegGolden, JpegGoldenRow } from "../reference/golden.ts";
import { readJson } from "../reference/json.ts";

/** Folders of intact files. */
const FOLDERS = [
  "arithmetic",
  "baseline",
  "colour",
  "extreme",
  "lossless",
  "markers",
  "pictures",
  "progressive",
  "samplings",
  "scans",
];

/** Broken files on which the decoder differs from Pillow, which opens PNG too. */
const DIFFERENT: Record<string, string | undefined> = {
  "broken/is_png.jpg": "jpeg/not-jpeg",
};

/**
 * Broken files that are read as by Pillow, with other pixels, and why.
 *
 * Fill bytes 0xFF before a stuffed byte: libjpeg-turbo's fast path takes them for a marker, decodes the MCU
 * with zero bits, then decodes it again by its slow path without clearing the blocks.
 */
const OTHER_PIXELS = ["broken/truncated_large_fill_bytes.jpg"];

/** What a tensor is called in the golden file. */
const TENSORS: Record<string, { type: TensorType; normalize?: "prefetcher" }> = {
  u8: { type: "uint8" },
  f32: { type: "float32" },
  f16: { type: "float16" },
  prefetcher_f32: { type: "float32", normalize: "prefetcher" },
};

type Check = (
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  golden: JpegGoldenRow,
  reference: Reference,
) => Promise<void>;

/** Runs a check over the files of a folder, with what one of the two Pillows makes of them. */
async function eachFile(
  fixtures: Fixtures,
  folder: string,
  check: Check,
  reference: Reference = "pillow-12.2",
): Promise<void> {
  await init();
  const files = await readGolden(fixtures, reference);
  for (const file of await fixtures.list(`jpeg/${folder}`)) {
    const name = `${folder}/${file}`;
    assert.property(files, name, "Run fixtures/jpeg/make_golden.py after adding a file");
    await check(name, await fixtures.read(`jpeg/${name}`), files[name], reference);
  }
}

/** Today's golden has the rows alone that differ from those of Pillow 9.4. */
async function readGolden(
  fixtures: Fixtures,
  reference: Reference,
): Promise<Record<string, JpegGoldenRow>> {
  const { files } = await readJson<JpegGolden>(fixtures, "jpeg/golden.json");
  if (reference === "pillow-9.4") return files;
  return { ...files, ...(await readJson<JpegGolden>(fixtures, "jpeg/golden.today.json")).files };
}

/** The code of the error that a call throws, or the call's result. */
function attempt<T>(call: () => T): T | string {
  try {
    return call();
  } catch (error) {
    if (error instanceof WdsError) return error.code;
    throw error;
  }
}

async function checkPixels(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  golden: JpegGoldenRow,
): Promise<void> {
  const image = decodeJpeg(bytes, { as: "native" });
  assert.deepEqual([image.width, image.height], [golden.width, golden.height], name);
  if (await sha256(image.data) !== golden.native) {
    // The golden digest says that something differs, the scalar decoder says where.
    assert.fail(`${name}: ${describeDifference(image, decodeSlowly(bytes)) ?? "not as Pillow"}`);
  }
  assert.deepEqual(Object.values(image.warnings).filter((count) => count !== 0), [], name);
  const rgb = decodeJpeg(bytes);
  assert.equal(await sha256(rgb.data), golden.rgb, `${name} as RGB`);
}

async function checkTensors(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  { evaluations = {} }: JpegGoldenRow,
): Promise<void> {
  for (const [settings, digests] of Object.entries(evaluations)) {
    const [interpolation, shorterEdge, size] = settings.split("-");
    for (const [tensor, digest] of Object.entries(digests)) {
      const transform = evaluation({
        interpolation: interpolation as Interpolation,
        resize: Number(shorterEdge),
        size: Number(size),
        ...TENSORS[tensor],
      });
      const { data } = transformImage(bytes, transform);
      assert.equal(await sha256(data), digest, `${name}, ${settings}, ${tensor}`);
    }
  }
}

/** Compares verdicts, and the pixels of what is read. */
async function checkBroken(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  golden: JpegGoldenRow,
  reference: Reference,
): Promise<void> {
  const result = attempt(() => decodeJpeg(bytes, { reference }));
  const code = typeof result === "string" ? result : undefined;
  if (name in DIFFERENT) assert.equal(code, DIFFERENT[name], name);
  else if (golden.error === undefined) {
    assert.isObject(result, `${name} ${code}`);
    if (OTHER_PIXELS.includes(name)) return;
    assert.equal(await sha256((result as Image).data), golden.rgb, name);
    await checkScaled(name, bytes, golden, reference);
  } else assert.isDefined(code, `${name} was read`);
}

/** Compares what is made of files that may end early. */
async function checkFilled(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  { filled }: JpegGoldenRow,
  reference: Reference,
): Promise<void> {
  const result = attempt(() => decodeJpeg(bytes, { truncated: "fill", reference }));
  if (name in DIFFERENT || OTHER_PIXELS.includes(name)) return;
  if (typeof result !== "string") assert.equal(await sha256(result.data), filled, name);
  else assert.isNull(filled, `${name} ${result}`);
}

/** Compares the sizes that libjpeg's smaller transforms give. */
async function checkScaled(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  { scaled = {}, scaled_native = {} }: JpegGoldenRow,
  reference: Reference = "pillow-12.2",
): Promise<void> {
  for (const eighths of [4, 2, 1] as const) {
    const what = `${name} at ${eighths}/8`;
    if (scaled[eighths] === undefined) continue;
    const rgb = attempt(() => decodeJpeg(bytes, { scale: eighths, reference }));
    assert.isObject(rgb, what);
    assert.equal(await sha256((rgb as Image).data), scaled[eighths], what);
    const native = decodeJpeg(bytes, { scale: eighths, as: "native", reference });
    // Where a file's mode is RGB, both are the same.
    const digest = scaled_native[eighths] ?? scaled[eighths];
    assert.equal(await sha256(native.data), digest, `${what} in the file's mode`);
  }
}

const intact = FOLDERS.flatMap((folder): TestCase[] => [
  {
    name: `decodeJpeg() matches Pillow on every file of ${folder}`,
    run: (fixtures) => eachFile(fixtures, folder, checkPixels),
  },
  {
    name: `decodeJpeg() matches Pillow's draft mode on every file of ${folder}`,
    run: (fixtures) =>
      eachFile(fixtures, folder, async (name, bytes, golden) => {
        assert.isDefined(golden.scaled, name);
        await checkScaled(name, bytes, golden);
      }),
  },
  {
    name: `transformImage() matches torchvision on every file of ${folder}`,
    run: (fixtures) => eachFile(fixtures, folder, checkTensors),
  },
]);

/** Tests over the JPEG fixtures. */
export const cases: TestCase[] = [
  ...intact,
  {
    name: "every folder of JPEG fixtures is tested, and every golden has its file",
    async run(fixtures) {
      const { files } = await readJson<JpegGolden>(fixtures, "jpeg/golden.json");
      const folders = [...FOLDERS, "broken"];
      const names = await Promise.all(
        folders.map(async (folder) =>
          (await fixtures.list(`jpeg/${folder}`)).map((file) => `${folder}/${file}`)
        ),
      );
      assert.sameMembers(Object.keys(files), names.flat());
    },
  },
  {
    name: "resize() matches Pillow on every file of pictures",
    run: (fixtures) =>
      eachFile(fixtures, "pictures", async (name, bytes, { resizes = [] }) => {
        assert.isNotEmpty(resizes);
        const image = decodeJpeg(bytes);
        for (const [interpolation, width, height, box, digest] of resizes) {
          const resized = resize(image, { width, height, interpolation, box: box ?? undefined });
          const what = `${name}, ${interpolation} to ${width}x${height} of ${box}`;
          assert.equal(await sha256(resized.data), digest, what);
        }
      }),
  },
  {
    name: "decodeJpeg() refuses the broken files that Pillow refuses, and matches it on the others",
    run: (fixtures) => eachFile(fixtures, "broken", checkBroken),
  },
  {
    name: "decodeJpeg() fills broken files as Pillow does with LOAD_TRUNCATED_IMAGES",
    run: (fixtures) => eachFile(fixtures, "broken", checkFilled),
  },
  ...["arithmetic", "lossless", "markers", "progressive"].map((folder): TestCase => ({
    name: `decodeJpeg() matches Pillow 9.4 on every file of ${folder}, if asked to`,
    run: (fixtures) => eachFile(fixtures, folder, checkBroken, "pillow-9.4"),
  })),
  {
    name: "decodeJpeg() matches Pillow 9.4 on broken files, if asked to",
    async run(fixtures) {
      await eachFile(fixtures, "broken", checkBroken, "pillow-9.4");
      await eachFile(fixtures, "broken", checkFilled, "pillow-9.4");
    },
  },
  {
    name: "decodeJpeg() turns images as Pillow's exif_transpose does, by Exif data or else by XMP",
    async run(fixtures) {
      for (const reference of ["pillow-12.2", "pillow-9.4"] as const) {
        await eachFile(fixtures, "markers", async (name, bytes, golden) => {
          const { data } = decodeJpeg(bytes, { applyOrientation: true, reference });
          assert.equal(await sha256(data), golden.turned ?? golden.rgb, `${name}, ${reference}`);
          const { orientation } = readJpegHeader(bytes, { reference });
          assert.equal((orientation ?? 1) !== 1, golden.turned !== undefined, name);
        }, reference);
      }
    },
  },
  {
    name: "decodeJpeg() refuses truncated files where Pillow does, to the byte",
    // test/reference/bit_reader.ts has the rule.
    async run(fixtures) {
      await init();
      const { tails } = await readJson<JpegGolden>(fixtures, "jpeg/golden.json");
      for (const [name, count] of Object.entries(tails)) {
        const file = await fixtures.read(`jpeg/${name}`);
        assert.isObject(attempt(() => decodeJpeg(replaceEnd(file, count))), name);
        if (count === 0) continue;
        const code = attempt(() => decodeJpeg(replaceEnd(file, count - 1)));
        assert.equal(code, "jpeg/truncated", name);
      }
    },
  },
  {
    name:
      "transformImage() fails on the broken files that decodeJpeg() fails on, with the same code",
    run: (fixtures) =>
      eachFile(fixtures, "broken", (name, bytes) => {
        const transform = evaluation({ resize: 24, size: 16, interpolation: "bilinear" });
        const decoded = attempt(() => decodeJpeg(bytes));
        const transformed = attempt(() => transformImage(bytes, transform));
        if (typeof decoded === "string") assert.equal(transformed, decoded, name);
        else assert.isObject(transformed, name);
        return Promise.resolve();
      }),
  },
];
