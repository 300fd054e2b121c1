import { assert } from "chai";
import { evaluation } from "../../src/image/transform/evaluation.ts";
import { findPreset, type PresetName } from "../../src/image/transform/presets/mod.ts";
import { PRESET_NAMES } from "../../src/image/transform/presets/names.ts";
import type { TestCase } from "../case.ts";

/** `[resize, crop, interpolation, mean of red]` as the libraries print them. */
const KNOWN: [PresetName, number, number, string, number][] = [
  ["timm", 256, 224, "bicubic", 0.485],
  ["torchvision", 256, 224, "bilinear", 0.485],
  ["torchvision-v2", 232, 224, "bilinear", 0.485],
  ["clip", 224, 224, "bicubic", 0.48145466],
  ["inception", 341, 299, "bicubic", 0.5],
  ["resnet50.a1_in1k", 235, 224, "bicubic", 0.485],
  ["vit_base_patch16_224.augreg_in21k_ft_in1k", 248, 224, "bicubic", 0.5],
  ["tf_efficientnet_b4.ns_jft_in1k", 412, 380, "bicubic", 0.485],
  ["swin_base_patch4_window12_384.ms_in1k", 384, 384, "bicubic", 0.485],
  ["ResNet50_Weights.IMAGENET1K_V2", 232, 224, "bilinear", 0.485],
  ["EfficientNet_V2_L_Weights.IMAGENET1K_V1", 480, 480, "bicubic", 0.5],
  ["VGG16_Weights.IMAGENET1K_FEATURES", 256, 224, "bilinear", 0.48235],
];

/** Tests of the presets. */
export const cases: TestCase[] = [
  {
    name: "evaluation() accepts every preset",
    run() {
      assert.isAbove(PRESET_NAMES.length, 200);
      assert.equal(new Set(PRESET_NAMES).size, PRESET_NAMES.length);
      for (const name of PRESET_NAMES) {
        const transform = evaluation(name);
        assert.isAtLeast(transform.resize, transform.crop[0], name);
        assert.deepEqual(evaluation({ preset: name }), transform);
      }
    },
  },
  {
    name: "evaluation() gives the known settings of known presets",
    run() {
      for (const [name, resize, crop, interpolation, red] of KNOWN) {
        const transform = evaluation(name);
        assert.deepEqual(
          [transform.resize, transform.crop[0], transform.interpolation, transform.mean[0]],
          [resize, crop, interpolation, red],
          name,
        );
      }
    },
  },
  {
    name: "findPreset() names similar presets when there is none",
    run() {
      assert.throws(
        () => findPreset("resnet50.v9" as PresetName),
        RangeError,
        'no preset "resnet50.v9"; there are "resnet50.a1_in1k"',
      );
      assert.throws(() => findPreset("__proto__" as PresetName), RangeError, "and more");
      assert.throws(() => findPreset("constructor" as PresetName), RangeError, "and more");
    },
  },
];
