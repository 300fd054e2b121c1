// The segments of a scan: what lies between its restart markers, un-stuffed one at a time (T.81 E.2.4), with the
// recovery of jdmarker.c where a marker is missing or wrong. Every entropy decoder reads the current segment.

import {
  INFO_SOF, INFO_WARNINGS_EXTRANEOUS, INFO_WARNINGS_RESYNC, M_RST0, M_SOF0, M_SOF10, M_SOF9, PARAM_TAIL, STATUS_OK,
  STATUS_TRUNCATED,
} from "../abi";
import { countInfo, getInfo, param } from "../shared/memory";
import { C_DC, component } from "./components";
import {
  end, isRestart, nextMarker, positionNow, restartInterval, resumeAt, SCAN_ORDER, scanComponents,
} from "./markers";
import { emptySegment, segmentAfter, segmentBytes, segmentMarker, unstuff } from "./unstuff";

/** Address of the segment's first byte in the file. */
export let segmentStart: usize = 0;
/** MCUs that are left until the next restart marker. */
export let restartsLeft: i32 = 0;
/** libjpeg's insufficient_data: the segment's data ran out, nothing is decoded until the next restart. */
export let insufficient = false;

let nextRestart: i32 = 0; // number of the next marker
let unstuffTop: usize = 0;

export function setInsufficient(): void { insufficient = true; }

/** Counts MCUs as done. */
export function countMcus(count: i32): void { restartsLeft -= count; }

/** Whether a restart marker comes before the next MCU. */
export function isRestartDue(): bool { return restartInterval != 0 && restartsLeft == 0; }

function resetPredictions(): void {
  for (let i = 0; i < scanComponents; i++) store<i32>(component(load<u8>(SCAN_ORDER + i)), 0, C_DC);
}

// Where scan data ends at the latest. libjpeg cannot wait for arithmetic-coded data: it fails before it is given the end
// marker with which Pillow completes a file.
function scanLimit(): usize {
  const sof = getInfo(INFO_SOF);
  return sof == M_SOF9 || sof == M_SOF10 ? end - <usize>param(PARAM_TAIL) : end;
}

/** Un-stuffs the scan's first segment below `top`, where the later ones will go too. */
export function startSegments(top: usize): void {
  insufficient = false;
  nextRestart = 0;
  restartsLeft = restartInterval;
  unstuffTop = top;
  resetPredictions();
  segmentStart = positionNow();
  unstuff(segmentStart, scanLimit(), top);
}

/**
 * Moves to the next segment after `used` bits of this one (jdhuff.c, process_restart, with jdmarker.c,
 * read_restart_marker and jpeg_resync_to_restart).
 */
export function restartAfter(used: u64): i32 {
  if (used + 8 <= <u64>segmentBytes << 3) countInfo(INFO_WARNINGS_EXTRANEOUS);
  let marker = segmentMarker;
  resumeAt(segmentAfter, 0);
  if (marker == 0) return STATUS_TRUNCATED;
  const expected = M_RST0 + nextRestart;
  let found = marker == expected;
  if (!found) {
    countInfo(INFO_WARNINGS_RESYNC);
    while (true) {
      const action = resyncAction(marker, expected);
      if (action == ACTION_USE) { found = true; break; }
      if (action == ACTION_WAIT) break;
      marker = nextMarker();
      if (marker == 0) return STATUS_TRUNCATED;
    }
  }
  nextRestart = (nextRestart + 1) & 7;
  resetPredictions();
  restartsLeft = restartInterval;
  if (found) {
    segmentStart = positionNow();
    unstuff(segmentStart, scanLimit(), unstuffTop);
    insufficient = false;
  } else {
    emptySegment(marker, positionNow());
  }
  return STATUS_OK;
}

// jpeg_resync_to_restart: the marker counts as the expected one, is passed over, or is one that comes later.
const ACTION_USE: i32 = 1;
const ACTION_SKIP: i32 = 2;
const ACTION_WAIT: i32 = 3;

function resyncAction(marker: i32, expected: i32): i32 {
  if (marker < M_SOF0) return ACTION_SKIP;
  if (!isRestart(marker)) return ACTION_WAIT;
  const ahead = (marker - expected) & 7;
  if (ahead == 1 || ahead == 2) return ACTION_WAIT;
  return ahead == 7 || ahead == 6 ? ACTION_SKIP : ACTION_USE;
}

/** Lets the marker parser continue behind the scan. */
export function leaveScan(): void { resumeAt(segmentAfter, segmentMarker); }
