/**
 * What a pool and its workers say to one another.
 *
 * @module
 */
import type { Reference, Transform } from "../image/mod.ts";
import type { ElementData } from "../image/transform/layout.ts";
import type { MaskTransform } from "../image/types.ts";
import type { SampleDraw } from "../numbers/seeded_random.ts";
import type { ErrorRecord } from "./error_record.ts";

/** What becomes of a field's files: what the transform says, or what it says of the mask beside its image. */
export interface SentTarget {
  readonly transform: Transform;
  readonly mask?: MaskTransform;
}

/** The options of a transform that count where a file is decoded; plain data. */
export interface DecodeSetup {
  /** One for each field that is transformed; absent where facts are told of images in place of tensors. */
  readonly targets?: readonly SentTarget[];
  /** Whether these count the values of pixels. */
  readonly counts?: boolean;
  /** Whether the sizes of images are told with the tensors. */
  readonly withSizes?: boolean;
  /** Shared memory that tensors go into; absent where they come in messages. */
  readonly shared?: SharedArrays;
  readonly maxPixels?: number;
  readonly truncated?: "error" | "fill";
  readonly strict?: boolean;
  readonly reference?: Reference;
}

/** Arrays on shared memory. */
export interface SharedArrays {
  /** That of each field's tensors. */
  readonly arrays: readonly ElementData[];
  /** Whether nothing is to be written any more: not 0. */
  readonly isLeft: Int32Array<SharedArrayBuffer>;
}

/** Comes first: what to do with all images that follow, and what the codecs need not load again. */
export interface SetupMessage {
  readonly kind: "setup";
  readonly setup: DecodeSetup;
  /** What each built-in codec shares. Absent where the runtime cannot send it. */
  readonly shared?: readonly unknown[];
}

/** Several images in one message, so that messages cost little. */
export interface DecodeMessage {
  readonly kind: "decode";
  /** Told back with the results. */
  readonly id: number;
  /** Image files, one after the other, and room to spare. Comes back with the results. */
  readonly bytes: ArrayBuffer;
  /** Bytes of each file. */
  readonly lengths: readonly number[];
  /** Name of each file's codec. */
  readonly codecs: readonly string[];
  /** Number of each file's target. */
  readonly targets: readonly number[];
  /** Place of each image's sample in the data. */
  readonly places: readonly SampleDraw[];
  /** Memory of tensors that are no longer needed, one each; where all come in one buffer, of them all, or none. */
  readonly spare: readonly ArrayBuffer[];
  /** Whether the tensors, all of one target, come in one buffer, each in its image's place, or in one each. */
  readonly isJoined: boolean;
  /** Where each tensor begins in the shared array of its target, in elements, where there is one. */
  readonly offsets?: readonly number[];
}

/** What a pool tells a worker. */
export type ToWorker = SetupMessage | DecodeMessage;

/** A tensor, the `index`th of those that `buffer` has room for; or facts, 64-bit numbers. */
export interface PlacedTensor {
  readonly buffer: ArrayBuffer;
  readonly index: number;
  /** Lengths of its dimensions. */
  readonly shape: readonly number[];
  /** Size of the image in pixels, where it was asked for. */
  readonly size?: readonly [width: number, height: number];
}

/** A tensor that is in its shared array already. */
export interface SharedTensor {
  /** The element that it begins at. */
  readonly offset: number;
  /** Lengths of its dimensions. */
  readonly shape: readonly number[];
  /** Size of the image in pixels, where it was asked for. */
  readonly size?: readonly [width: number, height: number];
}

/** What became of one image. */
export type DecodeOutcome = PlacedTensor | SharedTensor | { readonly fault: ErrorRecord };

/** Answers a {@linkcode DecodeMessage}. */
export interface DecodedMessage {
  readonly kind: "decoded";
  readonly id: number;
  readonly outcomes: readonly DecodeOutcome[];
  /** That of the question, to be used again. */
  readonly bytes: ArrayBuffer;
}

/** What a worker tells its pool; `ready` once the kernel runs, `failed` where it cannot. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly reason: string }
  | DecodedMessage;
