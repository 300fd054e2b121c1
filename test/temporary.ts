/** Folders of a test's own. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes a new folder, which is gone afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wdstream-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
