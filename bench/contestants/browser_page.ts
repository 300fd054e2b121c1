/**
 * In Chromium: turns images into a model's input, by wdstream or by what the browser has.
 *
 * @module
 */
import { evaluation, init, transformImage } from "../../mod.ts";

/** What is used of a canvas's context, whose types not every library has. */
interface Context {
  imageSmoothingQuality: "high";
  drawImage(image: ImageBitmap, x: number, y: number, width: number, height: number): void;
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
}

const transform = evaluation({ size: 224, cropRatio: 0.875, interpolation: "bicubic" });
const { mean, std } = transform;
const canvas = new OffscreenCanvas(224, 224);
const context = canvas.getContext("2d", { willReadFrequently: true }) as unknown as Context;

/** Shorter edge to 256, the centre of 224, to planes of float32: the browser's filter, not Pillow's. */
async function byCanvas(bytes: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
  const whole = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }), {
    colorSpaceConversion: "none",
  });
  const scale = 256 / Math.min(whole.width, whole.height);
  const [width, height] = [whole.width * scale, whole.height * scale];
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, (224 - width) / 2, (224 - height) / 2, width, height);
  whole.close();
  const { data } = context.getImageData(0, 0, 224, 224);
  const tensor = new Float32Array(3 * 224 * 224);
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < 224 * 224; i++) {
      tensor[c * 224 * 224 + i] = (data[4 * i + c] / 255 - mean[c]) / std[c];
    }
  }
  return tensor;
}

const count = Number(new URLSearchParams(location.search).get("images"));
await init();
const images = await Promise.all(
  Array.from(
    { length: count },
    async (_, i) => new Uint8Array(await (await fetch(`/image/${i}`)).arrayBuffer()),
  ),
);

/** Works through all images; milliseconds. */
async function pass(contestant: "wdstream" | "canvas"): Promise<number> {
  const start = performance.now();
  for (const bytes of images) {
    if (contestant === "canvas") await byCanvas(bytes);
    else transformImage(bytes, transform);
  }
  return performance.now() - start;
}

Object.assign(globalThis, { pass });
