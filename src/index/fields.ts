/**
 * What an index may say of the fields of a sample, whatever its format.
 *
 * @module
 */
import type { IndexError } from "../errors.ts";
import { BLOCK_BYTES } from "../tar/header.ts";
import type { IndexedField } from "./shard_index.ts";

/** Makes the error of a text that is no index. */
export type IndexFault = (why: string) => IndexError;

/**
 * Checks the fields of one sample.
 *
 * @param bounds Size in bytes of the shard, and how many fields a sample may have.
 * @throws {IndexError} If a field is missing, lies outside the shard or before its predecessor, or appears twice.
 */
export function checkFields(
  fields: readonly IndexedField[],
  sample: number,
  bounds: { readonly shardBytes: number; readonly maxFields: number },
  fault: IndexFault,
): void {
  if (fields.length === 0) throw fault(`sample ${sample} has no fields`);
  if (fields.length > bounds.maxFields) {
    throw fault(`sample ${sample} has more fields than the limit of ${bounds.maxFields}`);
  }
  const seen = new Set<string>();
  let end = 0;
  for (const field of fields) {
    const { extension, offsetBytes, sizeBytes, headBytes = BLOCK_BYTES } = field;
    if (typeof extension !== "string" || seen.has(extension)) {
      throw fault(`sample ${sample} has a field without a name of its own`);
    }
    seen.add(extension);
    // Bodies start at whole blocks, after a header.
    const isPlaced = isSize(offsetBytes) && isSize(sizeBytes) && isSize(headBytes) &&
      offsetBytes % BLOCK_BYTES === 0 && headBytes % BLOCK_BYTES === 0 &&
      headBytes >= BLOCK_BYTES && offsetBytes >= end + headBytes &&
      offsetBytes + sizeBytes <= bounds.shardBytes;
    if (!isPlaced) {
      throw fault(`field "${extension}" of sample ${sample} lies nowhere in the shard`);
    }
    checkExtras(field, sample, fault);
    end = offsetBytes + sizeBytes;
  }
}

function checkExtras(field: IndexedField, sample: number, fault: IndexFault): void {
  const { extension, sparseBytes, storedExtension = extension } = field;
  if (sparseBytes !== undefined && !isSize(sparseBytes)) {
    throw fault(`field "${extension}" of sample ${sample} has a size that is none`);
  }
  if (typeof storedExtension !== "string" || storedExtension.toLowerCase() !== extension) {
    throw fault(`field "${extension}" of sample ${sample} has another name in the archive`);
  }
}

/** Whether a value is a size or an offset in bytes. */
export function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
