/**
 * Tests of timm's settings by name.
 *
 * @module
 */
import { assert } from "chai";
import { findPreset } from "../../src/image/transform/presets/mod.ts";
import { TIMM_PRESETS } from "../../src/image/transform/presets/timm.ts";
import { DEFAULT_TAGS } from "../../src/image/transform/timm/default_tags.ts";
import { type TimmConfig, timmConfig, timmNames } from "../../src/image/transform/timm/mod.ts";
import type { TestCase } from "../case.ts";

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

/** As timm 1.0.29.dev0 prints `pretrained_cfg`, without what it leaves empty. */
const KNOWN: Record<string, TimmConfig> = {
  "vit_base_patch16_224.augreg_in21k_ft_in1k": {
    input_size: [3, 224, 224],
    interpolation: "bicubic",
    ...HALF,
    crop_pct: 0.9,
    crop_mode: "center",
  },
  "resnet50.a1_in1k": {
    input_size: [3, 224, 224],
    interpolation: "bicubic",
    ...IMAGENET,
    crop_pct: 0.95,
    crop_mode: "center",
    test_input_size: [3, 288, 288],
    test_crop_pct: 1,
  },
  "convnext_base.clip_laion2b_augreg_ft_in12k_in1k_384": {
    input_size: [3, 384, 384],
    interpolation: "bicubic",
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
    crop_pct: 1,
    crop_mode: "squash",
  },
  "mobilevit_s.cvnets_in1k": {
    input_size: [3, 256, 256],
    interpolation: "bicubic",
    mean: [0, 0, 0],
    std: [1, 1, 1],
    crop_pct: 0.9,
    crop_mode: "center",
  },
};

/** Tags that timm 1.0.29 prints for `get_pretrained_cfg(architecture)`; other tags have other settings. */
const DEFAULTS = {
  resnet50: "a1_in1k",
  caformer_b36: "sail_in1k",
  beitv2_large_patch16_224: "in1k_ft_in22k_in1k",
  convnext_base: "fb_in22k_ft_in1k",
  vit_base_patch16_224: "augreg2_in21k_ft_in1k",
};

/** The error with which a name is refused. */
async function refuse(name: string): Promise<Error> {
  const result = await timmConfig(name).catch((error: Error) => error);
  if (!(result instanceof Error)) throw new Error(`${JSON.stringify(name)} was accepted`);
  return result;
}

/** Tests of `timmConfig()`. */
export const cases: TestCase[] = [
  {
    name: "timmConfig() gives timm's settings of known weights",
    async run() {
      for (const [name, config] of Object.entries(KNOWN)) {
        assert.deepEqual(await timmConfig(name), config, name);
        assert.deepEqual(await timmConfig(`timm/${name}`), config, name);
      }
    },
  },
  {
    name: "timmConfig() knows every name, and gives settings that nobody shares",
    async run() {
      const names = await timmNames();
      assert.lengthOf(names, 1722);
      assert.equal(new Set(names).size, 1722);
      for (const name of names) {
        const { input_size, crop_pct, mean, std, crop_mode } = await timmConfig(name);
        assert.isTrue([...input_size, crop_pct, ...std].every((value) => value > 0), name);
        assert.lengthOf([...mean, ...std], 6, name);
        assert.include(["center", "squash", "border"], crop_mode, name);
      }
      const first = await timmConfig(names[0]);
      (first.mean as [number, number, number])[0] = 7;
      assert.notEqual((await timmConfig(names[0])).mean[0], 7);
    },
  },
  {
    name: "timmConfig() agrees with the presets of the same names",
    async run() {
      const presets = TIMM_PRESETS;
      const names = Object.keys(presets) as (keyof typeof presets)[];
      assert.isAbove(names.length, 100);
      for (const name of names) {
        const { input_size, crop_pct, interpolation, mean, std, crop_mode } = await timmConfig(
          name,
        );
        assert.deepEqual(
          { size: input_size[2], cropRatio: crop_pct, interpolation, mean, std },
          findPreset(name) as unknown,
          name,
        );
        assert.equal(crop_mode, "center", name);
      }
    },
  },
  {
    name: "timmConfig() takes the weights that timm takes where the tag is left out",
    async run() {
      for (const [architecture, tag] of Object.entries(DEFAULTS)) {
        const config = await timmConfig(`${architecture}.${tag}`);
        assert.deepEqual(await timmConfig(architecture), config, architecture);
      }
      const listed = DEFAULT_TAGS.join(";").split(";");
      const byName = new Map<string, Set<string>>();
      for (const name of await timmNames()) {
        const [architecture] = name.split(".");
        const settings = byName.get(architecture) ?? new Set();
        byName.set(architecture, settings.add(JSON.stringify(await timmConfig(name))));
      }
      for (const [architecture, settings] of byName) {
        assert.include(settings, JSON.stringify(await timmConfig(architecture)), architecture);
        const isListed = listed.some((row) => row.startsWith(`${architecture} `));
        assert.equal(isListed, settings.size > 1, architecture);
      }
      for (const row of listed) await timmConfig(row.replace(" ", "."));
    },
  },
  {
    name: "timmConfig() refuses names that timm does not know, and names similar ones",
    async run() {
      const tag = await refuse("resnet50.a9_in1k");
      assert.include(tag.message, 'no weights "a9_in1k" for resnet50; there are "a1_in1k"');
      const architecture = await refuse("resnet5o");
      assert.include(architecture.message, 'for "resnet5o"; there are "resnet50"');
      for (const name of ["", ".", "constructor", "__proto__.x", "?.?"]) {
        const error = await refuse(name);
        assert.instanceOf(error, RangeError);
        assert.include(error.message, "timm has no weights for");
      }
      assert.instanceOf(await refuse(7 as unknown as string), TypeError);
    },
  },
];
