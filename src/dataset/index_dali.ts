import { IndexError } from "../errors.ts";
import { splitName } from "../sample/mod.ts";
import { checkFields, type IndexFault } from "./index_text.ts";
import type { IndexedField, IndexedSample, ShardIndex } from "./shard_index.ts";

/**
 * Writes the format of NVIDIA DALI's `wds2idx`, version 1.2: the number of samples, then a line for each with
 * extension, offset, size and name of its fields.
 */
export function formatDali({ shard, samples }: ShardIndex): string {
  const lines = samples.map(({ key, fields }) =>
    fields.map(({ extension, offsetBytes, sizeBytes }) => {
      const name = `${key}.${extension}`;
      if (/\s/.test(name) || key === "" || extension === "") {
        throw new IndexError(
          "index/unsupported",
          `Cannot write the index of "${shard}" in DALI's format, which separates by blanks: ` +
            `the name ${JSON.stringify(name)} has some, or a part of it is empty`,
          { shard, key },
        );
      }
      return `${extension} ${offsetBytes} ${sizeBytes} ${name}`;
    }).join(" ")
  );
  return [`v1.2 ${samples.length}`, ...lines, ""].join("\n");
}

/** Words of one field: v1.1 has no names. */
const WORDS: Readonly<Record<string, number>> = { "v1.1": 3, "v1.2": 4 };

/** Reads versions 1.1 and 1.2 of DALI's format. */
export function parseDali(text: string, shard: string, fault: IndexFault): ShardIndex {
  const [head, ...lines] = text.split("\n");
  const [version, countText = ""] = head.trim().split(/\s+/);
  const perField = Object.hasOwn(WORDS, version) ? WORDS[version] : undefined;
  if (perField === undefined) throw fault(`its version "${version.slice(0, 20)}" is not supported`);
  const filled = lines.filter((line) => line.trim() !== "");
  if (String(filled.length) !== countText) {
    throw fault(`it announces ${countText.slice(0, 20)} samples and has ${filled.length}`);
  }
  return { shard, samples: filled.map((line, i) => readLine(line, i, perField, fault)) };
}

function readLine(line: string, i: number, perField: number, fault: IndexFault): IndexedSample {
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
    fields.push({
      extension: extension.toLowerCase(),
      offsetBytes: Number(offset),
      sizeBytes: Number(size),
    });
  }
  checkFields(fields, i, Infinity, fault);
  return { key: key ?? "", fields };
}
