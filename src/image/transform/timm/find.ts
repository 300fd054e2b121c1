/**
 * From timm's names to the settings of pretrained weights.
 *
 * @module
 */
import type { ChannelValues } from "../statistics.ts";

/**
 * The settings of pretrained weights, by timm's own names: the part of `pretrained_cfg` that decides how an image
 * becomes an input. A field that timm leaves empty is not there.
 */
export interface TimmConfig {
  /** Channels, height and width in pixels that the model was trained at. */
  readonly input_size: readonly [channels: number, height: number, width: number];
  /** Pillow's filter. */
  readonly interpolation: "bilinear" | "bicubic";
  /** What is subtracted from each channel, in units of a 0..1 image. */
  readonly mean: ChannelValues;
  /** What each channel is divided by afterwards. */
  readonly std: ChannelValues;
  /** The crop's edge over the resized image's shorter edge. */
  readonly crop_pct: number;
  /** How an image becomes a square: cut, pressed, or filled up. */
  readonly crop_mode: "center" | "squash" | "border";
  /** Channels, height and width that timm takes for testing (`use_test_size`). */
  readonly test_input_size?: readonly [channels: number, height: number, width: number];
  /** The crop's share that goes with `test_input_size`. */
  readonly test_crop_pct?: number;
}

/** What the table holds, by name: an architecture's tags, each with its settings. */
type Architectures = ReadonlyMap<string, ReadonlyMap<string, string>>;

let architectures: Promise<Architectures> | undefined;

/**
 * The settings of timm's pretrained weights, by timm's name: an architecture, a point, a tag. `timm/NAME`, as the
 * Hub has it, is the same. The table (10 KB compressed) is loaded at the first call.
 *
 * The tag may be left out where all of an architecture's weights have the same settings; timm's choice among
 * others is nowhere written down in its settings.
 * Exact: the `default_cfgs` of timm 1.0.29.dev0 (August 2026), all 1,722 with weights.
 *
 * @param name For example `"vit_base_patch16_224.augreg_in21k_ft_in1k"`.
 * @throws {TypeError} If the name is not a string.
 * @throws {RangeError} If there is no such architecture or tag, or the tag must be told.
 * @example Usage
 * ```ts
 * import { timmConfig } from "@wdstream/wdstream/transforms";
 *
 * const { input_size, crop_pct } = await timmConfig("vit_base_patch16_224.augreg_in21k_ft_in1k");
 * if (input_size.join() !== "3,224,224" || crop_pct !== 0.9) throw new Error(`${crop_pct}`);
 * ```
 */
export async function timmConfig(name: string): Promise<TimmConfig> {
  if (typeof name !== "string") throw new TypeError("timmConfig() takes the name of a timm model");
  const { STATISTICS } = await import("./table.ts");
  const row = findRow(await (architectures ??= readTable()), name);
  const [edge, ratio, interpolation, statistics, mode, testEdge, testRatio] = row.split(" ");
  const [red, green, blue, ...deviations] = STATISTICS[Number(statistics)].split(" ").map(Number);
  return {
    input_size: square(edge),
    interpolation: interpolation as TimmConfig["interpolation"],
    mean: [red, green, blue],
    std: deviations as [number, number, number],
    crop_pct: Number(ratio),
    crop_mode: mode as TimmConfig["crop_mode"],
    ...(testEdge === "-" ? {} : { test_input_size: square(testEdge) }),
    ...(testRatio === "-" ? {} : { test_crop_pct: Number(testRatio) }),
  };
}

/**
 * The names of all of timm's pretrained weights, in the order of `timm.list_pretrained()`.
 *
 * @example Usage
 * ```ts
 * import { timmNames } from "@wdstream/wdstream/transforms";
 *
 * const names = (await timmNames()).filter((name) => name.startsWith("resnet18."));
 * if (!names.includes("resnet18.a1_in1k")) throw new Error(`${names}`);
 * ```
 */
export async function timmNames(): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [architecture, tags] of await (architectures ??= readTable())) {
    for (const tag of tags.keys()) names.push(`${architecture}.${tag}`);
  }
  return names;
}

async function readTable(): Promise<Architectures> {
  const { MODELS, SETTINGS } = await import("./table.ts");
  const rows = SETTINGS.join(";").split(";");
  const table = new Map<string, ReadonlyMap<string, string>>();
  for (const model of MODELS.join(";").split(";")) {
    const [architecture, ...tags] = model.split(" ");
    const byTag = new Map<string, string>();
    for (const tagged of tags) {
      const [tag, row] = tagged.split(":");
      byTag.set(tag, rows[parseInt(row, 36)]);
    }
    table.set(architecture, byTag);
  }
  return table;
}

function findRow(table: Architectures, name: string): string {
  const plain = name.replace(/^(hf-hub:)?timm\//, "");
  const point = plain.indexOf(".");
  const architecture = point < 0 ? plain : plain.slice(0, point);
  const tags = table.get(architecture);
  if (tags === undefined) {
    throw new RangeError(
      `timm has no weights for ${JSON.stringify(name)}${suggest(table, architecture)}`,
    );
  }
  const known = [...tags.keys()].map((tag) => JSON.stringify(tag)).join(", ");
  if (point >= 0) {
    const tag = plain.slice(point + 1);
    const row = tags.get(tag);
    if (row !== undefined) return row;
    throw new RangeError(
      `timm has no weights ${JSON.stringify(tag)} for ${architecture}; there are ${known}`,
    );
  }
  const [row, ...others] = new Set(tags.values());
  if (others.length === 0) return row;
  throw new RangeError(`Say which weights of ${architecture}: its settings differ among ${known}`);
}

/** A few architectures that begin as the name does, for an error message. */
function suggest(table: Architectures, architecture: string): string {
  for (let length = architecture.length - 1; length > 2; length--) {
    const stem = architecture.slice(0, length);
    const similar = [...table.keys()].filter((known) => known.startsWith(stem)).slice(0, 5);
    if (similar.length === 0) continue;
    return `; there are ${similar.map((known) => JSON.stringify(known)).join(", ")}`;
  }
  return "";
}

function square(edge: string): [number, number, number] {
  return [3, Number(edge), Number(edge)];
}
