/**
 * A tensor in the kernel's memory: what the kernel is told to write, and what of it is left to be done here.
 *
 * @module
 */
import * as abi from "../../kernel/abi.ts";
import type { Kernel } from "../../kernel/instance.ts";
import { writeTable } from "../resize/tables.ts";
import type { TensorData, TensorType } from "../types.ts";
import { elementBytes, viewTensor } from "./layout.ts";
import type { Placement, Recipe } from "./recipe.ts";
import type { ValueTables } from "./tensor.ts";

const OUTPUT_TYPES: Readonly<Record<TensorType, number>> = {
  float32: abi.OUTPUT_F32_NCHW,
  float16: abi.OUTPUT_F16_NCHW,
  uint8: abi.OUTPUT_U8_NHWC,
};

/** Where the kernel writes, and the number format in which it does. */
export interface TensorRoom {
  readonly address: number;
  readonly type: TensorType;
}

/**
 * Writes tables and parameters, and takes the room for the tensor.
 *
 * @param channels Channels that are resampled: 1, which becomes three, or 3.
 */
export function prepareRoom(
  kernel: Kernel,
  recipe: Recipe,
  placement: Placement,
  channels: number,
): TensorRoom {
  const { outputHeight: height, outputWidth: width, padLeft, padTop } = placement;
  writeTables(kernel, placement);
  const type = chooseType(recipe);
  const length = 3 * width * height;
  const address = kernel.reserve(length * elementBytes(type));
  const isPadded = placement.width < width || placement.height < height;
  const tensor = (): TensorData =>
    viewTensor(type, kernel.bytes.buffer as ArrayBuffer, address, length);
  if (type === "uint8") {
    // Grey becomes three channels.
    kernel.setParam(abi.PARAM_OUTPUT_CHANNELS, 3);
    if (isPadded) fillPixels(tensor() as Uint8Array, recipe.padding);
  } else {
    // Float32 numbers are computed, which is faster; float16 ones are looked up.
    if (type === "float32") {
      kernel.setParam(abi.PARAM_NORMALISATION, writeNumbers(kernel, recipe.arithmetic()!));
    } else kernel.setParam(abi.PARAM_VALUES, writeNumbers(kernel, recipe.values()));
    if (isPadded) {
      const values = recipe.isPaddedLast ? undefined : recipe.values();
      const area = width * height;
      recipe.padding.forEach((byte, c) =>
        tensor().fill(values?.[256 * c + byte] ?? 0, c * area, (c + 1) * area)
      );
    }
  }
  kernel.setParam(abi.PARAM_OUTPUT_TYPE, OUTPUT_TYPES[type]);
  kernel.setParam(abi.PARAM_OUTPUT, address);
  kernel.setParam(abi.PARAM_OUTPUT_WIDTH, width);
  kernel.setParam(abi.PARAM_OUTPUT_HEIGHT, height);
  kernel.setParam(abi.PARAM_OUTPUT_LEFT, padLeft);
  kernel.setParam(abi.PARAM_OUTPUT_TOP, padTop);
  kernel.setParam(abi.PARAM_CHANNELS, channels);
  return { address, type };
}

/** Bytes where the kernel knows neither the arithmetic nor the order of channels: the rest is looked up here. */
function chooseType(recipe: Recipe): TensorType {
  const { type } = recipe;
  if (recipe.isBgr) return "uint8";
  return type === "float32" && recipe.arithmetic() === undefined ? "uint8" : type;
}

function writeTables(kernel: Kernel, placement: Placement): void {
  const { source, left, top, interpolation, isTorch, isDrawn, isMirrored } = placement;
  writeTable(kernel, "x", {
    inSize: source.width,
    box0: 0,
    box1: source.width,
    outSize: placement.resizedWidth,
    begin: left,
    end: left + placement.width,
    origin: source.left,
    isMirrored,
    isTorch,
    isDrawn,
  }, interpolation);
  writeTable(kernel, "y", {
    inSize: source.height,
    box0: 0,
    box1: source.height,
    outSize: placement.resizedHeight,
    begin: top,
    end: top + placement.height,
    origin: source.top,
    isTorch,
    isDrawn,
  }, interpolation);
}

/** Writes numbers into the kernel's memory; returns their address. */
function writeNumbers(kernel: Kernel, numbers: ValueTables): number {
  const address = kernel.reserve(numbers.byteLength);
  kernel.bytes.set(new Uint8Array(numbers.buffer), address);
  return address;
}

/** Copies the tensor out of the kernel's memory, and does what the kernel could not. */
export function copyOut(
  kernel: Kernel,
  { address, type }: TensorRoom,
  recipe: Recipe,
  placement: Placement,
  into: TensorData,
  offset: number,
): void {
  const length = 3 * placement.outputHeight * placement.outputWidth;
  const tensor = viewTensor(type, kernel.bytes.buffer as ArrayBuffer, address, length);
  if (type === recipe.type && !recipe.isBgr) into.set(tensor, offset);
  else finishPixels(tensor as Uint8Array, recipe, placement, into, offset);
}

/** Pixels to what the recipe makes of them. */
function finishPixels(
  pixels: Uint8Array,
  recipe: Recipe,
  { width, height, padLeft, padTop, outputWidth }: Placement,
  into: TensorData,
  offset: number,
): void {
  const area = pixels.length / 3;
  const isReached = (i: number): boolean => {
    const [x, y] = [i % outputWidth - padLeft, Math.floor(i / outputWidth) - padTop];
    return x >= 0 && x < width && y >= 0 && y < height;
  };
  const values = recipe.type === "uint8" ? undefined : recipe.values();
  for (let c = 0; c < 3; c++) {
    const channel = recipe.isBgr ? 2 - c : c;
    if (values === undefined) {
      for (let i = 0; i < area; i++) into[offset + 3 * i + c] = pixels[3 * i + channel];
    } else {
      const [table, plane] = [256 * c, offset + c * area];
      for (let i = 0; i < area; i++) into[plane + i] = values[table + pixels[3 * i + channel]];
      if (!recipe.isPaddedLast) continue;
      for (let i = 0; i < area; i++) if (!isReached(i)) into[plane + i] = 0;
    }
  }
}

function fillPixels(pixels: Uint8Array, padding: readonly [number, number, number]): void {
  const [red, green, blue] = padding;
  if (red === green && green === blue) return void pixels.fill(red);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(padding, at);
}

/** Writes one byte's value wherever the image reaches: Pillow's picture of a file that broke off before its first row. */
export function fillBlank(
  recipe: Recipe,
  placement: Placement,
  byte: number,
  into: TensorData,
  offset: number,
): void {
  const { width, height, padLeft, padTop, outputWidth, outputHeight } = placement;
  const values = recipe.type === "uint8" ? undefined : recipe.values();
  for (let y = padTop; y < padTop + height; y++) {
    for (let c = 0; c < 3; c++) {
      if (values === undefined) {
        const at = offset + (y * outputWidth + padLeft) * 3;
        into.fill(byte, at, at + width * 3);
      } else {
        const at = offset + (c * outputHeight + y) * outputWidth + padLeft;
        into.fill(values[256 * c + byte], at, at + width);
      }
    }
  }
}
