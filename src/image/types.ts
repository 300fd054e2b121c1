/**
 * What images and tensors are made of.
 *
 * @module
 */

/**
 * Whose bytes are given where Pillow's versions differ: on damaged, unfinished and lossless files, and
 * on images taller than 100 times their width. Of sound baseline and progressive files they are the same.
 *
 * - `"pillow-12.2"`: Pillow 12.2 and later with libjpeg-turbo 3.0.4 and later, as pip installs them;
 * - `"pillow-9.4"`: Pillow 9.4 with libjpeg-turbo 2.1.5, as in Debian 12.
 */
export type Reference = "pillow-12.2" | "pillow-9.4";

/** Pillow's resampling filters, by Pillow's names. */
export type Interpolation = "nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos";

/**
 * Whose arithmetic resizes: Pillow's, or torch's for uint8 tensors with antialiasing, which is what torchvision
 * uses on tensors and most of Hugging Face's image processors on every image. They differ by a level or two in one
 * value of 300.
 */
export type Resampler = "pillow" | "torch";

/** Pixels, packed, rows top down, channels interleaved. */
export interface Image {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Bytes per pixel: 1 (grey), 3 (RGB) or 4 (CMYK as Pillow stores it, or RGBA). */
  readonly channels: 1 | 3 | 4;
  /** `height * width * channels` bytes, owned by the caller. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A picture of classes: one number a pixel, rows top down. */
export interface Mask<Data extends MaskData = MaskData> {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** `height * width` numbers. */
  readonly data: Data;
}

/** Typed arrays that hold masks: classes up to 255, or any. */
export type MaskData = Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** Number format and layout of a tensor. */
export type TensorType = "float32" | "float16" | "uint8";

/** Typed array that holds a tensor: float16 is its bits in a `Uint16Array`. */
export type TensorData =
  | Float32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** The same array on shared memory. */
export type SharedDataOf<Data> = Data extends Float32Array ? Float32Array<SharedArrayBuffer>
  : Data extends Uint16Array ? Uint16Array<SharedArrayBuffer>
  : Data extends Int32Array ? Int32Array<SharedArrayBuffer>
  : Uint8Array<SharedArrayBuffer>;

/** Typed array on shared memory that batches of tensors are made in. */
export type SharedTensorData = SharedDataOf<TensorData>;

/** A dense array with its shape. float32 and float16 are channels first, uint8 is channels last. */
export interface Tensor {
  /** Elements in row-major order. */
  readonly data: TensorData;
  /** `[3, H, W]` for float32 and float16, `[H, W, 3]` for uint8. */
  readonly shape: readonly [number, number, number];
  /** Number format. */
  readonly type: TensorType;
}

/**
 * What becomes of a mask beside its image, as plain data that structured cloning accepts. Made by `mask()`.
 *
 * @typeParam Type Number format of the mask.
 */
export interface MaskTransform<Type extends MaskType = MaskType> {
  /** What tells it from transforms of images. */
  readonly kind: "mask";
  /** The field of the image that the mask belongs to, as it stands among the transforms; absent where there is just one. */
  readonly of?: string;
  /** Number format of the mask. */
  readonly type: Type;
  /** Which pixel is the nearest. */
  readonly resampler: Resampler;
}

/** Number formats of masks. */
export type MaskType = "uint8" | "int32";

/**
 * A transform from encoded image to tensor, as plain data that structured cloning accepts.
 * Made by `evaluation()` and `training()`.
 */
export interface EvaluationTransform {
  /** What tells it from other transforms. */
  readonly kind: "evaluation";
  /** Height and width of the centre crop in pixels. */
  readonly crop: readonly [number, number];
  /** Length in pixels that the shorter edge is resized to. */
  readonly resize: number;
  /** The filter. */
  readonly interpolation: Interpolation;
  /** Whose arithmetic resizes, where it is not Pillow's. */
  readonly resampler?: "torch";
  /** Number format and layout of the tensor. */
  readonly type: TensorType;
  /** Per channel, in units of a 0..1 image. */
  readonly mean: readonly [number, number, number];
  /** Per channel, in units of a 0..1 image. */
  readonly std: readonly [number, number, number];
  /** Whose arithmetic: torchvision's `ToTensor` + `Normalize`, or timm's GPU prefetcher. */
  readonly normalize: "torchvision" | "prefetcher";
  /** Whether large JPEG images are decoded at a fraction of their size first. */
  readonly draft?: boolean;
}
