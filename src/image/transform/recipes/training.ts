/**
 * What the training transform does.
 *
 * @module
 */
import { seededRandom } from "../../../numbers/seeded_random.ts";
import { shapeOf } from "../layout.ts";
import type { Recipe } from "../recipe.ts";
import { makeNormalization, makeValueTables } from "../tensor.ts";
import { drawFlip, drawTrainingBox, type TrainingTransform } from "../training.ts";

/** Reads a training transform. */
export function readTraining(transform: TrainingTransform): Recipe {
  const { type, crop: [outputHeight, outputWidth], seed } = transform;
  return {
    type,
    shape: shapeOf(type, outputHeight, outputWidth),
    isBgr: false,
    padding: [0, 0, 0],
    values: () => makeValueTables(transform),
    arithmetic: () => makeNormalization(transform),
    random: (draw) => seededRandom(seed, draw),
    place(width, height, random) {
      if (random === undefined) {
        throw new TypeError("A training transform needs `random`, where its draws come from");
      }
      const { interpolation, ...source } = drawTrainingBox(width, height, transform, random);
      return {
        source,
        resizedWidth: outputWidth,
        resizedHeight: outputHeight,
        left: 0,
        top: 0,
        width: outputWidth,
        height: outputHeight,
        padLeft: 0,
        padTop: 0,
        outputHeight,
        outputWidth,
        interpolation,
        isTorch: false,
        isMirrored: drawFlip(transform, random),
        isDrawn: true,
      };
    },
  };
}
