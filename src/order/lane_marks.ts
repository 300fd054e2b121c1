/**
 * Where lanes stand, as a short text of a saved state.
 *
 * @module
 */
import { OrderError } from "../errors.ts";
import type { Split } from "./ranks.ts";

/**
 * Where a lane stands: its number, the place it gives next, and where the window of that place begins: which of the
 * lane's shards, the number of the sample in it, and the offset in bytes of the sample before that one, or 0 where the
 * shard is to be read from its beginning.
 */
export type LaneMark = readonly [
  lane: number,
  place: number,
  run: number,
  index: number,
  offsetBytes: number,
];

/** More lanes of a process have no offsets in a state, which stays below a kilobyte up to twice as many. */
const LANES_WITH_OFFSETS = 64;

/** Offsets of members are multiples of it. */
const BLOCK_BYTES = 512;

/** A number, its absence standing for the one that is expected. */
const FIELD = /^[0-9a-z]{0,11}$/;

/**
 * Writes where the lanes of a rank stand: for each that has not ended, `run.index.block.place.lane` in base 36, those
 * fields left out at the end, or empty, that are 0, of a place that of the lane before, of a lane the rank's next one.
 */
export function formatMarks(
  marks: readonly LaneMark[],
  { rank, world }: Pick<Split, "rank" | "world">,
): string {
  const withOffsets = marks.length <= LANES_WITH_OFFSETS;
  let expected = { lane: rank, place: 0 };
  const texts = marks.map(([lane, place, run, index, offsetBytes]) => {
    const block = withOffsets && offsetBytes % BLOCK_BYTES === 0 ? offsetBytes / BLOCK_BYTES : 0;
    const fields = [run, index, block].map((number) => number === 0 ? "" : number.toString(36));
    fields.push(place === expected.place ? "" : place.toString(36));
    fields.push(lane === expected.lane ? "" : lane.toString(36));
    expected = { lane: lane + world, place };
    return fields.join(".").replace(/\.+$/, "") || "0";
  });
  return texts.join(";");
}

/**
 * Reads where lanes stand.
 *
 * @param text Empty where all lanes have ended.
 * @throws {OrderError} `order/state` if the text is none of these.
 */
export function parseMarks(
  text: string,
  { rank, world, lanes }: { readonly rank: number; readonly world: number; readonly lanes: number },
): LaneMark[] {
  if (text === "") return [];
  let expected = { lane: rank, place: 0 };
  return text.split(";").map((each): LaneMark => {
    const fields = each.split(".");
    if (fields.length > 5 || !fields.every((field) => FIELD.test(field))) throw marksError(text);
    const [run = 0, index = 0, block = 0, place = expected.place, lane = expected.lane] = fields
      .map((field) => field === "" ? undefined : parseInt(field, 36));
    const isSound = [run, index, block * BLOCK_BYTES, place].every(Number.isSafeInteger) &&
      lane < lanes && lane % world === rank && lane >= expected.lane;
    if (!isSound) throw marksError(text);
    expected = { lane: lane + world, place };
    return [lane, place, run, index, block * BLOCK_BYTES];
  });
}

function marksError(text: string): OrderError {
  const shown = JSON.stringify(text.slice(0, 40));
  return new OrderError("order/state", {
    action: "read a saved state",
    reason: `at is ${shown}, which says of no lanes where they stand`,
  });
}
