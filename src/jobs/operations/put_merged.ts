/**
 * What merges write.
 *
 * @module
 */
import { createDraft, putWhole } from "../../storage/store.ts";
import type { MergeContext } from "../operation.ts";

/** Puts an object that a merge has made. */
export async function putMerged(
  { store, signal }: MergeContext,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await putWhole(await createDraft(store, name, { ifAbsent: true, signal }), bytes);
}
