/**
 * A worker that makes images smaller, one message after the other.
 *
 * @module
 */
import { workerScope } from "../runtime.ts";
import { type ErrorRecord, recordError } from "../workers/error_record.ts";
import type { MaskSizes } from "./resize_mask.ts";
import { type ResizedFile, resizeFile, type ResizeSettings } from "./resize_image.ts";

/** What a worker is asked. */
export interface ResizeQuestion {
  /** Told back with the answer. */
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Extension of the image's field. */
  readonly name: string;
  readonly settings: ResizeSettings;
  /** Sizes of its image, where it is a mask. */
  readonly mask?: MaskSizes;
}

/** What it answers; without a file where the image is to stay as it is. */
export interface ResizeAnswer {
  readonly id: number;
  readonly file?: ResizedFile;
  /** The file of a mask. */
  readonly mask?: Uint8Array<ArrayBuffer>;
  readonly fault?: ErrorRecord;
}

async function answer(
  { id, bytes, name, settings, mask }: ResizeQuestion,
): Promise<ResizeAnswer> {
  try {
    if (mask !== undefined) {
      const { resizeMaskFile } = await import("./resize_mask.ts");
      return { id, mask: await resizeMaskFile(bytes, name, mask) };
    }
    return { id, file: await resizeFile(bytes, name, settings) };
  } catch (error) {
    return { id, fault: recordError(error) };
  }
}

type Post = (message: ResizeAnswer, transfer: ArrayBuffer[]) => void;

function serve(post: Post): (message: unknown) => void {
  let previous: Promise<void> = Promise.resolve();
  return (message) => {
    previous = previous.then(async () => {
      const made = await answer(message as ResizeQuestion);
      const own = made.mask ?? made.file?.bytes;
      post(made, own === undefined ? [] : [own.buffer]);
    });
  };
}

if (typeof workerScope.postMessage === "function") {
  // Before anything is awaited: messages that came with nobody listening would be lost.
  const receive = serve((message, transfer) => workerScope.postMessage!(message, transfer));
  workerScope.addEventListener("message", ({ data }) => receive(data));
} else {
  const { parentPort } = await import("node:worker_threads");
  parentPort!.on(
    "message",
    serve((message, transfer) => parentPort!.postMessage(message, transfer)),
  );
}
