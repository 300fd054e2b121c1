/**
 * The transform of a model on the Hub, from the configuration that lies beside it.
 *
 * @module
 */
import { oneOf } from "../../check.ts";
import type { TensorType } from "../types.ts";
import { TENSOR_TYPES } from "./layout.ts";
import { isConfig, show } from "./processors/config.ts";
import type { ProcessorTransform } from "./processors/descriptor.ts";
import { readTimm } from "./processors/timm.ts";
import { readTransformers } from "./processors/transformers.ts";
import type { TimmConfig } from "./timm/find.ts";

export type {
  ProcessorResize,
  ProcessorRule,
  ProcessorTransform,
} from "./processors/descriptor.ts";

/** A configuration as the Hub has it, parsed: any object; or what `timmConfig()` gives. */
export type ProcessorConfig = Readonly<Record<string, unknown>> | TimmConfig;

/** Options of {@linkcode processor}. */
export interface ProcessorOptions<Type extends TensorType = TensorType> {
  /**
   * Whose code is followed, of the two that transformers 5 has for each class: that on uint8 tensors, which it takes
   * where torchvision is installed, or that on Pillow images (`backend="pil"`, the slow classes of version 4).
   * Not for configurations of timm, which has one.
   *
   * @default {"torchvision"}
   */
  readonly backend?: "torchvision" | "pil";
  /**
   * What `resample: 1` is with torchvision: `"native"` is that of torchvision 0.27 and later (on the CPU), `"bicubic"`
   * what transformers takes in its place with those before.
   *
   * @default {"bicubic"}
   */
  readonly lanczos?: "native" | "bicubic";
  /**
   * Number format of the tensor: `"float32"` and `"float16"` (its bits) are the numbers of Python, channels first;
   * `"uint8"` is the pixels that they are made of, channels last.
   *
   * @default {"float32"}
   */
  readonly type?: Type;
  /** `model_type` of the model's `config.json`, for old configurations that do not name their class. */
  readonly modelType?: string;
  /**
   * Whether timm's `test_input_size` and `test_crop_pct` count, where a model has them (`use_test_size`).
   *
   * @default {false}
   */
  readonly useTestSize?: boolean;
}

/**
 * Describes what an image processor of transformers 5 does, from its `preprocessor_config.json`, or what timm does,
 * from a `config.json` with `pretrained_cfg` or what `timmConfig()` gives.
 *
 * Shape: an encoded image to `[3, H, W]` float32 or float16, or `[H, W, 3]` uint8. H and W follow from the
 * configuration, but of some classes (DETR, GLPN, a shorter edge without a crop) from the image too: such tensors come
 * one by one, and batches of several sizes are refused.
 * Exact: transformers 5 with images opened by Pillow and converted to RGB, one by one, on the CPU; torchvision's
 * kernels for uint8 where the backend is torchvision (see `resize` for the machines that have others). A tensor that
 * transformers leaves uint8, because it is neither rescaled nor normalised, has the same numbers.
 *
 * The result is plain data, which workers can be sent and which can be stored.
 *
 * @typeParam Type The transform's number format, so that tensors have the type of their array.
 * @param config What the file has. Of a `processor_config.json`, the `image_processor` in it counts.
 * @throws {RangeError} Where a class, a key or a value would change pixels in a way that is not known here: it is named.
 * @throws {TypeError} If the configuration is no object, or an option has the wrong type.
 * @example From the Hub
 * ```ts ignore
 * import { processor } from "@wdstream/wdstream/transforms";
 *
 * const url = "https://huggingface.co/facebook/dinov2-base/resolve/main/preprocessor_config.json";
 * const transform = processor(await (await fetch(url)).json());
 * ```
 * @example Usage
 * ```ts
 * import { sampleShard, webdataset } from "@wdstream/wdstream";
 * import { processor } from "@wdstream/wdstream/transforms";
 *
 * const transform = processor({
 *   image_processor_type: "ViTImageProcessor",
 *   size: { height: 64, width: 64 },
 * });
 * for await (const { images, shape } of webdataset(sampleShard()).transform(transform).batch(16)) {
 *   if (shape.slice(1).join() !== "3,64,64") throw new Error(`${shape} ${images.length}`);
 * }
 * ```
 */
export function processor<Type extends TensorType = "float32">(
  config: ProcessorConfig,
  options: ProcessorOptions<Type> = {},
): ProcessorTransform & { readonly type: Type } {
  if (!isConfig(config)) throw new TypeError(`A configuration is an object, not ${show(config)}`);
  const backend = oneOf("backend", ["torchvision", "pil"], options.backend ?? "torchvision");
  const type = oneOf("type", TENSOR_TYPES, options.type ?? "float32");
  const lanczos = oneOf("lanczos", ["native", "bicubic"], options.lanczos ?? "bicubic");
  const { useTestSize = false, modelType } = options;
  const { pretrained_cfg, image_processor } = config;
  const timm = isConfig(pretrained_cfg)
    ? pretrained_cfg
    : "input_size" in config
    ? config
    : undefined;
  const made = timm !== undefined ? readTimm(timm, type, useTestSize) : readTransformers(
    isConfig(image_processor) ? image_processor : config,
    { backend, hasLanczos: lanczos === "native" },
    type,
    modelType,
  );
  return made as ProcessorTransform & { readonly type: Type };
}
