/**
 * A worker of the pool: decodes images to tensors, one message after the other.
 *
 * @module
 */
import { workerScope } from "../runtime.ts";
import { recordError } from "./error_record.ts";
import { CODECS, findShared } from "../image/codecs/mod.ts";
import { elementBytes, elementsOf, viewTensor } from "../image/transform/layout.ts";
import type { Recipe } from "../image/transform/recipe.ts";
import { readRecipe } from "../image/transform/recipes/mod.ts";
import { transformFile } from "../image/transform/transform_file.ts";
import type {
  DecodeMessage,
  DecodeOutcome,
  DecodeSetup,
  FromWorker,
  ToWorker,
} from "./messages.ts";

type Post = (message: FromWorker, transfer: ArrayBuffer[]) => void;

/** Answers messages in order, once the kernel runs. */
function serve(post: Post): (message: ToWorker) => void {
  let setup: DecodeSetup;
  let recipe: Recipe | undefined;
  let previous: Promise<void>;
  return (message) => {
    if (message.kind === "setup") {
      setup = message.setup;
      recipe = setup.transform && readRecipe(setup.transform);
      const { shared } = message;
      previous = Promise.all(CODECS.map((codec, i) => codec.load?.(shared?.[i]))).then(
        () => post({ kind: "ready" }, []),
        (error) => post({ kind: "failed", reason: String(error) }, []),
      );
    } else {
      previous = previous.then(async () => {
        const outcomes = recipe === undefined
          ? await inspectAll(message, setup)
          : await decodeAll(message, setup, recipe);
        const buffers = outcomes.flatMap((each) => "buffer" in each ? [each.buffer] : []);
        const { id, bytes } = message;
        post({ kind: "decoded", id, outcomes, bytes }, [bytes, ...new Set(buffers)]);
      });
    }
  };
}

async function decodeAll(
  message: DecodeMessage,
  { maxPixels, truncated, strict, reference }: DecodeSetup,
  recipe: Recipe,
): Promise<DecodeOutcome[]> {
  const { bytes, lengths, codecs, places, isJoined } = message;
  const limits = { maxPixels, truncated, strict, reference };
  const length = recipe.shape && elementsOf(recipe.shape);
  const newBuffer = (count: number): ArrayBuffer =>
    new ArrayBuffer(count * length! * elementBytes(recipe.type));
  const spare = [...message.spare];
  const joined = isJoined ? spare.pop() ?? newBuffer(lengths.length) : undefined;
  let start = 0;
  const outcomes: DecodeOutcome[] = [];
  for (const [number, fileBytes] of lengths.entries()) {
    const file = new Uint8Array(bytes, start, fileBytes);
    start += fileBytes;
    try {
      const index = isJoined ? number : 0;
      const buffer = length === undefined ? undefined : joined ?? spare.pop() ?? newBuffer(1);
      const slot = buffer && {
        into: viewTensor(recipe.type, buffer),
        offset: index * length!,
      };
      const random = recipe.random?.(places[number]);
      const codec = findShared(codecs[number])!;
      const made = transformFile(file, codec, recipe, { ...limits, ...slot, random });
      const { data, shape } = made instanceof Promise ? await made : made;
      outcomes.push({ buffer: data.buffer, index, shape });
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
  let start = 0;
  for (const [number, fileBytes] of lengths.entries()) {
    const file = new Uint8Array(bytes, start, fileBytes);
    start += fileBytes;
    try {
      const facts = await inspectImage(file, findShared(codecs[number])!, { counts, maxPixels });
      const { buffer, length } = packFacts(facts);
      outcomes.push({ buffer, index: 0, shape: [length] });
    } catch (error) {
      outcomes.push({ fault: recordError(error) });
    }
  }
  return outcomes;
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
