/** Pictures that are drawn and encoded here: of any size, quality and layout. */
import encodeImage, { init as initEncoder } from "@jsquash/jpeg/encode.js";
import { drawPicture, listPictures } from "../test/fixtures/sample/pictures.ts";
import { compile } from "./libraries.ts";

/** How a picture is encoded. */
export interface Coding {
  /** MozJPEG's quality, 1 to 100. */
  readonly quality: number;
  readonly sampling: "4:4:4" | "4:2:0" | "grey";
  readonly progressive?: boolean;
}

// MozJPEG's names for the colour spaces that a file stores.
const GREY = 1;
const YCBCR = 3;

let ready: Promise<void> | undefined;

/** Draws one of the sample's scenes, which have the detail and the grain of photographs. */
export function drawScene(index: number, width: number, height: number): ImageData {
  const pictures = listPictures();
  const picture = { ...pictures[index % pictures.length], width, height };
  const data = drawPicture(picture, 1000 + index);
  return { data, width, height, colorSpace: "srgb" } as ImageData;
}

/** Encodes a picture by MozJPEG. */
export async function encode(
  image: ImageData,
  { quality, sampling, progressive = false }: Coding,
): Promise<Uint8Array<ArrayBuffer>> {
  ready ??= compile("@jsquash/jpeg/encode.js", "codec/enc/mozjpeg_enc.wasm").then(initEncoder);
  await ready;
  return new Uint8Array(
    await encodeImage(image, {
      quality,
      progressive,
      color_space: sampling === "grey" ? GREY : YCBCR,
      auto_subsample: false,
      chroma_subsample: sampling === "4:2:0" ? 2 : 1,
    }),
  );
}

/** Covers a large area with copies of a picture, as drawing it would take long. */
export function tile(picture: ImageData, width: number, height: number): ImageData {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const from = (y % picture.height) * picture.width * 4;
    const row = picture.data.subarray(from, from + picture.width * 4);
    for (let x = 0; x < width; x += picture.width) {
      const part = row.subarray(0, 4 * Math.min(picture.width, width - x));
      data.set(part as Uint8ClampedArray, (y * width + x) * 4);
    }
  }
  return { data, width, height, colorSpace: "srgb" } as ImageData;
}
