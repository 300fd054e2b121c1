/**
 * Reads the parts of a processor's configuration.
 *
 * @module
 */
import type { ChannelValues } from "../statistics.ts";

/** A configuration, as JSON gives it. */
export type Config = Readonly<Record<string, unknown>>;

const MAX_EDGE = 65535;

/** A fault of a configuration, with the key that has it. */
export function configError(key: string, reason: string): RangeError {
  return new RangeError(`Cannot follow this configuration: ${key} ${reason}`);
}

/** Whether a value is an object that is no array. */
export function isConfig(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in few words, for errors. */
export function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

/** A switch. One that is null is off, and not what it is where it is absent: so it is in transformers 4.57 and 5.17. */
export function readSwitch(config: Config, key: string, missing: boolean): boolean {
  const value = config[key] === undefined ? missing : config[key] ?? false;
  if (typeof value !== "boolean") {
    throw configError(key, `must be true or false, not ${show(value)}`);
  }
  return value;
}

/** A number above 0. */
export function readPositive(config: Config, key: string, missing: number): number {
  const value = config[key] ?? missing;
  if (typeof value !== "number" || !(value > 0 && value < Infinity)) {
    throw configError(key, `must be a number above 0, not ${show(value)}`);
  }
  return value;
}

/** A length in pixels. */
export function readPixels(key: string, value: unknown): number {
  if (!(Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_EDGE)) {
    throw configError(
      key,
      `must be a whole number of pixels in 1..${MAX_EDGE}, not ${show(value)}`,
    );
  }
  return value as number;
}

/** A number for each channel, or one for all. */
export function readChannelValues(
  key: string,
  value: unknown,
  isDivisor: boolean,
): ChannelValues {
  const list = typeof value === "number" ? [value, value, value] : value;
  const isRight = Array.isArray(list) && list.length === 3 &&
    list.every((each) =>
      typeof each === "number" && Number.isFinite(Math.fround(each)) &&
      !(isDivisor && Math.fround(each) === 0)
    );
  if (!isRight) {
    const wanted = isDivisor ? "three numbers other than 0" : "three numbers";
    throw configError(key, `must be ${wanted}, not ${show(value)}`);
  }
  return [list[0], list[1], list[2]];
}

/** A size by its keys, of which only some go together. */
export interface SizeFacts {
  readonly height?: number;
  readonly width?: number;
  readonly shortest_edge?: number;
  readonly longest_edge?: number;
  readonly max_height?: number;
  readonly max_width?: number;
}

const KEY_SETS = [
  "height width",
  "shortest_edge",
  "longest_edge shortest_edge",
  "longest_edge",
  "max_height max_width",
];

/**
 * Reads a size.
 *
 * Exact: transformers' `get_size_dict`.
 *
 * @param isSquare Whether a number is height and width; else it is the shorter edge.
 * @param maxSize The longer edge that goes with a number.
 */
export function readSize(
  key: string,
  value: unknown,
  isSquare: boolean,
  maxSize?: unknown,
): SizeFacts {
  if (typeof value === "number") {
    const edge = readPixels(key, value);
    if (isSquare) return { height: edge, width: edge };
    return maxSize === undefined || maxSize === null
      ? { shortest_edge: edge }
      : { shortest_edge: edge, longest_edge: readPixels("max_size", maxSize) };
  }
  if (Array.isArray(value)) {
    if (value.length !== 2) throw configError(key, `must be [height, width], not ${show(value)}`);
    return { height: readPixels(key, value[0]), width: readPixels(key, value[1]) };
  }
  if (!isConfig(value)) throw configError(key, `must be a size, not ${show(value)}`);
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  const keys = entries.map(([name]) => name).sort().join(" ");
  if (!KEY_SETS.includes(keys)) {
    const sets = KEY_SETS.map((set) => set.replaceAll(" ", " and ")).join(", or ");
    throw configError(key, `must have ${sets}, not ${show(value)}`);
  }
  return Object.fromEntries(
    entries.map(([name, each]) => [name, readPixels(`${key}.${name}`, each)]),
  );
}

/** Height and width. */
export function readHeightWidth(key: string, value: unknown): [number, number] {
  const { height, width } = readSize(key, value, true);
  if (height === undefined || width === undefined) {
    throw configError(key, `must have height and width, not ${show(value)}`);
  }
  return [height, width];
}
