/** Draws images that are written twice: in one sequential scan, and progressively by a drawn script. */
import type { RandomSource } from "../../src/numbers/random_source.ts";
import { drawImage, SAMPLINGS, STYLES } from "./draw_coefficients.ts";
import { encodeCoefficients } from "./encode_jpeg.ts";
import { drawScript, encodeProgressive } from "./encode_progressive.ts";

/** An image in both ways. */
export interface DrawnTwice {
  readonly progressive: Uint8Array<ArrayBuffer>;
  readonly sequential: Uint8Array<ArrayBuffer>;
}

/** Draws one, of a sampling and a style of `draw_coefficients.ts`. */
export function drawProgressive(sampling: string, style: string, random: RandomSource): DrawnTwice {
  const { width, height, components, restart } = drawImage(
    random,
    SAMPLINGS[sampling],
    STYLES[style],
  );
  const script = drawScript(random, components.length);
  return {
    progressive: encodeProgressive(width, height, components, { script, random, restart }),
    sequential: encodeCoefficients(width, height, components),
  };
}
