import type { Effort, Question } from "./contestant.ts";

/** Makes a question: loads what it needs, starts who takes part. */
export type MakeQuestion = (effort: Effort) => Promise<Question>;

/** Loaded one at a time, so that a question needs only its own competitors. */
export const QUESTIONS: Readonly<Record<string, () => Promise<{ makeQuestion: MakeQuestion }>>> = {
  decode: () => import("./decode.ts"),
  evaluation: () => import("./evaluation.ts"),
  training: () => import("./training.ts"),
  tar: () => import("./tar.ts"),
  pipeline: () => import("./pipeline.ts"),
  browser: () => import("./browser.ts"),
  startup: () => import("./startup.ts"),
  size: () => import("./size.ts"),
  stages: () => import("./stages.ts"),
  growth: () => import("./growth.ts"),
  codings: () => import("./codings.ts"),
  shards: () => import("./shards.ts"),
  region: () => import("./region.ts"),
};
