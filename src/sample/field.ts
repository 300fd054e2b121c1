/**
 * The decoding of fields that are no images, by their extension.
 *
 * @module
 */
import { checkLimit } from "../check.ts";
import { SampleError } from "../errors.ts";
import { parseInteger } from "./integer.ts";
import { MAX_JSON_DEPTH, parseJson, parseJsonText } from "./json.ts";
import type { parseCbor } from "./cbor.ts";
import type { parseMsgpack } from "./msgpack.ts";
import { type NpyArray, parseNpy } from "./npy.ts";
import { type NpzArrays, parseNpz } from "./npz.ts";
import { decodeUtf8 } from "./unicode.ts";
import { gunzipField, type UnpackBudget, UnpackLimitError } from "./unpack.ts";

/** Where a field stands, for errors, and how much it may hold. */
export interface FieldContext {
  /** Key of the sample. */
  readonly key?: string;
  /** Name of the shard, without credentials. */
  readonly shard?: string;
  /**
   * Most bytes that a compressed field (`gz`, `npz`) may unpack to.
   *
   * @default {268435456}
   */
  readonly maxUnpackedBytes?: number;
  /**
   * Most levels of lists and objects within one another in JSON, MessagePack and CBOR.
   *
   * @default {1000}
   */
  readonly maxJsonDepth?: number;
}

/** What a decoder is told besides the bytes. */
interface Limits {
  readonly budget: UnpackBudget;
  readonly maxJsonDepth: number;
}

type FieldDecoder = (bytes: Uint8Array, limits: Limits) => unknown;

/** Why a field cannot be decoded; whoever catches it says which field. */
class FieldFault extends Error {}

/** Bytes that a field may unpack to, and those of a sample together, where nobody says otherwise. */
export const MAX_UNPACKED_BYTES: number = 256 * 1024 * 1024;

/** Decoders by the last part of the extension, as webdataset's basic handlers name them. */
const DECODERS: ReadonlyMap<string, FieldDecoder> = new Map<string, FieldDecoder>([
  ["txt", decodeText],
  ["text", decodeText],
  ["transcript", decodeText],
  ["cls", decodeInteger],
  ["cls2", decodeInteger],
  ["index", decodeInteger],
  ["inx", decodeInteger],
  ["id", decodeInteger],
  ["json", decodeJson],
  ["jsn", decodeJson],
  ["jsonl", decodeJsonLines],
  ["npy", decodeNpy],
  ["npz", decodeNpz],
  ["mp", decodeMsgpack],
  ["msgpack", decodeMsgpack],
  ["msg", decodeMsgpack],
  ["cbor", decodeCbor],
  ["pth", refusePickle],
  ["pkl", refusePickle],
  ["pyd", refusePickle],
  ["pickle", refusePickle],
  ["ten", refuseTensors],
  ["tb", refuseTensors],
]);

/**
 * Decodes one field by its extension: `cls`, `cls2`, `index`, `inx` and `id` are integers, `json` is parsed, `jsonl` is
 * a list of parsed lines, `mp` is MessagePack, `cbor` is CBOR, `txt` is text, `npy` is a {@linkcode NpyArray} and `npz`
 * a dictionary of them. The part after
 * the last dot decides (`caption.txt` is text), and of `.gz` the part before it, after decompression. Whatever else it
 * is stays bytes, images included: those are the kernel's.
 *
 * An integer is a number, or a bigint where it lies beyond 2^53 - 1 on either side of zero, in JSON too. JSON's objects
 * are plain ones, those of `npz` have no prototype.
 *
 * Exact: webdataset's `autodecode.basichandlers` and `gzfilter`, that is Python's `int(bytes)`, `json.loads(bytes)`,
 * `gzip`, `msgpack.unpackb`, `cbor.loads` and `numpy.load`; `jsonl` is ours.
 *
 * @param extension The member's name after the first dot, lower-cased.
 * @param bytes The member's body.
 * @param context Sample and shard, for errors, and limits.
 * @returns The value; a promise only for `.gz`, `npz`, `mp` and `cbor`.
 * @throws {SampleError} `sample/bad-field` if the bytes are not what the extension says, or the
 * format holds Python objects (`pkl`, `pth`) or tensors of webdataset's own (`ten`); `sample/too-large` if they unpack
 * to more than the limit.
 *
 * @example Usage
 * ```ts
 * import { decodeField } from "@wdstream/wdstream/sample";
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
  const { maxUnpackedBytes = MAX_UNPACKED_BYTES, maxJsonDepth = MAX_JSON_DEPTH } = context;
  checkLimit("maxUnpackedBytes", maxUnpackedBytes);
  checkLimit("maxJsonDepth", maxJsonDepth);
  const budget = { field: maxUnpackedBytes, left: maxUnpackedBytes };
  return decodeWithin(extension, bytes, context, { budget, maxJsonDepth });
}

/**
 * {@linkcode decodeField} within a budget that the fields of a sample share.
 *
 * @throws {SampleError} As `decodeField`.
 */
export function decodeWithin(
  extension: string,
  bytes: Uint8Array,
  context: FieldContext,
  { budget, maxJsonDepth = MAX_JSON_DEPTH }: Pick<Limits, "budget"> & Partial<Limits>,
): unknown {
  try {
    const value = decodeByExtension(extension, bytes, { budget, maxJsonDepth });
    if (!(value instanceof Promise)) return value;
    return value.catch((error) => {
      throw fieldError(error, extension, context);
    });
  } catch (error) {
    throw fieldError(error, extension, context);
  }
}

function decodeByExtension(extension: string, bytes: Uint8Array, limits: Limits): unknown {
  const last = extension.slice(extension.lastIndexOf(".") + 1);
  if (last === "gz") return decodePacked(extension, bytes, limits);
  const decoder = DECODERS.get(last);
  return decoder === undefined ? bytes : decoder(bytes, limits);
}

async function decodePacked(
  extension: string,
  bytes: Uint8Array,
  limits: Limits,
): Promise<unknown> {
  let plain: Uint8Array;
  try {
    plain = await gunzipField(bytes, limits.budget);
  } catch (cause) {
    throw parseError(cause);
  }
  const inner = extension.slice(0, Math.max(0, extension.length - 3));
  // Python's handler takes one `.gz` off, and leaves what is packed within as it is.
  const isPacked = inner === "gz" || inner.endsWith(".gz");
  return isPacked ? plain : await decodeByExtension(inner, plain, limits);
}

/** The error of a field, from whatever its decoder threw. */
function fieldError(cause: unknown, extension: string, context: FieldContext): unknown {
  const isLimit = cause instanceof UnpackLimitError;
  if (!isLimit && !(cause instanceof FieldFault)) return cause;
  const code = isLimit ? "sample/too-large" : "sample/bad-field";
  const failure = { action: "decode", reason: cause.message, cause: cause.cause };
  const { key, shard } = context;
  return new SampleError(code, failure).at({ key, shard, field: extension });
}

/** Makes a fault of the field of what a parser throws. */
function parseError(cause: unknown, prefix = ""): Error {
  if (cause instanceof UnpackLimitError || cause instanceof FieldFault) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FieldFault(prefix + why, { cause });
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FieldFault("its text is not UTF-8", { cause });
  }
}

function decodeInteger(bytes: Uint8Array): number | bigint {
  const value = parseInteger(bytes);
  if (value !== undefined) return value;
  const text = new TextDecoder().decode(bytes.subarray(0, 40));
  throw new FieldFault(`it holds ${JSON.stringify(text)}, no integer`);
}

function decodeJson(bytes: Uint8Array, { maxJsonDepth }: Limits): unknown {
  try {
    return parseJson(bytes, maxJsonDepth);
  } catch (cause) {
    throw parseError(cause, "it is not JSON: ");
  }
}

function decodeJsonLines(bytes: Uint8Array, { maxJsonDepth }: Limits): unknown[] {
  let number = 0;
  try {
    const values: unknown[] = [];
    for (const line of decodeUtf8(bytes).replace(/^\ufeff/, "").split("\n")) {
      number++;
      if (!/^[ \t\r]*$/.test(line)) values.push(parseJsonText(line, maxJsonDepth));
    }
    return values;
  } catch (cause) {
    throw parseError(cause, `its line ${Math.max(number, 1)} is not JSON: `);
  }
}

function decodeNpy(bytes: Uint8Array): NpyArray {
  try {
    return parseNpy(bytes);
  } catch (cause) {
    throw parseError(cause);
  }
}

async function decodeNpz(bytes: Uint8Array, { budget }: Limits): Promise<NpzArrays> {
  try {
    return await parseNpz(bytes, budget);
  } catch (cause) {
    throw parseError(cause);
  }
}

/** The two are loaded with the first field of theirs. */
async function decodeMsgpack(bytes: Uint8Array, limits: Limits): Promise<unknown> {
  const { parseMsgpack } = await import("./msgpack.ts");
  return parsePacked(parseMsgpack, "MessagePack", bytes, limits);
}

async function decodeCbor(bytes: Uint8Array, limits: Limits): Promise<unknown> {
  const { parseCbor } = await import("./cbor.ts");
  return parsePacked(parseCbor, "CBOR", bytes, limits);
}

function parsePacked(
  parse: typeof parseCbor | typeof parseMsgpack,
  what: string,
  bytes: Uint8Array,
  { maxJsonDepth }: Limits,
): unknown {
  try {
    return parse(bytes, maxJsonDepth);
  } catch (cause) {
    throw parseError(cause, `it is not ${what}: `);
  }
}

function refusePickle(): never {
  throw new FieldFault(
    "it holds pickled Python objects, which only Python can read and which can run code",
  );
}

function refuseTensors(): never {
  throw new FieldFault("webdataset's own tensor format is not supported; store it as npy");
}
