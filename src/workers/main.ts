/**
 * A worker of the pool: decodes images to tensors, one message after the other.
 *
 * @module
 */
import { workerScope } from "../runtime.ts";
import { recordError } from "./error_record.ts";
import type { Codec } from "../image/codec.ts";
import { CODECS, findShared } from "../image/codecs/mod.ts";
import type { DecodingLimits } from "../image/jpeg/decode.ts";
import {
  elementBytes,
  elementsOf,
  targetOf,
  type TensorSlot,
  type TensorTarget,
  viewTensor,
} from "../image/transform/layout.ts";
import type { Recipe } from "../image/transform/recipe.ts";
import { readRecipe } from "../image/transform/recipes/mod.ts";
import type { RandomSource } from "../numbers/random_source.ts";
import { transformFile, watchSize } from "../image/transform/transform_file.ts";
import type { MaskData, TensorData } from "../image/types.ts";
import type {
  DecodeMessage,
  DecodeOutcome,
  DecodeSetup,
  FromWorker,
  PlacedTensor,
  SentTarget,
  ToWorker,
} from "./messages.ts";

type Post = (message: FromWorker, transfer: ArrayBuffer[]) => void;

/** A target, read once. */
interface ReadTarget extends SentTarget, TensorTarget {
  readonly recipe: Recipe;
  /** Elements of each tensor; absent where it depends on the image. */
  readonly length?: number;
}

function readTarget({ transform, mask }: SentTarget): ReadTarget {
  const recipe = readRecipe(transform);
  const { type, shape } = targetOf(recipe, mask);
  return { transform, mask, recipe, type, shape, length: shape && elementsOf(shape) };
}

/** Answers messages in order, once the kernel runs. */
function serve(post: Post): (message: ToWorker) => void {
  let setup: DecodeSetup;
  let targets: readonly ReadTarget[] | undefined;
  let previous: Promise<void>;
  return (message) => {
    if (message.kind === "setup") {
      setup = message.setup;
      targets = setup.targets?.map(readTarget);
      const { shared } = message;
      previous = Promise.all(CODECS.map((codec, i) => codec.load?.(shared?.[i]))).then(
        () => post({ kind: "ready" }, []),
        (error) => post({ kind: "failed", reason: String(error) }, []),
      );
    } else {
      previous = previous.then(async () => {
        const outcomes = targets === undefined
          ? await inspectAll(message, setup)
          : await decodeAll(message, setup, targets);
        const buffers = outcomes.flatMap((each) => "buffer" in each ? [each.buffer] : []);
        const { id, bytes } = message;
        post({ kind: "decoded", id, outcomes, bytes }, [bytes, ...new Set(buffers)]);
      });
    }
  };
}

async function decodeAll(
  message: DecodeMessage,
  { withSizes = false, shared, maxPixels, truncated, strict, reference }: DecodeSetup,
  targets: readonly ReadTarget[],
): Promise<DecodeOutcome[]> {
  const { bytes, lengths, codecs, places, isJoined, offsets } = message;
  const limits = { maxPixels, truncated, strict, reference };
  const spare = [...message.spare];
  const newBuffer = ({ length, type }: ReadTarget, count: number): ArrayBuffer => {
    const sizeBytes = count * length! * elementBytes(type);
    const found = spare.findLastIndex(({ byteLength }) => byteLength === sizeBytes);
    return found < 0 ? new ArrayBuffer(sizeBytes) : spare.splice(found, 1)[0];
  };
  const joined = isJoined ? newBuffer(targets[message.targets[0]], lengths.length) : undefined;
  let start = 0;
  const outcomes: DecodeOutcome[] = [];
  for (const [number, fileBytes] of lengths.entries()) {
    const file = new Uint8Array(bytes, start, fileBytes);
    start += fileBytes;
    // Nobody waits for what would follow, but for the answer.
    if (shared !== undefined && Atomics.load(shared.isLeft, 0) !== 0) break;
    try {
      const target = targets[message.targets[number]];
      const index = isJoined ? number : 0;
      const place = offsets &&
        { into: shared!.arrays[message.targets[number]], offset: offsets[number] };
      const buffer = place !== undefined || target.length === undefined
        ? undefined
        : joined ?? newBuffer(target, 1);
      const slot = place ?? (buffer && {
        into: viewTensor(target.type, buffer),
        offset: index * target.length!,
      });
      const random = target.recipe.random?.(places[number]);
      const codec = findShared(codecs[number])!;
      const made = make(file, codec, target, { ...limits, random, slot, withSizes });
      const { data, shape, size } = made instanceof Promise ? await made : made;
      const own = place ? { offset: place.offset } : { buffer: data.buffer, index };
      outcomes.push({ ...own, shape, ...(size && { size }) });
    } catch (error) {
      outcomes.push({ fault: recordError(error) });
    }
  }
  return outcomes;
}

/** Tells facts of images; loaded where they are asked for. */
async function inspectAll(
  { bytes, lengths, codecs }: DecodeMessage,
  { counts, maxPixels }: DecodeSetup,
): Promise<DecodeOutcome[]> {
  const { inspectImage, packFacts } = await import("../image/inspect.ts");
  const outcomes: DecodeOutcome[] = [];
  // Those of all images in one buffer: each that is sent costs two threads as much as its numbers do.
  let rows: Float64Array<ArrayBuffer> | undefined;
  let start = 0;
  for (const [number, fileBytes] of lengths.entries()) {
    const file = new Uint8Array(bytes, start, fileBytes);
    start += fileBytes;
    try {
      const facts = await inspectImage(file, findShared(codecs[number])!, { counts, maxPixels });
      const row = packFacts(facts);
      rows ??= new Float64Array(lengths.length * row.length);
      rows.set(row, number * row.length);
      outcomes.push({ buffer: rows.buffer, index: number, shape: [row.length] });
    } catch (error) {
      outcomes.push({ fault: recordError(error) });
    }
  }
  return outcomes;
}

/** Where a tensor goes, and what it is made with. */
interface MakeOptions extends DecodingLimits {
  readonly random?: RandomSource;
  readonly slot?: { readonly into: TensorData | MaskData; readonly offset: number };
  readonly withSizes: boolean;
}

type Made = Pick<PlacedTensor, "shape" | "size"> & { readonly data: TensorData | MaskData };

/** Makes a file what its target says. Returns a promise only where something has to be waited for. */
function make(
  file: Uint8Array,
  codec: Codec,
  { recipe, mask }: ReadTarget,
  { slot, withSizes, ...options }: MakeOptions,
): Made | Promise<Made> {
  if (mask !== undefined) {
    const into = slot as TensorSlot<MaskData> | undefined;
    return import("../image/transform/mask_file.ts").then(({ transformMaskFile }) =>
      transformMaskFile(file, codec, recipe, mask, { ...options, slot: into })
    );
  }
  const settings = { ...options, ...slot as TensorSlot | undefined };
  if (!withSizes) return transformFile(file, codec, recipe, settings);
  let size: readonly [number, number] | undefined;
  const watched = watchSize(recipe, (width, height) => size = [width, height]);
  const made = transformFile(file, codec, watched, settings);
  return made instanceof Promise ? made.then((tensor) => ({ ...tensor, size })) : { ...made, size };
}

if (typeof workerScope.postMessage === "function") {
  // Before anything is awaited: messages that came with nobody listening would be lost.
  const answer = serve((message, transfer) => workerScope.postMessage!(message, transfer));
  workerScope.addEventListener("message", ({ data }) => answer(data as ToWorker));
} else {
  const { parentPort } = await import("node:worker_threads");
  const answer = serve((message, transfer) => parentPort!.postMessage(message, transfer));
  parentPort!.on("message", answer);
}
