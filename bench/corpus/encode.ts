/**
 * Encodes pictures: by Pillow where there is one, which is what most files in the world were made by (libjpeg-turbo), else
 * by MozJPEG, which leaves out coefficients that a camera would keep.
 *
 * @module
 */
import encodeImage, { init as initEncoder } from "@jsquash/jpeg/encode.js";
import { compile } from "../contestants/jsquash.ts";
import { findPython } from "../contestants/python.ts";

/** Rows of RGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** How a picture is encoded. */
export interface Coding {
  /** libjpeg's, 1 to 100. */
  readonly quality: number;
  readonly sampling: "4:4:4" | "4:2:2" | "4:2:0" | "grey";
  readonly progressive?: boolean;
}

/** A picture to encode. */
export interface ToEncode {
  readonly picture: Picture;
  readonly coding: Coding;
}

/** A file to encode again with its own tables and sampling. */
export interface ToRecode {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly progressive: boolean;
}

/** Which encoder {@linkcode encodeAll} takes. */
export async function nameEncoder(): Promise<string> {
  const version = (await findPython())?.versions.pillow;
  return version === undefined ? "MozJPEG" : `Pillow ${version}`;
}

/** Encodes pictures, all in one go. */
export async function encodeAll(
  pictures: readonly ToEncode[],
): Promise<Uint8Array<ArrayBuffer>[]> {
  const files = await callPillow(
    pictures.map(({ picture: { width, height, data }, coding }) => [
      { width, height, bytes: data.length, ...coding },
      data,
    ]),
  );
  if (files !== undefined) return files;
  const encoded: Uint8Array<ArrayBuffer>[] = [];
  for (const each of pictures) encoded.push(await encodeByMozjpeg(each));
  return encoded;
}

/** Encodes files again, by Pillow alone; `undefined` where there is none. */
export async function recodeAll(
  files: readonly (ToRecode & Partial<Coding>)[],
): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  return await callPillow(
    files.map(({ file, ...coding }) => [{ bytes: file.length, ...coding }, file]),
  );
}

/** A file to encode again in another format, and what Pillow's `save()` is given. */
export interface ToConvert {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly format: "png" | "webp";
  readonly options: Readonly<Record<string, number | boolean>>;
}

/** Encodes files in other formats, by Pillow alone; `undefined` where there is none. */
export async function convertAll(
  files: readonly ToConvert[],
): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  return await callPillow(files.map(({ file, ...job }) => [{ bytes: file.length, ...job }, file]));
}

async function callPillow(
  jobs: readonly (readonly [unknown, Uint8Array<ArrayBuffer>])[],
): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  const python = await findPython();
  if (python?.versions.pillow === undefined) return undefined;
  const script = await Deno.readTextFile(new URL("./encode.py", import.meta.url));
  const [command, ...args] = python.command;
  const child = new Deno.Command(command, {
    args: [...args, "-c", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.output();
  const head = new TextEncoder().encode(`${JSON.stringify(jobs.map(([job]) => job))}\n`);
  await ReadableStream.from([head, ...jobs.map(([, bytes]) => bytes)]).pipeTo(child.stdin);
  const { success, stdout } = await output;
  if (!success) throw new Error("Pillow could not encode the pictures");
  const end = stdout.indexOf(10);
  const sizes: number[] = JSON.parse(new TextDecoder().decode(stdout.subarray(0, end)));
  let at = end + 1;
  return sizes.map((size) => stdout.slice(at, at += size));
}

// MozJPEG's names for the colour spaces that a file stores.
const GREY = 1;
const YCBCR = 3;

let ready: Promise<void> | undefined;

async function encodeByMozjpeg({ picture, coding }: ToEncode): Promise<Uint8Array<ArrayBuffer>> {
  ready ??= compile("@jsquash/jpeg/encode.js", "codec/enc/mozjpeg_enc.wasm").then(initEncoder);
  await ready;
  const { width, height, data: rgb } = picture;
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    data[to] = rgb[from];
    data[to + 1] = rgb[from + 1];
    data[to + 2] = rgb[from + 2];
  }
  const { quality, sampling, progressive = false } = coding;
  return new Uint8Array(
    await encodeImage({ data, width, height, colorSpace: "srgb" } as ImageData, {
      quality,
      progressive,
      // The tables of T.81's annex K, as libjpeg has them.
      quant_table: 0,
      color_space: sampling === "grey" ? GREY : YCBCR,
      auto_subsample: false,
      chroma_subsample: sampling === "4:4:4" ? 1 : 2,
    }),
  );
}
