/** Archives that are damaged at random, the same on every run. */

import { archive, gnuLong, join, member, pax } from "../tar/archive.ts";
import { handMade } from "../tar/hand_made.ts";
import { repairChecksum } from "../tar/sparse.ts";

/** A random integer below a limit. */
export type Random = (below: number) => number;

/** Marsaglia's xorshift, so that a failure can be repeated. */
export function makeRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const shards = [
  archive(
    ...["a", "b", "c", "d"].flatMap((key) => [
      member({ name: `${key}.cls` }, "7"),
      member({ name: `${key}.jpg` }, "j".repeat(700)),
      member({ name: `${key}.txt` }, key),
    ]),
  ),
  archive(
    member({ name: "__meta__" }, "m"),
    pax("x", { path: "long/a.cls" }),
    member({ name: "PaxHeader" }, "12"),
    gnuLong("L", "long/a.jpg"),
    member({ name: "short" }, "j".repeat(9000)),
    member({ name: "b.CLS" }, " 3\n"),
    member({ name: "b.cls" }, "4"),
    member({ name: "README" }, "r".repeat(600)),
    member({ name: "c.cls" }, "not a class"),
  ),
];

const ARCHIVES = [
  ...shards,
  ...shards,
  ...shards,
  ...Object.values(handMade).filter(({ length }) => length < 20_000),
];

const NASTY = [0x00, 0x30, 0x37, 0x80, 0xff, 0x2f, 0x78, 0x67, 0x4c, 0x53, 0x2e];

/** A damaged archive. */
export function mutateArchive(random: Random): Uint8Array<ArrayBuffer> {
  let bytes = ARCHIVES[random(ARCHIVES.length)].slice();
  for (let i = random(4); i >= 0; i--) bytes = DAMAGES[random(DAMAGES.length)](bytes, random);
  return bytes;
}

type Damage = (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>;

/** The start of a block. */
function pickBlock(bytes: Uint8Array, random: Random): number {
  return 512 * random(Math.max(1, Math.floor(bytes.length / 512)));
}

const setByte: Damage = (bytes, random) => {
  if (bytes.length < 512) return bytes;
  const start = pickBlock(bytes, random);
  // The type flag decides most, so it is hit most; then the size.
  const place = [156, 124 + random(12), 482, random(512), random(512)][random(5)];
  bytes[start + place] = random(2) === 0 ? NASTY[random(NASTY.length)] : random(256);
  if (random(8) > 0) repairChecksum(bytes, start);
  return bytes;
};

const setSize: Damage = (bytes, random) => {
  if (bytes.length < 512) return bytes;
  const start = pickBlock(bytes, random);
  const size = [random(20), random(3000), random(2 ** 30), 8 ** 11 - 1][random(4)];
  const digits = size.toString(8).padStart(11, "0");
  for (let i = 0; i < 11; i++) bytes[start + 124 + i] = digits.charCodeAt(i);
  repairChecksum(bytes, start);
  return bytes;
};

const cut: Damage = (bytes, random) => {
  const end = random(2) === 0 ? pickBlock(bytes, random) : random(bytes.length + 1);
  return bytes.slice(0, end);
};

const dropEnd: Damage = (bytes) => bytes.slice(0, Math.max(0, bytes.length - 1024));

const repeatBlocks: Damage = (bytes, random) => {
  const [start, at] = [pickBlock(bytes, random), pickBlock(bytes, random)];
  const blocks = bytes.subarray(start, start + 512 * (1 + random(3)));
  return join([bytes.subarray(0, at), blocks, bytes.subarray(at)]);
};

const dropBlocks: Damage = (bytes, random) => {
  const start = pickBlock(bytes, random);
  return join([bytes.subarray(0, start), bytes.subarray(start + 512 * (1 + random(2)))]);
};

const insertRecord: Damage = (bytes, random) => {
  const at = pickBlock(bytes, random);
  const records = [
    pax("x", { size: `${random(2000)}` }),
    pax("x", { path: `r.${"ab"[random(2)]}` }),
    pax("g", { path: "global.txt" }),
    pax("x", { "GNU.sparse.map": `${random(9)},${random(9)}`, "GNU.sparse.size": `${random(99)}` }),
    pax("x", { "GNU.sparse.major": "1", "GNU.sparse.minor": "0" }),
    gnuLong("L", "long.txt"),
  ];
  return join([bytes.subarray(0, at), records[random(records.length)], bytes.subarray(at)]);
};

const DAMAGES: readonly Damage[] = [
  setByte,
  setByte,
  setByte,
  setSize,
  cut,
  dropEnd,
  repeatBlocks,
  dropBlocks,
  insertRecord,
];
