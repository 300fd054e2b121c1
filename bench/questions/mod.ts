/**
 * The questions by name, which is that of their file. A new one is a file beside this and a line below.
 *
 * @module
 */
import type { QuestionModule } from "../harness/question.ts";

/** A question before it is asked. */
export interface ListedQuestion {
  /** In words, for the list of questions. */
  readonly asks: string;
  /** Loads the file: one at a time, so that a question needs only its own competitors. */
  load(): Promise<QuestionModule>;
}

/** All questions, in the order of the report. */
export const QUESTIONS: Readonly<Record<string, ListedQuestion>> = {
  decode: {
    asks: "how fast is a JPEG file turned into pixels?",
    load: () => import("./decode.ts"),
  },
  progressive: {
    asks: "how fast are ImageNet's own pictures where they are progressive files?",
    load: () => import("./progressive.ts"),
  },
  reduced: {
    asks: "how fast are JPEG files decoded at a half, a quarter and an eighth of their size?",
    load: () => import("./reduced.ts"),
  },
  evaluation: {
    asks: "how fast is a JPEG file turned into a model's input?",
    load: () => import("./evaluation.ts"),
  },
  formats: {
    asks: "how fast are PNG and WebP files turned into pixels?",
    load: () => import("./formats.ts"),
  },
  processors: {
    asks: "the same as torch resizes tensors, which Hugging Face's image processors do",
    load: () => import("./processors.ts"),
  },
  training: {
    asks: "how fast is a random part of a JPEG file turned into a model's input?",
    load: () => import("./training.ts"),
  },
  tar: {
    asks: "how fast is an archive read, every body in memory?",
    load: () => import("./tar.ts"),
  },
  pipeline: {
    asks: "do two workers in one process read shards from disk as fast as two processes?",
    load: () => import("./pipeline.ts"),
  },
  tools: {
    asks: "how fast are shards made smaller and verified, beside a script with Pillow?",
    load: () => import("./tools.ts"),
  },
  jobs: {
    asks: "what does a queue cost a task, beside BullMQ alone and a static share?",
    load: () => import("./jobs.ts"),
  },
  http: {
    asks:
      "are shards on a host read as fast as those on a disk, and what do broken connections cost?",
    load: () => import("./http.ts"),
  },
  browser: {
    asks: "how fast is it in a browser, beside what the browser has itself?",
    load: () => import("./browser.ts"),
  },
  startup: {
    asks: "how long after its start has a process decoded its first image?",
    load: () => import("./startup.ts"),
  },
  kernel_size: {
    asks: "how large is the kernel that is sent to a browser?",
    load: () => import("./kernel_size.ts"),
  },
  kinds: {
    asks: "what does each kind of file cost? In seconds, for who changes the kernel",
    load: () => import("./kinds.ts"),
  },
  stages: {
    asks: "what does each stage cost, and how low could it go?",
    load: () => import("./stages.ts"),
  },
  image_size: {
    asks: "what does a pixel cost as images grow?",
    load: () => import("./image_size.ts"),
  },
  quality: {
    asks: "what does a pixel cost by quality, sampling and layout of the file?",
    load: () => import("./quality.ts"),
  },
  photographs: {
    asks: "are the photographs that we draw like real ones, to a decoder?",
    load: () => import("./photographs.ts"),
  },
  shard_count: {
    asks: "what does an image cost by the number of shards and of workers?",
    load: () => import("./shard_count.ts"),
  },
  regions: {
    asks: "what does a part of an image cost, in parts of the whole?",
    load: () => import("./regions.ts"),
  },
  order: {
    asks: "what does an order cost, how well does it mix, and how fast are lanes?",
    load: () => import("./order.ts"),
  },
};
