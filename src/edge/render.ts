/**
 * A sample in the form that is asked for.
 *
 * @module
 */
import { findImageField } from "../steps/fields.ts";
import { describeFormat } from "../image/format.ts";
import { evaluation } from "../image/mod.ts";
import type { Sample } from "../sample/sample.ts";
import { makeNpyHeader, toLittleEndian } from "../sample/write_npy.ts";
import { renderCard } from "./card.ts";
import { describeSample } from "./describe.ts";
import { withImage } from "./image.ts";
import { isTensor, type View } from "./parameters.ts";
import { makePicture } from "../image/transform/picture.ts";
import { readRecipe } from "../image/transform/recipes/mod.ts";
import { transformFile } from "../image/transform/transform_file.ts";
import { encodePng } from "../image/encode/png.ts";
import type { Image } from "../image/types.ts";
import { Problem } from "./problem.ts";
import type { RenderContext, Rendered } from "./rendered.ts";
import { measureTensor } from "./tensor_statistics.ts";

const RAW = "application/octet-stream";
const JSON_TYPE = "application/json; charset=utf-8";

/** Whether a view is of what is stored, which takes no decoder. */
export function isStored({ as, size }: View): boolean {
  return as === "json" || (as === "jpeg" && size === undefined);
}

/** Renders a sample; all but JSON and the stored bytes take the decoder. */
export async function render(
  sample: Sample,
  view: View,
  context: RenderContext,
): Promise<Rendered> {
  if (view.as === "json") return answerFacts(await describeSample(sample, context));
  if (view.as === "card") return await renderCard(sample, view, context, encodePicture);
  if (view.as === "jpeg" && view.size === undefined) {
    const bytes = sample.bytes[findImageField(sample, {}, context.codecs)];
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
      throw new Problem(422, "image-unsupported", `The image is ${describeFormat(bytes)}.`);
    }
    return { body: bytes as Uint8Array<ArrayBuffer>, type: "image/jpeg" };
  }
  if (isTensor(view)) return await renderTensor(sample, view, context);
  if (view.as === "png") {
    return { body: await encodePicture(sample, view, context), type: "image/png" };
  }
  const image = await makeImage(sample, view, context);
  if (view.as === "rgb") {
    return { body: image.data, type: RAW, shape: [image.height, image.width, 3] };
  }
  const encoded = await context.encodeJpeg(image, view.quality ?? 82);
  return { body: new Uint8Array(encoded) as Uint8Array<ArrayBuffer>, type: "image/jpeg" };
}

function answerFacts(facts: object): Rendered {
  return { body: JSON.stringify(facts), type: JSON_TYPE };
}

/** The tensor that a model sees, or what its values are like. */
async function renderTensor(
  sample: Sample,
  view: View,
  { codecs, maxPixels }: RenderContext,
): Promise<Rendered> {
  const transform = evaluation({ size: view.size });
  const recipe = readRecipe(transform);
  const { data, shape } = await withImage(
    sample,
    codecs,
    (bytes, codec) => transformFile(bytes, codec, recipe, { maxPixels }),
  );
  const values = data as Float32Array<ArrayBuffer>;
  if (view.as === "statistics") {
    return answerFacts({ ...measureTensor(values, shape), transform });
  }
  const raw = toLittleEndian(values);
  if (view.as === "f32") return { body: raw, type: RAW, shape };
  const header = makeNpyHeader(shape);
  const file = new Uint8Array(header.length + raw.length);
  file.set(header);
  file.set(raw, header.length);
  return { body: file, type: RAW, shape };
}

async function makeImage(
  sample: Sample,
  { size, fit }: View,
  { codecs, maxPixels }: RenderContext,
): Promise<Image> {
  return await withImage(
    sample,
    codecs,
    (bytes, codec) => makePicture(bytes, { size, fit, maxPixels }, codec),
  );
}

/** A picture as PNG. */
async function encodePicture(
  sample: Sample,
  view: View,
  context: RenderContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const image = await makeImage(sample, view, context);
  if (typeof CompressionStream !== "undefined") return await encodePng(image);
  throw new Problem(
    501,
    "no-compression",
    "PNG takes a CompressionStream, which is missing here.",
  );
}
