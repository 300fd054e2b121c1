/**
 * Dictionaries of arrays that numpy saved: `.npz`.
 *
 * @module
 */
import { dictionary } from "./dictionary.ts";
import { type NpyArray, parseNpy } from "./npy.ts";
import type { UnpackBudget } from "./unpack.ts";
import { ZipFile, type ZipMember } from "./zip.ts";

/** What a `.npz` file holds by name: arrays, and the bytes of members that are none. Has no prototype. */
export type NpzArrays = Readonly<Record<string, NpyArray | Uint8Array>>;

const NPY_MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads a `.npz` file, compressed or not.
 *
 * Exact: `dict(numpy.load(file))` of numpy 2.4: names without their `.npy`, and of two members with one name the last.
 *
 * @throws {UnpackLimitError} If it is more than the budget.
 * @throws {Error} With what is wrong, for the caller to say where.
 */
export async function parseNpz(bytes: Uint8Array, budget: UnpackBudget): Promise<NpzArrays> {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b &&
    ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6));
  if (!isZip) throw new Error("it does not begin as zip files do");
  const zip = new ZipFile(bytes);
  const byName = new Map<string, ZipMember>();
  for (const member of zip.members) byName.set(member.name, member);
  const wanted = new Map<string, ZipMember>();
  for (const name of byName.keys()) wanted.set(name.replace(/\.npy$/, ""), byName.get(name)!);
  // A member of just this name goes before the one with `.npy` behind it.
  for (const [name, member] of byName) if (wanted.has(name)) wanted.set(name, member);
  const arrays = dictionary<NpyArray | Uint8Array>();
  for (const [name, member] of wanted) {
    const plain = await zip.read(member, budget);
    const isArray = NPY_MAGIC.every((byte, i) => plain[i] === byte);
    arrays[name] = isArray ? parseNpy(plain) : plain.slice();
  }
  return arrays;
}
