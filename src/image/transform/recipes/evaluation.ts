/**
 * What the evaluation transform does.
 *
 * @module
 */
import type { EvaluationTransform } from "../../types.ts";
import { evaluationGeometry, resizeShorterEdge } from "../geometry.ts";
import { shapeOf } from "../layout.ts";
import type { Recipe } from "../recipe.ts";
import { makeNormalization, makeValueTables } from "../tensor.ts";

/** Reads an evaluation transform. */
export function readEvaluation(transform: EvaluationTransform): Recipe {
  const { type, crop: [outputHeight, outputWidth], interpolation, resize } = transform;
  return {
    type,
    shape: shapeOf(type, outputHeight, outputWidth),
    isBgr: false,
    padding: [0, 0, 0],
    values: () => makeValueTables(transform),
    arithmetic: () => makeNormalization(transform),
    ...(transform.draft ? { draft: (width, height) => chooseScale(width, height, resize) } : {}),
    place: (width, height) => ({
      ...evaluationGeometry(width, height, transform),
      source: { left: 0, top: 0, width, height },
      outputHeight,
      outputWidth,
      interpolation,
      isTorch: transform.resampler === "torch",
      isMirrored: false,
      isDrawn: false,
    }),
  };
}

// Pillow's `draft`: the greatest reduction that does not go below the wanted size, in eighths.
function chooseScale(width: number, height: number, resize: number): 1 | 2 | 4 | 8 {
  const [wantedWidth, wantedHeight] = resizeShorterEdge(width, height, resize);
  const factor = Math.min(Math.floor(width / wantedWidth), Math.floor(height / wantedHeight));
  return factor >= 8 ? 1 : factor >= 4 ? 2 : factor >= 2 ? 4 : 8;
}
