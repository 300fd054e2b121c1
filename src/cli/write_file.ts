/**
 * Writes files as careful tools do.
 *
 * @module
 */
import { chmod, lstat, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { randomBytes } from "node:crypto";

/**
 * Writes a file in one piece: whoever reads it meanwhile gets the old one or the new one, never a part, and where it
 * cannot be written the old one stays.
 *
 * What is there keeps its permissions. A symbolic link is followed and stays one. What is no ordinary file (a pipe, a
 * device) and what has several names (hard links) is written into, for replacing it would take it away.
 *
 * @throws {Error} If it cannot be written: no draft of it is left then.
 */
export async function writeFileWhole(path: string, text: string | Uint8Array): Promise<void> {
  const there = await statIfThere(path);
  if (there === undefined && await isLink(path)) {
    throw new Error(`Cannot write "${path}": it is a link to nothing`);
  }
  try {
    if (there === undefined) return await replaceFile(path, text, undefined);
    if (there.isBlockDevice()) throw new Error("it is a disk");
    const isPlain = there.isFile() && Number(there.nlink) === 1 && !/^\/(dev|proc)\//.test(path);
    if (!isPlain) return await writeInto(path, text, there.isFile());
    return await replaceFile(await realpath(path), text, Number(there.mode));
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`Cannot write "${path}": ${message ?? cause}`, { cause });
  }
}

type Stat = Awaited<ReturnType<typeof stat>>;

async function statIfThere(path: string): Promise<Stat | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw new Error(`Cannot write "${path}": ${(error as Error).message}`, { cause: error });
  }
}

async function isLink(path: string): Promise<boolean> {
  return await lstat(path).then((found) => found.isSymbolicLink(), () => false);
}

async function replaceFile(
  path: string,
  text: string | Uint8Array,
  mode: number | undefined,
): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  // Never into what somebody else has put there.
  const file = await open(draft, "wx");
  try {
    try {
      await file.writeFile(text);
      // Some disks tell only now that they are full.
      await file.sync();
    } finally {
      await file.close();
    }
    if (mode !== undefined) await chmod(draft, mode & 0o7777);
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw error;
  }
}

async function writeInto(path: string, text: string | Uint8Array, isFile: boolean): Promise<void> {
  // Opening what is no file must not make one, where it has gone meanwhile.
  const file = await open(path, isFile ? "r+" : "a");
  try {
    if (isFile) await file.truncate(0);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
