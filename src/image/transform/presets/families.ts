/**
 * Evaluation settings that belong to no single model.
 *
 * @module
 */

/**
 * Settings that many models share, under short names. In the form of timm's rows.
 *
 * @internal
 */
export const FAMILY_PRESETS = {
  // timm's default for models that say nothing else, and the default of evaluation().
  "timm": [224, 0.875, "bicubic"],
  "timm-bilinear": [224, 0.875, "bilinear"],
  "timm-0.9": [224, 0.9, "bicubic"],
  "timm-0.95": [224, 0.95, "bicubic"],
  "timm-1.0": [224, 1, "bicubic"],
  "beit": [224, 0.9, "bicubic", "half"],
  "convnext": [224, 0.875, "bicubic"],
  "deit": [224, 0.9, "bicubic"],
  "efficientnet": [224, 0.875, "bicubic"],
  "inception": [299, 0.875, "bicubic", "half"],
  "mixer": [224, 0.875, "bicubic", "half"],
  "swin": [224, 0.9, "bicubic"],
  "vit-augreg": [224, 0.9, "bicubic", "half"],
  "vit-augreg-384": [384, 1, "bicubic", "half"],
  // openai/CLIP, clip/clip.py, _transform.
  "clip": [224, 1, "bicubic", "clip"],
  "clip-336": [336, 1, "bicubic", "clip"],
} as const;

/**
 * Settings of torchvision's training references, in the form of torchvision's rows.
 *
 * @internal
 */
export const REFERENCE_PRESETS = {
  // references/classification: the recipe of the V1 weights, and that of the V2 weights.
  "torchvision": [256, 224, "bilinear"],
  "torchvision-v2": [232, 224, "bilinear"],
  // facebookresearch/dinov2, make_classification_eval_transform.
  "dinov2": [256, 224, "bicubic"],
} as const;
