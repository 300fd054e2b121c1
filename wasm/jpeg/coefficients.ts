// Files with several scans: all coefficients are kept until the last scan, then transformed strip by
// strip. (Files with one interleaved sequential scan never come here: decode.ts streams them.)

import {
  INFO_COMPONENTS, INFO_SCANS, INFO_SMOOTHED, INFO_SOF, M_SOF10, M_SOF2, M_SOF9, STATUS_MISSING_QUANTISATION_TABLE,
  STATUS_OK, STATUS_OUT_OF_MEMORY, STATUS_TOO_MANY_SCANS,
} from "../abi";
import { alloc, getInfo, setInfo } from "../shared/memory";
import {
  C_COEFFICIENTS, C_FIRST_BLOCK, C_H, C_HEIGHT_BLOCKS, C_LAST_BLOCK, C_MAPS, C_ROW_BYTES, C_TQ, C_V, C_WIDTH_BLOCKS,
  component, COMPONENT_QUANTISATION, QUANTISATION, quantisationDefined, quantisationLatched, setQuantisationLatched,
} from "./components";
import { idct } from "./idct";
import { REACHED_EOI, readMarkers, SCAN_ORDER, scanComponents } from "./markers";
import { decodeKeptScan, resetProgression } from "./progressive";
import { transformScaled } from "./scaled";
import { leaveScan } from "./segments";
import { blocksPerMcu, decodedRuns, decodeMcus, startScan } from "./sequential";
import { smoothRow, startSmoothing } from "./smoothing";
import { bandAddress } from "./upsample";

let smoothed = false;
let scanned: i32 = 0; // bit i: a sequential scan of component i was decoded

// libjpeg's latch_quant_tables: a component keeps the table that its first scan finds.
function latchQuantisation(): i32 {
  for (let i = 0; i < scanComponents; i++) {
    const index: i32 = load<u8>(SCAN_ORDER + i);
    if ((quantisationLatched >> index) & 1) continue;
    const table = load<i32>(component(index), C_TQ);
    if (table > 3 || !((quantisationDefined >> table) & 1)) return STATUS_MISSING_QUANTISATION_TABLE;
    memory.copy(COMPONENT_QUANTISATION + (<usize>index << 7), QUANTISATION + (<usize>table << 7), 128);
    setQuantisationLatched(quantisationLatched | (1 << index));
  }
  return STATUS_OK;
}

/**
 * Decodes all scans, of which the first was read up to its data, or with `isSingle` that one alone;
 * un-stuffs below `top`.
 */
export function decodeScans(top: usize, mcusPerRow: i32, mcuRows: i32, maxScans: i32, isSingle: bool): i32 {
  const count = getInfo(INFO_COMPONENTS);
  let buffer: usize = 0;
  let mcuBytes: usize = 0;
  for (let i = 0; i < count; i++) {
    const c = component(i), h = load<i32>(c, C_H), v = load<i32>(c, C_V);
    const rowBytes = <usize>(mcusPerRow * h) << 7, bytes = rowBytes * <usize>(mcuRows * v);
    const at = alloc(bytes);
    if (!at) return STATUS_OUT_OF_MEMORY;
    memory.fill(at, 0, bytes);
    store<usize>(c, at, C_COEFFICIENTS);
    store<usize>(c, rowBytes, C_ROW_BYTES);
    mcuBytes += <usize>(h * v) << 7;
    if (getInfo(INFO_SOF) != M_SOF2) continue;
    const maps = alloc(bytes >> 4);
    if (!maps) return STATUS_OUT_OF_MEMORY;
    memory.fill(maps, 0, bytes >> 4);
    store<usize>(c, maps, C_MAPS);
  }
  memory.fill(COMPONENT_QUANTISATION, 0, 512);
  setQuantisationLatched(0);
  scanned = 0;
  // Rows of a file whose data breaks off are put out, too: nothing of the last file may smooth them.
  smoothed = false;
  resetProgression();
  const sof = getInfo(INFO_SOF), isProgressive = sof == M_SOF2 || sof == M_SOF10;
  const isKept = isProgressive || sof == M_SOF9;
  if (!isKept) {
    const bytes = <usize>mcusPerRow * max(mcuBytes, 512);
    buffer = alloc(bytes);
    if (!buffer) return STATUS_OUT_OF_MEMORY;
    memory.fill(buffer, 0, bytes + 16);
  }
  while (true) {
    if (getInfo(INFO_SCANS) > maxScans) return STATUS_TOO_MANY_SCANS;
    let status = latchQuantisation();
    if (status < 0) return status;
    status = isKept
      ? decodeKeptScan(top, mcusPerRow, mcuRows)
      : decodeSequentialScan(top, mcusPerRow, mcuRows, buffer);
    if (status < 0) return status;
    // What follows the only scan of a file is looked at after its rows were put out.
    if (isSingle) break;
    leaveScan();
    const reached = readMarkers();
    if (reached == REACHED_EOI) break;
    if (reached < 0) return reached;
  }
  smoothed = isProgressive && startSmoothing();
  setInfo(INFO_SMOOTHED, smoothed ? 1 : 0);
  return STATUS_OK;
}

function decodeSequentialScan(top: usize, mcusPerRow: i32, mcuRows: i32, buffer: usize): i32 {
  // No marker behind a scan of several is an error anyway: how many MCUs it has does not matter.
  let status = startScan(top, 0);
  if (status < 0) return status;
  let mask = 0;
  for (let i = 0; i < scanComponents; i++) mask |= 1 << <i32>load<u8>(SCAN_ORDER + i);
  const isAgain = (scanned & mask) != 0;
  scanned |= mask;
  if (isAgain) return mergeSequentialScan(mcusPerRow, mcuRows, buffer);
  if (scanComponents == 1) {
    // Not interleaved: the blocks that exist, row by row.
    const c = component(load<u8>(SCAN_ORDER)), columns = load<i32>(c, C_WIDTH_BLOCKS), rows = load<i32>(c, C_HEIGHT_BLOCKS);
    const bytes = <usize>columns << 7;
    for (let row = 0; row < rows; row++) {
      status = decodeMcus(columns, buffer, 0, columns);
      if (status < 0) return status;
      memory.copy(load<usize>(c, C_COEFFICIENTS) + <usize>row * load<usize>(c, C_ROW_BYTES), buffer, bytes);
      memory.fill(buffer, 0, bytes);
    }
    return STATUS_OK;
  }
  for (let row = 0; row < mcuRows; row++) {
    status = decodeMcus(mcusPerRow, buffer, 0, mcusPerRow);
    if (status < 0) return status;
    let from = buffer;
    for (let mcu = 0; mcu < mcusPerRow; mcu++) {
      for (let i = 0; i < scanComponents; i++) {
        const c = component(load<u8>(SCAN_ORDER + i)), h = load<i32>(c, C_H), v = load<i32>(c, C_V);
        const bytes = <usize>h << 7;
        for (let j = 0; j < v; j++) {
          const to = load<usize>(c, C_COEFFICIENTS) + <usize>(row * v + j) * load<usize>(c, C_ROW_BYTES);
          memory.copy(to + <usize>mcu * bytes, from, bytes);
          from += bytes;
        }
      }
    }
    memory.fill(buffer, 0, from - buffer);
  }
  return STATUS_OK;
}

// Another scan of a component that was decoded before: libjpeg decodes into the same blocks, where what
// the new scan leaves zero, or does not reach, stays as it was. One MCU at a time, to know what is reached.
function mergeSequentialScan(mcusPerRow: i32, mcuRows: i32, buffer: usize): i32 {
  const first = component(load<u8>(SCAN_ORDER)), isAlone = scanComponents == 1;
  const columns = isAlone ? load<i32>(first, C_WIDTH_BLOCKS) : mcusPerRow;
  const rows = isAlone ? load<i32>(first, C_HEIGHT_BLOCKS) : mcuRows;
  for (let row = 0; row < rows; row++) {
    for (let mcu = 0; mcu < columns; mcu++) {
      const runs = decodedRuns;
      const status = decodeMcus(1, buffer, 0, 1);
      if (status < 0) return status;
      if (decodedRuns == runs) continue;
      let from = buffer;
      for (let i = 0; i < scanComponents; i++) {
        const c = component(load<u8>(SCAN_ORDER + i));
        const h = isAlone ? 1 : load<i32>(c, C_H), v = isAlone ? 1 : load<i32>(c, C_V);
        for (let j = 0; j < v; j++) {
          let to = load<usize>(c, C_COEFFICIENTS) + <usize>(row * v + j) * load<usize>(c, C_ROW_BYTES) + (<usize>(mcu * h) << 7);
          for (let k = 0; k < h; k++) {
            store<i16>(to, load<i16>(from));
            for (let n: usize = 2; n < 128; n += 2) if (load<i16>(from + n)) store<i16>(to + n, load<i16>(from + n));
            to += 128;
            from += 128;
          }
        }
      }
      memory.fill(buffer, 0, <usize>blocksPerMcu << 7);
    }
  }
  return STATUS_OK;
}

/** Transforms strip `m` of `strips` of every component, with `scaled` into the reduced planes. */
export function transformStrip(m: i32, strips: i32, scaled: bool): void {
  for (let i = 0; i < getInfo(INFO_COMPONENTS); i++) {
    const c = component(i), v = load<i32>(c, C_V), quantisation = COMPONENT_QUANTISATION + (<usize>i << 7);
    const width = load<i32>(c, C_WIDTH_BLOCKS);
    const first = scaled ? 0 : load<i32>(c, C_FIRST_BLOCK), last = scaled ? width : min(load<i32>(c, C_LAST_BLOCK), width);
    for (let row = 0; row < v; row++) {
      if (m * v + row >= load<i32>(c, C_HEIGHT_BLOCKS)) break;
      const band = scaled ? 0 : bandAddress(c, m, row);
      if (smoothed) {
        smoothRow(i, m, row, strips, band, first, last, scaled);
        continue;
      }
      const block = load<usize>(c, C_COEFFICIENTS) + <usize>(m * v + row) * load<usize>(c, C_ROW_BYTES) + (<usize>first << 7);
      if (!scaled) {
        idct(block, 128, quantisation, band + (<usize>first << 6), 64, last - first);
        continue;
      }
      transformScaled(i, first, 1, m * v + row, block, 128, last - first);
    }
  }
}
