/**
 * The names of all presets, in a list that only who asks for it has to load.
 *
 * @module
 */
import { listPresets, type PresetName } from "./mod.ts";

/**
 * The names of all presets, families first.
 *
 * @example Find torchvision's weights of one model
 * ```ts
 * import { PRESET_NAMES } from "@wdstream/wdstream/transforms";
 *
 * const names = PRESET_NAMES.filter((name) => name.startsWith("ResNet50_"));
 * if (names.join() !== "ResNet50_Weights.IMAGENET1K_V1,ResNet50_Weights.IMAGENET1K_V2") {
 *   throw new Error(names.join());
 * }
 * ```
 */
export const PRESET_NAMES: readonly PresetName[] = listPresets();
