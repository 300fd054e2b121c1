/**
 * Named settings of the evaluation transform.
 *
 * @module
 */
import type { Interpolation } from "../../types.ts";
import { FAMILY_PRESETS, REFERENCE_PRESETS } from "./families.ts";
import { TIMM_PRESETS } from "./timm.ts";
import { TORCHVISION_PRESETS } from "./torchvision.ts";
import {
  type ChannelValues,
  CLIP_MEAN,
  CLIP_STD,
  IMAGENET_MEAN,
  IMAGENET_STD,
  INCEPTION_MEAN_STD,
} from "../statistics.ts";

export * from "../statistics.ts";

/** What a preset fixes. Either `resize` or `cropRatio` is there. */
export interface Preset {
  /** Edge of the square crop in pixels. */
  readonly size: number;
  /** Length in pixels that the shorter edge is resized to. */
  readonly resize?: number;
  /** The crop's edge over the resized image's shorter edge; `resize` is `floor(size / cropRatio)`. */
  readonly cropRatio?: number;
  /** Pillow's filter. */
  readonly interpolation: Interpolation;
  /** What is subtracted from each channel. */
  readonly mean: ChannelValues;
  /** What each channel is divided by afterwards. */
  readonly std: ChannelValues;
}

/** The name of a preset: a family, a timm model, or a member of a torchvision weights class. */
export type PresetName =
  | keyof typeof FAMILY_PRESETS
  | keyof typeof REFERENCE_PRESETS
  | keyof typeof TIMM_PRESETS
  | keyof typeof TORCHVISION_PRESETS;

type Statistics = "half" | "clip" | "unit" | "caffe";
type Row = readonly [number, number, Interpolation, Statistics?];
type Table = Readonly<Record<string, Row>>;

const MEAN_STD: Readonly<Record<Statistics, readonly [mean: ChannelValues, std: ChannelValues]>> = {
  half: [INCEPTION_MEAN_STD, INCEPTION_MEAN_STD],
  clip: [CLIP_MEAN, CLIP_STD],
  unit: [[0, 0, 0], [1, 1, 1]],
  // Weights that were trained on 0..255 with the mean subtracted.
  caffe: [[0.48235, 0.45882, 0.40784], [1 / 255, 1 / 255, 1 / 255]],
};

/** The names of all presets, families first. */
export function listPresets(): PresetName[] {
  const tables = [FAMILY_PRESETS, REFERENCE_PRESETS, TIMM_PRESETS, TORCHVISION_PRESETS];
  return tables.flatMap((table) => Object.keys(table)) as PresetName[];
}

/**
 * The settings behind a preset's name.
 *
 * Exact: the rows of timm's `default_cfgs` (a size and a crop ratio) and torchvision's
 * `weights.transforms()` (a shorter edge and a crop). timm's names give the size the model was
 * trained at; where timm lists a larger one for testing, pass it as `size`.
 *
 * @throws {RangeError} If there is no such preset.
 * @example Usage
 * ```ts
 * import { findPreset } from "@wdstream/wdstream/transforms";
 *
 * const { resize, size } = findPreset("ResNet50_Weights.IMAGENET1K_V2");
 * if (resize !== 232 || size !== 224) throw new Error(`${resize} ${size}`);
 * ```
 */
export function findPreset(name: PresetName): Preset {
  const ratio = findRow(FAMILY_PRESETS, name) ?? findRow(TIMM_PRESETS, name);
  const row = ratio ?? findRow(REFERENCE_PRESETS, name) ?? findRow(TORCHVISION_PRESETS, name);
  if (row === undefined) {
    throw new RangeError(`There is no preset ${JSON.stringify(name)}${suggest(name)}`);
  }
  const [first, second, interpolation, statistics] = row;
  const [mean, std] = statistics ? MEAN_STD[statistics] : [IMAGENET_MEAN, IMAGENET_STD];
  return ratio
    ? { size: first, cropRatio: second, interpolation, mean, std }
    : { resize: first, size: second, interpolation, mean, std };
}

function findRow(table: Table, name: string): Row | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** A few names that begin as `name` does, for an error message. */
function suggest(name: unknown): string {
  const stem = String(name).toLowerCase().split(/[._]/)[0];
  const names = listPresets();
  const similar = stem === ""
    ? []
    : names.filter((known) => known.toLowerCase().startsWith(stem)).slice(0, 5);
  const some = similar.length > 0 ? similar : names.slice(0, 5);
  return `; there are ${some.map((known) => JSON.stringify(known)).join(", ")} and more`;
}
