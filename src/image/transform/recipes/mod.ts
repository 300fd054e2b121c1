/**
 * The kinds of transforms: a new one is a file here, and a line below.
 *
 * @module
 */
import type { EvaluationTransform } from "../../types.ts";
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
