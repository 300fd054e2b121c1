/**
 * What a pool and its workers say to one another.
 *
 * @module
 */
import type { Reference, Transform } from "../image/mod.ts";
import type { SampleDraw } from "../numbers/seeded_random.ts";
import type { ErrorRecord } from "./error_record.ts";

/** The options of a transform that count where a file is decoded; plain data. */
export interface DecodeSetup {
  /** Absent where facts are told of images in place of tensors. */
  readonly transform?: Transform;
  /** Whether these count the values of pixels. */
  readonly counts?: boolean;
  readonly maxPixels?: number;
  readonly truncated?: "error" | "fill";
  readonly strict?: boolean;
  readonly reference?: Reference;
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
  /** Place of each image's sample in the data. */
  readonly places: readonly SampleDraw[];
  /** Memory of tensors that are no longer needed, one each; where all come in one buffer, of them all, or none. */
  readonly spare: readonly ArrayBuffer[];
  /** Whether the tensors come in one buffer, each in its image's place, or in one each. */
  readonly isJoined: boolean;
}

/** What a pool tells a worker. */
export type ToWorker = SetupMessage | DecodeMessage;

/** A tensor, the `index`th of those that `buffer` has room for; or facts, 64-bit numbers. */
export interface PlacedTensor {
  readonly buffer: ArrayBuffer;
  readonly index: number;
  /** Lengths of its dimensions. */
  readonly shape: readonly number[];
}

/** What became of one image. */
export type DecodeOutcome = PlacedTensor | { readonly fault: ErrorRecord };

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
