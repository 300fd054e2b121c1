/**
 * Which fields of a sample a transform reads.
 *
 * @module
 */
import { checkCallback, checkChoice, checkLimit } from "../check.ts";
import { SampleError } from "../errors.ts";
import { parseInteger } from "../sample/integer.ts";
import { REFERENCES } from "../image/reference.ts";
import type { Reference } from "../image/types.ts";
import type { Sample } from "../sample/sample.ts";
import { type Codec, findNamed, type ImageDecoders } from "../image/codec.ts";
import { CODECS } from "../image/codecs/mod.ts";
import { isImageExtension } from "../image/format.ts";
import type { MissingField } from "./column_types.ts";

/** How images are read. */
export interface ImageFieldOptions {
  /**
   * Decoders for image types other than JPEG, by the extension of their files. An image goes to the decoder of what
   * it is, whatever its field is called.
   */
  readonly decoders?: ImageDecoders;
  /**
   * Refuses an image with more pixels.
   *
   * @default {178956970}
   */
  readonly maxPixels?: number;
  /**
   * What to do with a JPEG file that ends early: refuse it as Pillow does, or fill it as Pillow does
   * with `LOAD_TRUNCATED_IMAGES`.
   *
   * @default {"error"}
   */
  readonly truncated?: "error" | "fill";
  /**
   * Makes any damage of a JPEG file an error, also what libjpeg only warns of.
   *
   * @default {false}
   */
  readonly strict?: boolean;
  /**
   * Whose bytes are given where Pillow's versions differ.
   *
   * @default {"pillow-12.2"}
   */
  readonly reference?: Reference;
}

/** Which fields a transform reads, and how. */
export interface FieldOptions extends ImageFieldOptions {
  /**
   * Extension of the image's field, or several separated by `;` (`"jpg;png;webp"`), of which the first that a
   * sample has is taken. They name the field alone: how it is decoded, its content decides.
   *
   * @default {"jpg", "jpeg", then the first that `decoders` has a decoder for}
   */
  readonly image?: string;
  /**
   * Extension of the field with the class index, which every sample must have then; `false` for datasets without
   * labels.
   *
   * @default {"cls" of samples that have one, none of others: `onHint` is told of the first}
   */
  readonly label?: string | false;
}

/**
 * Which fields a transform of several reads, and how.
 *
 * @typeParam Missing What becomes of samples that have not all of them.
 */
export interface FieldsOptions<Missing extends MissingField = MissingField>
  extends Omit<FieldOptions, "image"> {
  /**
   * What becomes of a sample without one of the fields: an error, for which `onError` holds; to leave it out and say
   * nothing; or `undefined` in its tensor's place, where batches have lists then.
   *
   * @default {"error"}
   */
  readonly missing?: Missing;
}

/**
 * Checks what can be said wrong.
 *
 * @throws {TypeError} If an option is none of its choices, or of another type.
 * @throws {RangeError} If a number is none that it can be.
 */
export function checkFieldOptions(options: FieldOptions): void {
  const { image, label } = options as Record<string, unknown>;
  if (image !== undefined && (typeof image !== "string" || !isListOfNames(image))) {
    throw new TypeError(
      `image must be the extension of a field, or several separated by ";", not ${show(image)}`,
    );
  }
  if (label !== undefined && label !== false && (typeof label !== "string" || label === "")) {
    throw new TypeError(`label must be the extension of a field, or false, not ${show(label)}`);
  }
  checkImageOptions(options);
}

/**
 * Checks what can be said wrong of images.
 *
 * @throws {TypeError} If an option is none of its choices, or of another type.
 * @throws {RangeError} If a number is none that it can be.
 */
export function checkImageOptions(options: ImageFieldOptions): void {
  const { strict } = options as Record<string, unknown>;
  if (strict !== undefined && typeof strict !== "boolean") {
    throw new TypeError(`strict must be true or false, not ${show(strict)}`);
  }
  checkDecoders(options.decoders);
  checkLimit("maxPixels", options.maxPixels);
  checkChoice("truncated", options.truncated, ["error", "fill"]);
  checkChoice("reference", options.reference, REFERENCES);
}

function checkDecoders(decoders: ImageDecoders | undefined): void {
  if (decoders === undefined) return;
  if (typeof decoders !== "object" || decoders === null) {
    throw new TypeError("decoders must be functions by extension: { png: bytes => pixels }");
  }
  for (const [name, decode] of Object.entries(decoders)) checkCallback(`decoders.${name}`, decode);
}

function isListOfNames(text: string): boolean {
  return text.split(";").every((name) => name.trim() !== "");
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/**
 * Extension of a sample's image field.
 *
 * @param codecs Those that may read it.
 * @throws {SampleError} If the sample has none.
 */
export function findImageField(
  sample: Sample<unknown>,
  options: Pick<FieldOptions, "image">,
  codecs: readonly Codec[] = CODECS,
): string {
  const { fields } = sample;
  if (options.image !== undefined) {
    const found = findField(sample, options.image);
    if (found !== undefined) return found;
    const wanted = listNames(options.image).map((name) => `"${name}"`).join(" or ");
    throw lackError(sample, "sample/no-image", `field ${wanted}`);
  }
  if ("jpg" in fields) return "jpg";
  if ("jpeg" in fields) return "jpeg";
  const extensions = Object.keys(fields);
  const found = extensions.find((extension) => findNamed(extension, CODECS) !== undefined) ??
    extensions.find((extension) => findNamed(extension, codecs) !== undefined) ??
    extensions.find(isImageExtension);
  if (found !== undefined) return found;
  throw lackError(sample, "sample/no-image", "image field");
}

function listNames(text: string): string[] {
  return text.split(";").map((name) => name.trim());
}

/** The first of alternatives, separated by `;`, that a sample has. */
export function findField({ fields }: Sample<unknown>, names: string): string | undefined {
  return listNames(names).find((name) => name in fields);
}

/** What is said once where a label was neither asked for nor found. */
export const NO_LABEL_HINT =
  'There are samples without a "cls": their label is -1. `label: "…"` names another field, `label: "cls"` makes it ' +
  "an error, `label: false` says that there is none";

/**
 * The class index of a sample, -1 where `label` is `false`. Where nobody has named a field it is that of `cls`, and -1 of
 * a sample without: each sample's label is a function of it alone, whatever came before it.
 *
 * @param onHint Is told that a sample has none.
 * @throws {SampleError} If a field that was named is missing, or one that there is holds no integer of 32 bits.
 */
export function readLabel(
  sample: Sample<unknown>,
  given?: string | false,
  onHint?: (hint: string) => void,
): number {
  if (given === false) return -1;
  const label = given ?? "cls";
  const field = sample.fields[label];
  if (field === undefined) {
    if (given === undefined) {
      onHint?.(NO_LABEL_HINT);
      return -1;
    }
    const hint = '; name another with `label: "…"`, or pass `label: false` for samples without';
    throw lackError(sample, "sample/no-label", `label field "${label}"`, hint);
  }
  const value = field instanceof Uint8Array ? parseInteger(field) : field;
  if (typeof value === "number" && value === (value | 0)) return value;
  const { shard, key, offsets } = sample;
  throw new SampleError("sample/bad-field", { action: "read", reason: "it is not a class index" })
    .at({ shard, key, field: label, offsetBytes: offsets[label] });
}

/** Whether a field was decoded to pixels already. */
export function isImage(field: unknown): boolean {
  return typeof field === "object" && field !== null && "width" in field && "height" in field &&
    "channels" in field && "data" in field;
}

function lackError(
  { shard, key, fields }: Sample<unknown>,
  code: "sample/no-image" | "sample/no-label",
  what: string,
  hint = "",
): SampleError {
  return new SampleError(code, {
    action: `read sample "${key}" of "${shard}"`,
    reason: `it has no ${what}, only ${Object.keys(fields).join(", ")}${hint}`,
    shard,
    key,
  });
}
