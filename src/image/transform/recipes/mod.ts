/**
 * The kinds of transforms: a new one is a file here, and a line below.
 *
 * @module
 */
import type { EvaluationTransform, MaskTransform } from "../../types.ts";
import type { Recipe } from "../recipe.ts";
import type { ProcessorTransform } from "../processors/descriptor.ts";
import type { TrainingTransform } from "../training.ts";
import { readEvaluation } from "./evaluation.ts";
import { readProcessor } from "./processor.ts";
import { readTraining } from "./training.ts";

/** From encoded image to tensor: what `evaluation()`, `training()` and `processor()` describe. */
export type Transform = EvaluationTransform | TrainingTransform | ProcessorTransform;

const KINDS: { readonly [Kind in Transform["kind"]]: (transform: TransformOf<Kind>) => Recipe } = {
  evaluation: readEvaluation,
  training: readTraining,
  processor: readProcessor,
};

type TransformOf<Kind extends Transform["kind"]> = Extract<Transform, { readonly kind: Kind }>;

/** Whether it is one transform, and not an object that holds several by names; what is neither counts as one. */
export function isOneTransform(transform: unknown): boolean {
  if (typeof transform !== "object" || transform === null) return true;
  return "kind" in transform && typeof transform.kind === "string";
}

/** Whether what a field is to become is a mask. */
export function isMaskTransform(transform: Transform | MaskTransform): transform is MaskTransform {
  return transform?.kind === "mask";
}

/**
 * Reads a transform.
 *
 * @throws {TypeError} If it is none.
 */
export function readRecipe(transform: Transform): Recipe {
  const kind = transform?.kind;
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) {
    throw new TypeError(
      `A transform is what evaluation(), training() or processor() returns, not ${
        JSON.stringify(transform)
      }`,
    );
  }
  return (KINDS[kind] as (transform: Transform) => Recipe)(transform);
}

/**
 * Sees to it that masks can follow a transform.
 *
 * @throws {TypeError} If it changes the image before it is resized.
 */
export function checkMaskRecipe({ prepare }: Recipe): void {
  if (prepare === undefined) return;
  throw new TypeError("A transform that pads images before it resizes them takes no masks");
}
