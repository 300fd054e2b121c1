/**
 * Indexes in the format of NVIDIA's DALI.
 *
 * @module
 */
import { IndexError } from "../errors.ts";
import { splitName } from "../sample/split_name.ts";
import { checkFields, type IndexFault } from "./fields.ts";
import type { IndexedField, IndexedSample, ShardIndex } from "./shard_index.ts";

/**
 * Writes the format of NVIDIA DALI's `wds2idx`, version 1.2: the number of samples, then a line for each with
 * extension, offset, size and name of its fields.
 *
 * Exact: `wds2idx` keeps the extensions' case, and leaves out hidden files, behind which a sample goes on that they
 * stand in the midst of.
 */
export function formatDali({ shard, samples }: ShardIndex): string {
  const lines: string[] = [];
  let last: string | undefined;
  for (const { key, fields } of samples) {
    if (key.endsWith("/")) continue;
    const line = fields.map((field) => formatField(field, key, shard)).join(" ");
    if (key === last && key !== "") lines.push(`${lines.pop()} ${line}`);
    else lines.push(line);
    last = key;
  }
  return [`v1.2 ${lines.length}`, ...lines, ""].join("\n");
}

function formatField(field: IndexedField, key: string, shard: string): string {
  const { extension, storedExtension = extension, offsetBytes, sizeBytes, sparseBytes } = field;
  const name = `${key}.${storedExtension}`;
  if (sparseBytes !== undefined) {
    throw daliError(shard, key, `it has no sparse files, and "${name}" is one`);
  }
  if (/\s/.test(name) || key === "" || extension === "") {
    const quoted = JSON.stringify(name);
    throw daliError(
      shard,
      key,
      `it separates by blanks, and the name ${quoted} has some, or a part of it is empty`,
    );
  }
  return `${storedExtension} ${offsetBytes} ${sizeBytes} ${name}`;
}

function daliError(shard: string, key: string, why: string): IndexError {
  const action = `write the index of "${shard}" in DALI's format`;
  return new IndexError("index/unsupported", { action, reason: why, shard, key });
}

/** Words of one field: v1.1 has no names. */
const WORDS: Readonly<Record<string, number>> = { "v1.1": 3, "v1.2": 4 };

/** Reads versions 1.1 and 1.2 of DALI's format. */
export function parseDali(
  text: string,
  shard: string,
  maxFields: number,
  fault: IndexFault,
): ShardIndex {
  const [head, ...lines] = text.split("\n");
  const [version, countText = ""] = head.trim().split(/\s+/);
  const perField = Object.hasOwn(WORDS, version) ? WORDS[version] : undefined;
  if (perField === undefined) throw fault(`its version "${version.slice(0, 20)}" is not supported`);
  const filled = lines.filter((line) => line.trim() !== "");
  if (String(filled.length) !== countText) {
    throw fault(`it announces ${countText.slice(0, 20)} samples and has ${filled.length}`);
  }
  const samples = filled.map((line, i) => readLine(line, i, { perField, maxFields }, fault));
  return { shard, samples };
}

function readLine(
  line: string,
  i: number,
  { perField, maxFields }: { perField: number; maxFields: number },
  fault: IndexFault,
): IndexedSample {
  const words = line.trim().split(/\s+/);
  if (words.length % perField !== 0) throw fault(`the line of sample ${i} is incomplete`);
  const fields: IndexedField[] = [];
  let key: string | undefined;
  for (let at = 0; at < words.length; at += perField) {
    const [extension, offset, size, name] = words.slice(at, at + perField);
    if (![offset, size].every((number) => /^[0-9]{1,16}$/.test(number))) {
      throw fault(`the line of sample ${i} has something else where a number should be`);
    }
    if (name !== undefined) {
      const own = splitName(name)?.[0];
      if (own === undefined || (key !== undefined && own !== key)) {
        throw fault(`the line of sample ${i} has the name "${name}", which is not of this sample`);
      }
      key = own;
    }
    const lower = extension.toLowerCase();
    fields.push({
      extension: lower,
      offsetBytes: Number(offset),
      sizeBytes: Number(size),
      ...(extension === lower ? {} : { storedExtension: extension }),
    });
  }
  checkFields(fields, i, { shardBytes: Infinity, maxFields }, fault);
  return { key: key ?? "", fields };
}
