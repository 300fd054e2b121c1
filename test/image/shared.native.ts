/**
 * Images beside the repository, and what Python makes of them.
 *
 * @module
 */
import { assert } from "chai";
import { WdsError } from "../../src/errors.ts";
import { decodeJpeg, evaluation, init, resize, transformImage } from "../../src/image/mod.ts";
import type { DecodeOptions } from "../../src/image/mod.ts";
import type { Image, Interpolation, Reference } from "../../src/image/types.ts";
import { readTar } from "../../src/tar/mod.ts";
import type { TestCase } from "../case.ts";
import { sha256 } from "../reference/digest.ts";
import { drawTall } from "../reference/random.ts";
import { listShared, readShared, readSharedJson, sharedSkip } from "../shared_data.ts";

/** What Python makes of a file: digests by what was computed, or its error. */
type Row =
  & { readonly rgb?: string; readonly native?: string; readonly error?: string }
  & Record<
    string,
    unknown
  >;

type Bytes = Uint8Array<ArrayBuffer>;

const COMBINATION = /^([a-z]+)-([0-9]+)-([0-9]+)$/;
const RESIZE = /^([a-z]+)-([0-9]+)x([0-9]+)(-box.*)?$/;

async function* readFolder(folder: string): AsyncGenerator<[name: string, bytes: Bytes]> {
  for (const name of await listShared(folder)) yield [name, await readShared(`${folder}/${name}`)];
}

async function* readShards(folder: string): AsyncGenerator<[name: string, bytes: Bytes]> {
  for (const name of await listShared(folder)) {
    if (!name.endsWith(".tar")) continue;
    const shard = await readShared(`${folder}/${name}`);
    for await (const { path, bytes } of readTar(new Blob([shard]).stream())) {
      if (path.endsWith(".jpg")) yield [path, bytes.slice()];
    }
  }
}

/** What Pillow makes of an unfinished file, by itself and filled. */
type Unfinished = Record<"plain" | "filled", { readonly error?: string; readonly native?: string }>;

/** What Pillow makes of a fixture, by itself and filled: a digest, or "error" and its class. */
type FixtureRow = readonly [plain: string, filled: string];

/**
 * Fixtures that are read otherwise: PNG under another name, and one that libjpeg-turbo decodes twice into the same
 * blocks (see `jpeg_fixtures.cases.ts`).
 */
const OTHERWISE = ["broken/is_png.jpg", "broken/truncated_large_fill_bytes.jpg"];

const REFERENCES: readonly Reference[] = ["pillow-12.2", "pillow-9.4"];

const TALL = /^([0-9]+)x([0-9]+) ([a-z]+) ([0-9]+)x([0-9]+)( box)?$/;

/** Compares one file's crops and tensors. */
async function checkTensors(
  name: string,
  bytes: Bytes,
  row: Row,
  reference: Reference,
): Promise<void> {
  for (const [key, value] of Object.entries(row)) {
    const [, interpolation, shorterEdge, size] = COMBINATION.exec(key) ?? [];
    if (interpolation === undefined) continue;
    const options = {
      interpolation: interpolation as Interpolation,
      resize: Number(shorterEdge),
      size: Number(size),
    };
    const { u8_hwc, f32_chw } = value as { u8_hwc: string; f32_chw: string };
    const pixels = transformImage(bytes, evaluation({ ...options, type: "uint8" }), { reference })
      .data;
    assert.equal(await sha256(pixels), u8_hwc, `${name} ${key}`);
    const tensor = transformImage(bytes, evaluation(options), { reference }).data;
    assert.equal(await sha256(tensor), f32_chw, `${name} ${key}`);
  }
}

/** Compares one image's other resizes. */
async function checkResizes(
  name: string,
  image: Image,
  row: Row,
  reference: Reference,
): Promise<void> {
  for (const [key, digest] of Object.entries(row)) {
    const [, filter, width, height, box] = RESIZE.exec(key) ?? [];
    if (filter === undefined) continue;
    const [w, h] = [image.width, image.height];
    const resized = resize(image, {
      width: Number(width),
      height: Number(height),
      interpolation: filter as Interpolation,
      box: box === undefined ? undefined : [w * 0.25, h * 0.125, w * 0.8, h * 0.9],
      reference,
    });
    assert.equal(await sha256(resized.data), digest, `${name} ${key}`);
  }
}

/** The image, or the code of the error. */
function decode(bytes: Bytes, options: DecodeOptions): Image | string {
  try {
    return decodeJpeg(bytes, options);
  } catch (error) {
    if (error instanceof WdsError) return error.code;
    throw error;
  }
}

/** How many files Pillow reads, and how many it refuses. */
interface Counts {
  readonly read: number;
  readonly refused: number;
}

function makeCase(
  what: string,
  golden: string,
  files: () => AsyncGenerator<[name: string, bytes: Bytes]>,
  expected: Counts,
  reference: Reference = "pillow-12.2",
): TestCase {
  return {
    name: `decodeJpeg(), resize() and transformImage() match Pillow and torchvision on ${what}`,
    skip: sharedSkip,
    async run() {
      await init();
      const rows = (await readSharedJson<{ files: Record<string, Row> }>(golden)).files;
      const counts = { read: 0, refused: 0 };
      for await (const [name, bytes] of files()) {
        const row = rows[name];
        const image = decode(bytes, { reference });
        if (typeof image === "string") {
          assert.isDefined(row.error, `${name} ${image}`);
          counts.refused++;
          continue;
        }
        assert.isUndefined(row.error, `${name} was read`);
        assert.equal(await sha256(image.data), row.rgb, name);
        const native = decodeJpeg(bytes, { as: "native", reference });
        assert.equal(await sha256(native.data), row.native, `${name} in the file's mode`);
        await checkTensors(name, bytes, row, reference);
        await checkResizes(name, image, row, reference);
        counts.read++;
      }
      assert.deepEqual(counts, expected);
    },
  };
}

/** Tests over the images beside the repository. */
export const cases: TestCase[] = [
  makeCase("ImageNet images", "imagenet.golden.json", () => readShards("imagenet"), {
    read: 202,
    refused: 0,
  }),
  makeCase("images that overflow", "extreme.golden.json", () => readFolder("extreme"), {
    read: 24,
    refused: 0,
  }),
  makeCase(
    "other projects' images",
    "jpeg-suite.pillow13.golden.json",
    () => readFolder("jpeg-suite"),
    { read: 81, refused: 6 },
  ),
  makeCase(
    "other projects' images, as Pillow 9.4",
    "jpeg-suite.golden.json",
    () => readFolder("jpeg-suite"),
    { read: 80, refused: 7 },
    "pillow-9.4",
  ),
  ...["pillow13", "pillow9"].map((version, i): TestCase => ({
    name: `decodeJpeg() matches Pillow on unfinished files, plain and filled, ${version}`,
    skip: sharedSkip,
    async run() {
      await init();
      const { files } = await readSharedJson<{ files: Record<string, Unfinished> }>(
        `unfinished.${version}.json`,
      );
      const reference = REFERENCES[i];
      for await (const [name, bytes] of readFolder("unfinished")) {
        for (const [mode, row] of Object.entries(files[name])) {
          const truncated = mode === "filled" ? "fill" : "error";
          const image = decode(bytes, { as: "native", truncated, reference });
          const what = `${name}, ${mode}`;
          if (typeof image === "string") assert.isDefined(row.error, `${what}: ${image}`);
          else assert.equal(await sha256(image.data), row.native, what);
        }
      }
    },
  })),
  {
    name: "decodeJpeg() matches Pillow 13 on the fixtures, plain and filled",
    skip: sharedSkip,
    async run(fixtures) {
      await init();
      const { files } = await readSharedJson<{ files: Record<string, FixtureRow> }>(
        "fixtures.pillow13.golden.json",
      );
      assert.isAbove(Object.keys(files).length, 600);
      for (const [name, row] of Object.entries(files)) {
        if (OTHERWISE.includes(name)) continue;
        const bytes = await fixtures.read(`jpeg/${name}`);
        for (const [i, expected] of row.entries()) {
          const truncated = i === 1 ? "fill" : "error";
          const image = decode(bytes, { as: "native", truncated });
          const what = `${name}, ${truncated}`;
          if (typeof image === "string") assert.match(expected, /^error/, `${what}: ${image}`);
          else assert.equal(await sha256(image.data), expected, what);
        }
      }
    },
  },
  {
    name: "resize() matches Pillow on images a hundred times as tall as wide, and wider ones",
    skip: sharedSkip,
    async run() {
      await init();
      const { files } = await readSharedJson<{ files: Record<string, string> }>(
        "tall.pillow13.golden.json",
      );
      for (const [key, digest] of Object.entries(files)) {
        const [, w, h, filter, width, height, box] = TALL.exec(key) ?? [];
        const image = drawTall(Number(w), Number(h));
        const resized = resize(image, {
          width: Number(width),
          height: Number(height),
          interpolation: filter as Interpolation,
          box: box === undefined
            ? undefined
            : [image.width * 0.1, image.height * 0.2, image.width * 0.9, image.height * 0.77],
        });
        assert.equal(await sha256(resized.data), digest, key);
      }
    },
  },
];
