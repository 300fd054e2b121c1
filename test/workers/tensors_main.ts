/** Transforms several fields by no worker, then by several; prints a digest of everything that each number of them gave. */

import { decodeMask } from "../../src/formats/mod.ts";
import { evaluation, training, type WdsError, webdataset } from "../../mod.ts";
import { mask } from "../../src/image/transform/mod.ts";
import { collect, makeShard } from "../dataset/shards.ts";
import { fileFixtures } from "../fixtures.ts";
import { sha256 } from "../reference/digest.ts";

const NAMES = ["420_42x32", "422_42x32", "440_42x32", "444_42x32"];
const { read } = fileFixtures;

const seg = await read("masks/files/palette_8.png");
// The same numbers as numpy saves them.
const { width, height, data } = await decodeMask(seg);
const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
const npy = new Uint8Array([
  ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0],
  ...new TextEncoder().encode(`${header.padEnd(117)}\n`),
  ...data,
]);
const members: [string, string | Uint8Array][] = [];
for (let i = 0; i < 30; i++) {
  const name = NAMES[i % NAMES.length];
  members.push(
    [`s${i}.left.jpg`, i === 11 ? seg : await read(`jpeg/baseline/${name}.jpg`)],
    [`s${i}.right.jpg`, await read(`jpeg/baseline/${NAMES[(i + 1) % NAMES.length]}.jpg`)],
  );
  // One is missing, one has another size, one is damaged.
  if (i === 4) continue;
  const other = i === 17
    ? await read("masks/files/grey_8.png")
    : i === 23
    ? seg.slice(0, 99)
    : i % 6 === 2
    ? npy
    : seg;
  members.push([`s${i}.seg.png`, other]);
}
const shard = await makeShard(members);

/** Everything that arrays are, as text. */
async function print(items: readonly unknown[]): Promise<string> {
  const text = JSON.stringify(
    items,
    (_, value) =>
      ArrayBuffer.isView(value) ? [value.constructor.name, ...value as Uint8Array] : value,
  );
  return await sha256(new TextEncoder().encode(text));
}

for (const workers of [0, 1, 3]) {
  const codes: string[] = [];
  const dataset = webdataset([shard, shard], {
    workers,
    onError: "skip",
    onSkip: ({ key, field, code }: WdsError) => codes.push(`${key} ${field} ${code}`),
  }).epochs(2);
  const given = {
    "left.jpg": training({ size: 20, seed: 5 }),
    "right.jpg": evaluation({ size: 16, resize: 18, type: "uint8" }),
    "seg.png": mask({ of: "left.jpg", type: "int32" }),
  } as const;
  const parts = [
    await print(await collect(dataset.transform(given))),
    await print(await collect(dataset.transform(given).batch(7))),
    await print(
      await collect(dataset.transform(given).batch(4, { fields: ["seg.png"] }).prefetch(2)),
    ),
    await print(await collect(dataset.transform(given, { missing: "skip" }).batch(5))),
    await print(await collect(dataset.transform(given, { missing: "undefined" }).batch(5))),
  ];
  const into = {
    "left.jpg": new Float32Array(7 * 3 * 20 * 20),
    "right.jpg": new Uint8Array(7 * 16 * 16 * 3),
    "seg.png": new Int32Array(7 * 20 * 20),
  };
  const share = (elements: number): SharedArrayBuffer =>
    new SharedArrayBuffer(2 * 7 * elements * 4);
  const shared = {
    "left.jpg": new Float32Array(share(3 * 20 * 20)),
    "right.jpg": new Uint8Array(share(16 * 16 * 3)),
    "seg.png": new Int32Array(share(20 * 20)),
  };
  let length = 0;
  for (const own of [into, shared]) {
    const copies: unknown[] = [];
    for await (const { tensors, keys } of dataset.transform(given).batch(7, { into: own })) {
      copies.push([tensors["left.jpg"].data.slice(), tensors["seg.png"].data.slice(), keys]);
    }
    parts.push(await print(copies));
    ({ length } = copies);
  }
  const released: unknown[] = [];
  for await (const batch of dataset.transform(given).batch(7)) {
    released.push(await print([batch]));
    batch.release();
  }
  parts.push(await print(released));
  console.log(`${await print([parts, codes])} ${length} batches, ${codes.length} faults`);
  if (workers === 0) console.log([...new Set(codes)].sort().join("\n"));
}
