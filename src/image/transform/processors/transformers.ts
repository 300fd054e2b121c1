/**
 * An image processor of transformers, from its `preprocessor_config.json`.
 *
 * @module
 */
import type { Interpolation, TensorType } from "../../types.ts";
import {
  findClass,
  findModelClass,
  findRefusal,
  listClasses,
  type ProcessorClass,
} from "./classes.ts";
import {
  type Config,
  configError,
  readChannelValues,
  readHeightWidth,
  readPixels,
  readPositive,
  readSize,
  readSwitch,
  show,
  type SizeFacts,
} from "./config.ts";
import type { ProcessorResize, ProcessorTransform } from "./descriptor.ts";

/** What resizes. */
export interface Library {
  readonly backend: "torchvision" | "pil";
  /** Whether torchvision has lanczos. */
  readonly hasLanczos: boolean;
}

/** Pillow's filters by number. */
const FILTERS: readonly Interpolation[] = [
  "nearest",
  "lanczos",
  "bilinear",
  "bicubic",
  "box",
  "hamming",
];

/** Steps that some class knows: a class that does not know one ignores it, as Python's does. */
const KNOWN_STEPS = new Set([
  "do_align_long_axis",
  "do_center_crop",
  "do_convert_annotations",
  "do_convert_rgb",
  "do_flip_channel_order",
  "do_normalize",
  "do_pad",
  "do_reduce_labels",
  "do_rescale",
  "do_resize",
]);

/** Reads a configuration. Keys that are null count as absent, but for switches, and where it is said. */
export function readTransformers(
  given: Config,
  library: Library,
  type: TensorType,
  modelType: string | undefined,
): ProcessorTransform {
  const name = findName(given, modelType);
  const kind = findClass(name);
  if (kind === undefined) throw classError(name);
  const config = withOldKeys(given, name);
  checkKeys(config, kind);
  const { resize, crop } = readGeometry(config, kind, library);
  const square = kind.pads === "square" && readSwitch(config, "do_pad", false);
  const numbers = readNumbers(config, name, kind);
  return {
    kind: "processor",
    backend: library.backend,
    square: square ? squareColour(config, kind) : null,
    resize,
    crop,
    fill: [0, 0, 0],
    ...numbers,
    pad: readPad(config, name, kind),
    type,
  };
}

function findName(
  { image_processor_type, feature_extractor_type, model_type }: Config,
  modelType?: string,
): string {
  const type = image_processor_type ??
    (typeof feature_extractor_type === "string"
      ? feature_extractor_type.replace(/FeatureExtractor$/, "ImageProcessor")
      : undefined);
  if (typeof type === "string") {
    return type.replace(/(Fast|Pil)$/, "").replace(/ImageProcessor$/, "");
  }
  const model = modelType ?? model_type;
  const name = typeof model === "string" ? findModelClass(model) : undefined;
  if (name !== undefined) return name;
  throw configError(
    "image_processor_type",
    typeof model === "string"
      ? `is missing, and the model type ${show(model)} has no image processor that is known here`
      : "is missing: pass `modelType`, the model_type of the model's config.json",
  );
}

function classError(name: string): RangeError {
  const reason = findRefusal(name);
  const full = `${name}ImageProcessor`;
  return reason === undefined
    ? configError(full, `is not known here; there are ${listClasses().join(", ")}`)
    : configError(full, `is not supported: ${reason}`);
}

/** Keys that former versions had. */
function withOldKeys(config: Config, name: string): Config {
  if (name === "OwlViT" && "rescale" in config) return { ...config, do_rescale: config.rescale };
  if (name === "CLIP" && config.use_square_size === true) {
    return { ...config, size: { height: 224, width: 224 } };
  }
  if ("pad_and_return_pixel_mask" in config && !("do_pad" in config)) {
    return { ...config, do_pad: config.pad_and_return_pixel_mask };
  }
  return config;
}

/** Refuses what would change pixels in a way that is not known here. */
function checkKeys(config: Config, kind: ProcessorClass): void {
  if (config.auto_map !== undefined && config.auto_map !== null) {
    throw configError("auto_map", "names code of the repository's own, which is not run here");
  }
  const unknown = Object.keys(config).find((key) =>
    key.startsWith("do_") && !KNOWN_STEPS.has(key) && config[key] !== false && config[key] !== null
  );
  if (unknown !== undefined) throw configError(unknown, "asks for a step that is not known here");
  if (config.do_pad === true && kind.pads === undefined) {
    throw configError(
      "do_pad",
      "is not supported with this class: how it pads depends on the batch",
    );
  }
  const format = config.data_format ?? "channels_first";
  if (format !== "channels_first") {
    throw configError("data_format", `must be "channels_first", not ${show(format)}`);
  }
}

function readFilter(
  config: Config,
  kind: ProcessorClass,
  { backend, hasLanczos }: Library,
): Interpolation {
  const number = config.resample ?? kind.resample;
  const filter = typeof number === "number" ? FILTERS[number] : undefined;
  if (filter === undefined) throw configError("resample", `must be in 0..5, not ${show(number)}`);
  if (backend === "pil") return filter;
  if (filter === "box" || filter === "hamming") {
    throw configError("resample", `is ${filter}, which torchvision has not: pass backend "pil"`);
  }
  return filter === "lanczos" && !hasLanczos ? "bicubic" : filter;
}

function readGeometry(
  config: Config,
  kind: ProcessorClass,
  library: Library,
): Pick<ProcessorTransform, "resize" | "crop"> {
  const crops = readSwitch(config, "do_center_crop", kind.doCrop) &&
    !(kind.ignoresCrop === "always" || kind.ignoresCrop === library.backend);
  const given = config.crop_size ?? kind.crop;
  if (crops && given === undefined) {
    throw configError("crop_size", "is missing, and do_center_crop is true");
  }
  const crop = crops ? readHeightWidth("crop_size", given) : null;
  if (!readSwitch(config, "do_resize", true)) return { resize: null, crop };
  const filter = readFilter(config, kind, library);
  const found = readRule(config, kind);
  if (found.crop === undefined) return { resize: { ...found, filter }, crop };
  if (crop !== null && crop.join() !== found.crop.join()) {
    throw configError("do_center_crop", "crops once more what this class has cropped already");
  }
  return { resize: { rule: found.rule, values: found.values, filter }, crop: found.crop };
}

interface FoundRule extends Pick<ProcessorResize, "rule" | "values"> {
  /** The crop that goes with it, whatever else is asked for. */
  readonly crop?: readonly [number, number];
}

/** The rule of a class, from its size. */
function readRule(config: Config, kind: ProcessorClass): FoundRule {
  if (kind.resizes === "glpn") {
    return { rule: "divisor", values: [readPixels("size_divisor", config.size_divisor ?? 32)] };
  }
  const size = readSize(
    "size",
    config.size ?? kind.size,
    readSwitch(config, "default_to_square", kind.isSquare),
    kind.maxSize === undefined || !("max_size" in config) ? kind.maxSize : config.max_size,
  );
  const rule = OWN_RULES[kind.resizes](size, config);
  if (rule !== undefined) return rule;
  const wanted = WANTED_SIZES[kind.resizes] ?? "height and width, or shortest_edge";
  throw configError("size", `must have ${wanted} with this class, not ${show(config.size)}`);
}

type ReadRule = (size: SizeFacts, config: Config) => FoundRule | undefined;

const exact = ({ height, width }: SizeFacts): FoundRule | undefined =>
  height && width ? { rule: "exact", values: [height, width] } : undefined;

const box = ({ max_height, max_width }: SizeFacts): FoundRule | undefined =>
  max_height && max_width ? { rule: "box", values: [max_height, max_width] } : undefined;

const aspect = ({ shortest_edge, longest_edge }: SizeFacts): FoundRule | undefined =>
  shortest_edge && longest_edge
    ? { rule: "aspect", values: [shortest_edge, longest_edge] }
    : undefined;

const shorter = (edge: number | undefined): FoundRule | undefined =>
  edge ? { rule: "shorter", values: [edge] } : undefined;

const OWN_RULES: Readonly<Record<Exclude<ProcessorClass["resizes"], "glpn">, ReadRule>> = {
  base: (size) => aspect(size) ?? shorter(size.shortest_edge) ?? box(size) ?? exact(size),
  detr: (size) => aspect(size) ?? box(size) ?? exact(size),
  convnext({ shortest_edge: edge }, config) {
    if (edge === undefined) return undefined;
    if (edge >= 384) return { rule: "exact", values: [edge, edge] };
    const ratio = readPositive(config, "crop_pct", 224 / 256);
    return { rule: "shorter", values: [Math.trunc(edge / ratio)], crop: [edge, edge] };
  },
  levit: (size) =>
    size.shortest_edge ? shorter(Math.trunc((256 / 224) * size.shortest_edge)) : exact(size),
  poolformer(size, config) {
    if (config.crop_pct === null) return OWN_RULES.base(size, config);
    const { shortest_edge, height, width } = size;
    const ratio = readPositive(config, "crop_pct", 0.9);
    if (shortest_edge) return shorter(Math.trunc(shortest_edge / ratio));
    if (!height || !width) return undefined;
    return height === width
      ? shorter(Math.trunc(height / ratio))
      : exact({ height: Math.trunc(height / ratio), width: Math.trunc(width / ratio) });
  },
  dpt({ height, width }, config) {
    if (!height || !width) return undefined;
    const multiple = readPixels("ensure_multiple_of", config.ensure_multiple_of ?? 1);
    const keeps = readSwitch(config, "keep_aspect_ratio", false) ? 1 : 0;
    return { rule: "multiple", values: [height, width, multiple, keeps] };
  },
  sam: ({ longest_edge }) => longest_edge ? { rule: "longer", values: [longest_edge] } : undefined,
};

const WANTED_SIZES: Readonly<Partial<Record<ProcessorClass["resizes"], string>>> = {
  convnext: "shortest_edge",
  dpt: "height and width",
  sam: "longest_edge",
  detr: "shortest_edge and longest_edge, or height and width",
};

/** What becomes of the bytes. */
function readNumbers(
  config: Config,
  name: string,
  kind: ProcessorClass,
): Pick<ProcessorTransform, "order" | "rescale" | "offset" | "mean" | "std" | "again"> {
  const isEfficientNet = name === "EfficientNet";
  const isMobileViT = name === "MobileViT";
  const isRescaled = readSwitch(config, "do_rescale", true);
  const isNormalised = readSwitch(config, "do_normalize", kind.doNormalize) && !isMobileViT;
  const again = isEfficientNet && readSwitch(config, "include_top", true);
  const isOffset = isEfficientNet && readSwitch(config, "rescale_offset", false);
  if (again && !isRescaled && !isNormalised) {
    throw configError(
      "include_top",
      "divides bytes where they are neither rescaled nor normalised",
    );
  }
  const read = (key: "image_mean" | "image_std", missing: unknown) =>
    readChannelValues(key, config[key] ?? missing, key === "image_std");
  return {
    order: isMobileViT && readSwitch(config, "do_flip_channel_order", true) ? "bgr" : "rgb",
    rescale: isRescaled ? readPositive(config, "rescale_factor", 1 / 255) : null,
    offset: isRescaled && isOffset ? -1 : 0,
    mean: isNormalised ? read("image_mean", kind.mean) : null,
    std: isNormalised || again ? read("image_std", kind.std) : [1, 1, 1],
    again,
  };
}

/** Exact: transformers' `LlavaImageProcessor.pad_to_square`. */
function squareColour(config: Config, kind: ProcessorClass): [number, number, number] {
  const mean = readChannelValues("image_mean", config.image_mean ?? kind.mean, false);
  const byte = (value: number): number => Math.trunc(value * 255);
  return [byte(mean[0]), byte(mean[1]), byte(mean[2])];
}

function readPad(
  config: Config,
  name: string,
  kind: ProcessorClass,
): readonly [number, number] | null {
  if (kind.pads !== "after" || !readSwitch(config, "do_pad", kind.doPad ?? false)) return null;
  const size = config.pad_size === undefined && name === "Sam" ? 1024 : config.pad_size;
  // Without a size it is padded to the largest image of its batch: one alone, not at all.
  return size === undefined || size === null ? null : readHeightWidth("pad_size", size);
}
