import { SampleError } from "../errors.ts";
import { parseNpy } from "./npy.ts";
import type { NpyArray } from "./npy.ts";

/** Where a field stands, for errors. */
export interface FieldContext {
  /** Key of the sample. */
  readonly key?: string;
  /** Name of the shard, without credentials. */
  readonly shard?: string;
}

type FieldDecoder = (bytes: Uint8Array, fault: FieldFault) => unknown;
type FieldFault = (why: string, cause?: unknown) => SampleError;

/** Decoders by the last part of the extension, as webdataset's basic handlers name them. */
const DECODERS: ReadonlyMap<string, FieldDecoder> = new Map<string, FieldDecoder>([
  ["txt", decodeText],
  ["text", decodeText],
  ["transcript", decodeText],
  ["cls", decodeInteger],
  ["cls2", decodeInteger],
  ["index", decodeInteger],
  ["json", decodeJson],
  ["jsn", decodeJson],
  ["jsonl", decodeJsonLines],
  ["npy", decodeNpy],
  ["pth", refusePickle],
  ["pkl", refusePickle],
  ["pyd", refusePickle],
  ["pickle", refusePickle],
  ["ten", refuseTensors],
  ["tb", refuseTensors],
]);

/**
 * Decodes one field by its extension: `cls`, `cls2`, `index` and their like are integers, `json` is
 * parsed, `jsonl` is a list of parsed lines, `txt` is text, `npy` is a {@linkcode NpyArray}. The part after the last dot decides
 * (`caption.txt` is text), and of `.gz` the part before it, after decompression. Whatever else it is
 * stays bytes, images included: those are the kernel's.
 *
 * @param extension The member's name after the first dot, lower-cased.
 * @param bytes The member's body.
 * @param context Sample and shard, for errors.
 * @returns The value; a promise only for `.gz`.
 * @throws {SampleError} `sample/bad-field` if the bytes are not what the extension says, or the
 * format holds Python objects (`pkl`, `pth`) or tensors of webdataset's own (`ten`).
 *
 * @example Usage
 * ```ts
 * import { decodeField } from "@wdstream/wdstream";
 *
 * const label = decodeField("cls", new TextEncoder().encode("207\n"));
 * if (label !== 207) throw new Error("misread");
 * ```
 */
export function decodeField(
  extension: string,
  bytes: Uint8Array,
  context: FieldContext = {},
): unknown {
  const fault = (why: string, cause?: unknown): SampleError => {
    const name = context.key === undefined ? extension : `${context.key}.${extension}`;
    const from = context.shard ? ` from "${context.shard}"` : "";
    const message = `Cannot decode "${name}"${from}: ${why}`;
    return new SampleError("sample/bad-field", message, { ...context, cause });
  };
  const parts = extension.split(".");
  if (parts[parts.length - 1] === "gz") {
    const inner = parts.slice(0, -1).join(".");
    return gunzip(bytes, fault).then((plain) => decodeField(inner, plain, context));
  }
  const decoder = DECODERS.get(parts[parts.length - 1]);
  return decoder === undefined ? bytes : decoder(bytes, fault);
}

function decodeText(bytes: Uint8Array, fault: FieldFault): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw fault("its text is not UTF-8", cause);
  }
}

function decodeInteger(bytes: Uint8Array, fault: FieldFault): number {
  const text = decodeText(bytes, fault).trim();
  const value = /^[+-]?[0-9]+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw fault(`it holds ${JSON.stringify(text.slice(0, 40))}, no integer`);
}

function decodeJson(bytes: Uint8Array, fault: FieldFault): unknown {
  const text = decodeText(bytes, fault);
  try {
    // Python's `json.loads` takes bytes with a byte order mark too.
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw fault(`it is not JSON (${cause instanceof Error ? cause.message : cause})`, cause);
  }
}

function decodeJsonLines(bytes: Uint8Array, fault: FieldFault): unknown[] {
  const lines = decodeText(bytes, fault).split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line)];
    } catch (cause) {
      throw fault(`its line ${index + 1} is not JSON`, cause);
    }
  });
}

function decodeNpy(bytes: Uint8Array, fault: FieldFault): NpyArray {
  try {
    return parseNpy(bytes);
  } catch (cause) {
    throw fault(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function refusePickle(_bytes: Uint8Array, fault: FieldFault): never {
  throw fault("it holds pickled Python objects, which only Python can read and which can run code");
}

function refuseTensors(_bytes: Uint8Array, fault: FieldFault): never {
  throw fault("webdataset's own tensor format is not supported; store it as npy");
}

async function gunzip(bytes: Uint8Array, fault: FieldFault): Promise<Uint8Array> {
  if (typeof DecompressionStream === "undefined") {
    throw fault("it is compressed, and this runtime has no DecompressionStream");
  }
  try {
    const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const plain = packed.pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch (cause) {
    throw fault("its gzip data is damaged", cause);
  }
}
