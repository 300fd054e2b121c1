/**
 * Means and standard deviations of pixels, apart from the presets that have them: a worker needs no preset.
 *
 * @module
 */

/** Three numbers, one for each of red, green and blue, in units of a 0..1 image. */
export type ChannelValues = readonly [red: number, green: number, blue: number];

/** Mean of ImageNet's pixels, as torchvision and timm (`IMAGENET_DEFAULT_MEAN`) have it. */
export const IMAGENET_MEAN: ChannelValues = [0.485, 0.456, 0.406];

/** Standard deviation of ImageNet's pixels, as torchvision and timm (`IMAGENET_DEFAULT_STD`) have it. */
export const IMAGENET_STD: ChannelValues = [0.229, 0.224, 0.225];

/** Mean and standard deviation that map 0..1 to -1..1 (timm's `IMAGENET_INCEPTION_MEAN` and `_STD`). */
export const INCEPTION_MEAN_STD: ChannelValues = [0.5, 0.5, 0.5];

/** Mean of OpenAI's CLIP (timm's `OPENAI_CLIP_MEAN`). */
export const CLIP_MEAN: ChannelValues = [0.48145466, 0.4578275, 0.40821073];

/** Standard deviation of OpenAI's CLIP (timm's `OPENAI_CLIP_STD`). */
export const CLIP_STD: ChannelValues = [0.26862954, 0.26130258, 0.27577711];
