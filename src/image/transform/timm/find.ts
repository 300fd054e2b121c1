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

/** What the tables hold, by name: an architecture's tags, each with its settings, and the default one's. */
type Architectures = ReadonlyMap<
  string,
  { readonly byTag: ReadonlyMap<string, string>; readonly ofDefault: string }
>;

let architectures: Promise<Architectures> | undefined;

/**
 * The settings of timm's pretrained weights, by timm's name: an architecture, a point, a tag. `timm/NAME`, as the
 * Hub has it, is the same; without a tag, the weights that timm takes for the architecture. The tables (11 KB
 * compressed) are loaded at the first call.
 *
 * Exact: timm 1.0.29, `get_pretrained_cfg`, all 1,722 with weights.
 *
 * @param name For example `"vit_base_patch16_224.augreg_in21k_ft_in1k"`.
 * @throws {TypeError} If the name is not a string.
 * @throws {RangeError} If there is no such architecture or tag.
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
  const row = findRow(await (architectures ??= readTables()), name);
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
  for (const [architecture, { byTag }] of await (architectures ??= readTables())) {
    for (const tag of byTag.keys()) names.push(`${architecture}.${tag}`);
  }
  return names;
}

async function readTables(): Promise<Architectures> {
  const [{ MODELS, SETTINGS }, { DEFAULT_TAGS }] = await Promise.all([
    import("./table.ts"),
    import("./default_tags.ts"),
  ]);
  const rows = SETTINGS.join(";").split(";");
  const defaults = new Map<string, string>();
  for (const row of DEFAULT_TAGS.join(";").split(";")) {
    const [architecture, tag] = row.split(" ");
    defaults.set(architecture, tag);
  }
  const table = new Map<string, { byTag: Map<string, string>; ofDefault: string }>();
  for (const model of MODELS.join(";").split(";")) {
    const [architecture, ...tags] = model.split(" ");
    const byTag = new Map<string, string>();
    for (const tagged of tags) {
      const [tag, row] = tagged.split(":");
      byTag.set(tag, rows[parseInt(row, 36)]);
    }
    // Where no default is listed, all tags have the same settings.
    const [first] = byTag.keys();
    const ofDefault = byTag.get(defaults.get(architecture) ?? first) as string;
    table.set(architecture, { byTag, ofDefault });
  }
  return table;
}

function findRow(table: Architectures, name: string): string {
  const plain = name.replace(/^(hf-hub:)?timm\//, "");
  const point = plain.indexOf(".");
  const architecture = point < 0 ? plain : plain.slice(0, point);
  const found = table.get(architecture);
  if (found === undefined) {
    throw new RangeError(
      `timm has no weights for ${JSON.stringify(name)}${suggest(table, architecture)}`,
    );
  }
  if (point < 0) return found.ofDefault;
  const tag = plain.slice(point + 1);
  const row = found.byTag.get(tag);
  if (row !== undefined) return row;
  const known = [...found.byTag.keys()].map((tag) => JSON.stringify(tag)).join(", ");
  throw new RangeError(
    `timm has no weights ${JSON.stringify(tag)} for ${architecture}; there are ${known}`,
  );
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
