/**
 * Damages JPEG files where it hurts: in what the markers say, and in the data between them.
 *
 * Everything is drawn from the random source, so that a seed gives the same files everywhere.
 */
import type { RandomSource } from "../../src/numbers/random_source.ts";
import { type Bytes, flip, join, noise, pick, put, splice, text } from "./edit.ts";
import { isFrame, readStructure, type Segment, type Structure } from "./structure.ts";

/** What a mutation works on. */
interface Patient {
  readonly bytes: Bytes;
  readonly parts: Structure;
  readonly random: RandomSource;
  /** Another file, for what is exchanged between two. */
  readonly donor: Uint8Array;
}

/** Gives the damaged file; `undefined` where the file has no such part. */
type Mutation = (patient: Patient) => Bytes | undefined;

/** The ways to damage a file, by name. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "flip a bit": ({ bytes, random }) => flip(bytes, random.below(bytes.length), random),
  "set a byte": ({ bytes, random }) =>
    put(bytes, random.below(bytes.length), [
      pick(random, [0, 1, 0x7F, 0x80, 0xFE, 0xFF, random.below(256)]),
    ]),
  "truncate": ({ bytes, random }) => bytes.slice(0, 2 + random.below(bytes.length - 1)),
  "truncate at a boundary": (patient) => patient.bytes.slice(0, boundary(patient)),
  "truncate and end": ({ bytes, random }) =>
    join(bytes.subarray(0, 2 + random.below(bytes.length - 1)), [0xFF, 0xD9]),
  "flip a bit of a scan": (patient) =>
    inScan(patient, ({ bytes, random }, at) => flip(bytes, at, random)),
  "flip many bits of a scan": (patient) =>
    inScan(patient, ({ bytes, parts, random }) => {
      const { start, end } = pick(random, parts.scans);
      const out = bytes.slice();
      for (let n = 4 + random.below(60); n > 0 && end > start; n--) {
        out[start + random.below(end - start)] ^= 1 << random.below(8);
      }
      return out;
    }),
  "delete from a scan": (patient) =>
    inScan(patient, ({ bytes, random }, at) => splice(bytes, at, 1 + random.below(40))),
  "insert into a scan": (patient) =>
    inScan(
      patient,
      ({ bytes, random }, at) => splice(bytes, at, 0, noise(random, 1 + random.below(20))),
    ),
  "blank a part of a scan": (patient) =>
    inScan(patient, ({ bytes, random }, at) => {
      const out = bytes.slice();
      out.fill(pick(random, [0, 0xFF, 0x55]), at, at + 1 + random.below(200));
      return out;
    }),
  "insert a marker into a scan": (patient) =>
    inScan(patient, ({ bytes, random }, at) => splice(bytes, at, 0, [0xFF, drawMarker(random)])),
  "remove a restart marker": (patient) =>
    atRestart(patient, ({ bytes, random }, at) => splice(bytes, at, pick(random, [2, 2, 1]))),
  "renumber a restart marker": (patient) =>
    atRestart(patient, ({ bytes, random }, at) => put(bytes, at + 1, [0xD0 + random.below(8)])),
  "repeat a restart marker": (patient) =>
    atRestart(patient, ({ bytes }, at) => splice(bytes, at, 0, bytes.subarray(at, at + 2))),
  "remove a restart interval": (patient) =>
    atRestart(patient, ({ bytes, parts }, at) => {
      const next = parts.restarts.find((restart) => restart > at) ?? at + 2;
      return splice(bytes, at, next - at);
    }),
  "change the restart interval": ({ bytes, parts, random }) => {
    const interval = pick(random, [0, 1, 2, 3, 7, 0xFFFF, random.below(65536)]);
    const body = [0xFF, 0xDD, 0, 4, interval >> 8, interval & 255];
    const old = parts.segments.find(({ marker }) => marker === 0xDD);
    if (old) return splice(bytes, old.start, old.end - old.start, body);
    const scan = parts.segments.find(({ marker }) => marker === 0xDA);
    return scan && splice(bytes, scan.start, 0, body);
  },
  "remove a segment": (patient) =>
    inSegment(patient, ({ bytes }, { start, end }) => splice(bytes, start, end - start)),
  "repeat a segment": (patient) =>
    inSegment(
      patient,
      ({ bytes, parts, random }, { start, end }) =>
        splice(bytes, pick(random, parts.segments).start, 0, bytes.subarray(start, end)),
    ),
  "exchange two segments": (patient) =>
    inSegment(patient, ({ bytes, parts, random }, one) => {
      const other = pick(random, parts.segments);
      if (one.start >= other.start) return undefined;
      return join(
        bytes.subarray(0, one.start),
        bytes.subarray(other.start, other.end),
        bytes.subarray(one.end, other.start),
        bytes.subarray(one.start, one.end),
        bytes.subarray(other.end),
      );
    }),
  "lie about a length": (patient) =>
    inSegment(patient, ({ bytes, random }, { start, end }) => {
      const size = end - start - 2;
      const lie = pick(random, [
        0,
        1,
        2,
        3,
        size - 1,
        size + 1,
        size + 17,
        0xFFFF,
        random.below(65536),
      ]);
      return put(bytes, start + 2, [lie >> 8 & 255, lie & 255]);
    }),
  "change a byte of a segment": (patient) =>
    inSegment(
      patient,
      ({ bytes, random }, { start, end }) =>
        put(bytes, start + random.below(end - start), [random.below(256)]),
    ),
  "change a marker": (patient) =>
    inSegment(
      patient,
      ({ bytes, random }, { start }) => put(bytes, start + 1, [drawMarker(random)]),
    ),
  "change the process": (patient) =>
    inSegment(
      patient,
      ({ bytes, random }, { start }) =>
        put(bytes, start + 1, [pick(random, [0xC0, 0xC1, 0xC2, 0xC9, 0xCA, 0xC3, 0xC5, 0xCB])]),
      isFrame,
    ),
  "change a dimension": (patient) =>
    inSegment(patient, ({ bytes, random }, { start }) => {
      const at = start + pick(random, [5, 7]);
      const old = bytes[at] << 8 | bytes[at + 1];
      const size = pick(random, [
        0,
        1,
        2,
        old + 1,
        old - 1,
        old * 2,
        old >> 1,
        old + 8,
        65500,
        65535,
        random.below(400),
      ]);
      return put(bytes, at, [size >> 8 & 255, size & 255]);
    }, isFrame),
  "change a component": (patient) =>
    inSegment(patient, ({ bytes, random }, { start }) => {
      const at = start + 10 + 3 * random.below(4);
      const factors = (1 + random.below(4)) << 4 | (1 + random.below(4));
      return pick(random, [
        put(bytes, at, [random.below(6)]),
        put(bytes, at + 1, [pick(random, [factors, factors, 0, 0x15, 0x51, random.below(256)])]),
        put(bytes, at + 2, [random.below(6)]),
        put(bytes, start + 9, [random.below(6)]),
      ]);
    }, isFrame),
  "change a scan header": (patient) =>
    inSegment(patient, ({ bytes, random }, { start, end }) => {
      const choice = random.below(5);
      if (choice === 0) return put(bytes, start + 4, [random.below(6)]);
      if (choice === 1) return put(bytes, start + 5 + 2 * random.below(4), [random.below(5)]);
      if (choice === 2) {
        return put(bytes, start + 6 + 2 * random.below(4), [
          random.below(4) << 4 | random.below(4),
        ]);
      }
      if (choice === 3) return put(bytes, end - 3 + random.below(2), [random.below(70)]);
      return put(bytes, end - 1, [random.below(15) << 4 | random.below(15)]);
    }, (marker) => marker === 0xDA),
  "corrupt an entropy table": (patient) =>
    inSegment(patient, ({ bytes, random }, { start, end }) => {
      if (end - start < 22) return undefined;
      const choice = random.below(4);
      if (choice === 0) return put(bytes, start + 4, [random.below(32)]);
      if (choice === 1) return flip(bytes, start + 5 + random.below(16), random);
      if (choice === 2) {
        // As many codes as before, of other lengths.
        const [from, to] = [start + 5 + random.below(16), start + 5 + random.below(16)];
        if (bytes[from] === 0 || from === to) return undefined;
        return put(put(bytes, from, [bytes[from] - 1]), to, [bytes[to] + 1]);
      }
      return put(bytes, start + 21 + random.below(end - start - 21), [random.below(256)]);
    }, (marker) => marker === 0xC4),
  "corrupt a quantisation table": (patient) =>
    inSegment(
      patient,
      ({ bytes, random }, { start, end }) =>
        random.below(4) === 0
          ? put(bytes, start + 4, [random.below(32)])
          : put(bytes, start + 4 + random.below(Math.max(1, end - start - 4)), [
            pick(random, [0, 1, 255, random.below(256)]),
          ]),
      (marker) => marker === 0xDB,
    ),
  "insert a segment": (patient) =>
    inSegment(
      patient,
      ({ bytes, random }, { start }) => splice(bytes, start, 0, drawSegment(random)),
    ),
  "insert bytes between segments": (patient) =>
    inSegment(
      patient,
      ({ bytes, random }, { start }) => splice(bytes, start, 0, noise(random, 1 + random.below(6))),
    ),
  "take a segment of another file": ({ bytes, parts, random, donor }) => {
    const theirs = readStructure(donor).segments;
    if (theirs.length === 0 || parts.segments.length === 0) return undefined;
    const { start, end } = pick(random, theirs);
    return splice(bytes, pick(random, parts.segments).start, 0, donor.subarray(start, end));
  },
  "take the scans of another file": ({ bytes, parts, donor }) => {
    const theirs = readStructure(donor).segments.find(({ marker }) => marker === 0xDA);
    const ours = parts.segments.find(({ marker }) => marker === 0xDA);
    return ours && theirs && join(bytes.subarray(0, ours.start), donor.subarray(theirs.start));
  },
  "repeat a scan": ({ bytes, parts, random }) => {
    const heads = parts.segments.filter(({ marker }) => marker === 0xDA);
    if (heads.length === 0) return undefined;
    const n = random.below(heads.length);
    const scan = bytes.subarray(heads[n].start, parts.scans[n].end);
    const times = pick(random, [1, 2, 120]);
    return splice(bytes, heads[n].start, 0, join(...Array.from({ length: times }, () => scan)));
  },
  "append another file": ({ bytes, random, donor }) =>
    join(bytes.subarray(0, bytes.length - pick(random, [0, 2])), donor),
};

const NAMES = Object.keys(MUTATIONS);

/** A file's damage, for reports. */
export interface Mutant {
  readonly bytes: Bytes;
  /** Names of the mutations in their order. */
  readonly history: readonly string[];
}

/** Damages a file in one to eight ways; most often in one. */
export function mutate(file: Uint8Array, donor: Uint8Array, random: RandomSource): Mutant {
  let bytes: Bytes = Uint8Array.from(file);
  const history: string[] = [];
  const wanted = pick(random, [1, 1, 1, 2, 2, 3, 8]);
  // Most files lack some of the parts: another mutation is drawn then.
  for (let tries = 0; history.length < wanted && tries < 30 && bytes.length > 8; tries++) {
    const name = pick(random, NAMES);
    const result = MUTATIONS[name]({ bytes, parts: readStructure(bytes), random, donor });
    if (result === undefined) continue;
    history.push(name);
    bytes = result;
  }
  return { bytes, history };
}

function inScan(
  patient: Patient,
  change: (patient: Patient, at: number) => Bytes | undefined,
): Bytes | undefined {
  const { parts, random } = patient;
  if (parts.scans.length === 0) return undefined;
  const { start, end } = pick(random, parts.scans);
  return end > start ? change(patient, start + random.below(end - start)) : undefined;
}

function atRestart(
  patient: Patient,
  change: (patient: Patient, at: number) => Bytes | undefined,
): Bytes | undefined {
  const { parts, random } = patient;
  return parts.restarts.length > 0 ? change(patient, pick(random, parts.restarts)) : undefined;
}

function inSegment(
  patient: Patient,
  change: (patient: Patient, segment: Segment) => Bytes | undefined,
  isWanted: (marker: number) => boolean = () => true,
): Bytes | undefined {
  const { parts, random } = patient;
  const wanted = parts.segments.filter(({ marker }) => isWanted(marker));
  return wanted.length > 0 ? change(patient, pick(random, wanted)) : undefined;
}

function boundary({ bytes, parts, random }: Patient): number {
  const offsets = [
    ...parts.segments.flatMap((
      { start, end },
    ) => [start, start + 1, start + 2, start + 4, end - 1, end]),
    ...parts.scans.flatMap(({ start, end }) => [start + 1, end - 1, end, end + 1]),
    ...parts.restarts.flatMap((at) => [at, at + 1, at + 2]),
  ];
  return offsets.length > 0 ? Math.min(bytes.length, pick(random, offsets)) : bytes.length;
}

function drawMarker(random: RandomSource): number {
  return pick(random, [
    0xD0 + random.below(8),
    0xD9,
    0xDA,
    0xC4,
    0xFF,
    0x00,
    0x01,
    0xE0,
    0xD8,
    0xDD,
    random.below(256),
  ]);
}

function drawSegment(random: RandomSource): number[] {
  const bodies: number[][] = [
    [0xE0, ...text("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0],
    [0xE0, ...text("JFI")],
    [
      0xE1,
      ...text("Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"),
      random.below(10),
      0,
      0,
      0,
    ],
    [0xE1, ...text("Exif\0\0MM\0*"), ...noise(random, 30)],
    [0xE2, ...text("ICC_PROFILE\0"), random.below(4), random.below(4), ...noise(random, 10)],
    [0xED, ...text("Photoshop 3.0\x008BIM"), ...noise(random, 12)],
    [0xEE, ...text("Adobe"), 0, 100, 0, 0, 0, 0, random.below(4)],
    [0xCC, random.below(32), random.below(256)],
    [0xDC, 0, random.below(256)],
    [0xFE, ...noise(random, random.below(8))],
    [0xDD, 0, random.below(5)],
    [0xC0 + random.below(16), ...noise(random, random.below(20))],
  ];
  const [marker, ...body] = pick(random, bodies);
  return [0xFF, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body];
}
