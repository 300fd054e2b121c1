// The kernel's memory: the blocks that the host reads and writes, and the arena, which holds the input, un-stuffed scan
// data, strips and outputs of one image. It is taken with `alloc` and given back all at once. README.md has the map.

import { INFO_BYTES, PARAM_BYTES } from "../abi";

export const INFO: usize = memory.data(INFO_BYTES, 16);
export const PARAMS: usize = memory.data(PARAM_BYTES, 16);

// The arena. `limit` is the end of what may be used; 64 bytes of slack follow every allocation,
// so that a 16-byte load or store may start at its last byte.
const SLACK: usize = 64;
let top: usize = 0;

export function resetArena(): void { top = (__heap_base + 63) & ~63; }

/** Takes `bytes` of the arena, 64-byte aligned; 0 if the memory cannot grow that far. */
export function alloc(bytes: usize): usize {
  if (bytes > 0xe0000000) return 0;
  const start = top;
  const end = start + bytes + SLACK;
  if (end < start || end > 0xfff00000) return 0;
  const pages = <i32>((end + 65535) >> 16);
  const have = memory.size();
  if (pages > have && memory.grow(pages - have) < 0) return 0;
  top = (end + 63) & ~63;
  return start;
}

export function setInfo(offset: usize, value: i32): void { store<i32>(INFO + offset, value); }
export function getInfo(offset: usize): i32 { return load<i32>(INFO + offset); }
export function countInfo(offset: usize): void { store<i32>(INFO + offset, load<i32>(INFO + offset) + 1); }
export function param(offset: usize): i32 { return load<i32>(PARAMS + offset); }
