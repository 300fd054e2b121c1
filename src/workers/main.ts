/**
 * A worker of the pool: decodes images to tensors, one message after the other.
 *
 * @module
 */
import { workerScope } from "../runtime.ts";
import { init } from "../image/share_kernel.ts";
import { recordError } from "./error_record.ts";
import { elementsOf, viewTensor } from "../image/transform/layout.ts";
import { transformJpeg } from "./transform_jpeg.ts";
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
  let previous: Promise<void>;
  return (message) => {
    if (message.kind === "setup") {
      setup = message.setup;
      // A module that is no longer one on this side of a runtime's messages is compiled again.
      previous = init(message.module).catch(() => init()).then(
        () => post({ kind: "ready" }, []),
        (error) => post({ kind: "failed", reason: String(error) }, []),
      );
    } else {
      previous = previous.then(() => {
        const outcomes = decodeAll(message, setup);
        const buffers = outcomes.flatMap((each) => "buffer" in each ? [each.buffer] : []);
        const { id, bytes } = message;
        post({ kind: "decoded", id, outcomes, bytes }, [bytes, ...new Set(buffers)]);
      });
    }
  };
}

function decodeAll(message: DecodeMessage, setup: DecodeSetup): DecodeOutcome[] {
  const { bytes, lengths, places, isJoined } = message;
  const { type } = setup.transform;
  const length = elementsOf(setup.transform);
  const spare = [...message.spare];
  const joined = isJoined ? new ArrayBuffer(lengths.length * tensorBytes(setup)) : undefined;
  let start = 0;
  return lengths.map((jpegBytes, number): DecodeOutcome => {
    const jpeg = new Uint8Array(bytes, start, jpegBytes);
    start += jpegBytes;
    try {
      const buffer = joined ?? spare.pop() ?? new ArrayBuffer(tensorBytes(setup));
      const index = isJoined ? number : 0;
      const slot = { into: viewTensor(type, buffer), offset: index * length };
      transformJpeg(jpeg, setup.transform, setup, slot, places[number]);
      return { buffer, index };
    } catch (error) {
      return { fault: recordError(error) };
    }
  });
}

function tensorBytes({ transform }: DecodeSetup): number {
  return elementsOf(transform) * { float32: 4, float16: 2, uint8: 1 }[transform.type];
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
