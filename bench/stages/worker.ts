/**
 * A thread with a kernel of its own, since a thread has one. It is sent the kernel and the images, then
 * what to do with all of them: the transform, and what is left out of it.
 *
 * @module
 */
import { evaluation } from "../../src/image/transform/evaluation.ts";
import { decodeJpeg, init, transformImage } from "../../src/image/mod.ts";
import { getKernel } from "../../src/kernel/instance.ts";

/** What starts the worker. */
export interface StageSetup {
  readonly kernel: BufferSource;
  readonly images: readonly Uint8Array[];
}

/** One pass over the images. */
export interface StageOrder {
  readonly task: "decode" | "evaluation";
  /** Bits of stages, for a kernel that has switches. */
  readonly leaveOut?: number;
}

const transform = evaluation({ resize: 256, size: 224, interpolation: "bicubic" });
const into = new Float32Array(3 * 224 * 224);
const TASKS = ["evaluation", "decode"] as const;
let images: readonly Uint8Array[] = [];

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<StageSetup | StageOrder>) => void;
  postMessage(message: string): void;
};

scope.onmessage = async ({ data }) => {
  if ("kernel" in data) {
    images = data.images;
    await init(data.kernel);
    // Until the optimising compiler has had its turn: some kernels are run more often than others.
    for (let i = 0; i < 3; i++) for (const task of TASKS) work({ task });
  } else {
    work(data);
  }
  scope.postMessage("done");
};

function work({ task, leaveOut }: StageOrder): void {
  for (const image of images) {
    // Every time: a large image makes the next one begin with a new kernel.
    if (leaveOut !== undefined) {
      (getKernel().exports as unknown as { leaveOut(bits: number): void }).leaveOut(leaveOut);
    }
    if (task === "evaluation") transformImage(image, transform, { into });
    else decodeJpeg(image);
  }
}
