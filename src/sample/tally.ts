/**
 * The rules of one sample, whatever is kept of its members: which belong to it, and which is one too many.
 *
 * @module
 */
import { SampleError, type TarError, type WdsError } from "../errors.ts";
import { isMetaName, splitName } from "./split_name.ts";

/** A member as far as grouping asks for it. */
export interface NamedEntry {
  /** Path of the member. */
  readonly path: string;
  /** The header, of which the type flag is looked at. */
  readonly header: { readonly typeflag: string };
  /** Kind of the member, where it is known. */
  readonly type?: string;
  /** Offset in bytes of the member's header in the archive, where it is known. */
  readonly offsetBytes?: number;
  /** Why the member comes without its body. */
  readonly fault?: TarError;
}

/** How large a sample may be. */
export interface SampleLimits {
  /** Most bytes of all members together. */
  readonly maxSampleBytes: number;
  /** Most members. */
  readonly maxSampleFields: number;
}

/** Bytes of a sample, where nobody says otherwise. */
export const MAX_SAMPLE_BYTES: number = 256 * 1024 * 1024;

/** Fields of a sample, where nobody says otherwise. */
export const MAX_SAMPLE_FIELDS = 65_536;

/** Key and lower-cased extension of members. The one before is remembered: a global record names all of them. */
export class FieldNamer {
  #path: string | undefined;
  #name: FieldName | undefined;

  /** The name of a member, `undefined` where it belongs to no sample. */
  name(entry: NamedEntry): FieldName | undefined {
    if (!isFile(entry)) return undefined;
    if (entry.path !== this.#path) {
      this.#path = entry.path;
      this.#name = nameField(entry.path);
    }
    return this.#name;
  }
}

/** Of which sample a member is, and as what. */
export interface FieldName {
  /** Key of the sample. */
  readonly key: string;
  /** Extension in lower case. */
  readonly extension: string;
  /** Extension as it stands in the archive. */
  readonly storedExtension: string;
}

/** A kind of oddity: what `stats.hints` counts. */
export type Oddity = "out-of-order" | "mac-file" | "hard-link" | "no-image";

/** Is told of each. */
export type OnOddity = (kind: Oddity, shard: string, member: string) => void;

// Keys of more samples are not remembered.
const MAX_KEYS = 65_536;

/**
 * Looks for what is odd in one shard, and is read all the same: as webdataset reads it, which may not be what was meant.
 */
export class OddityFinder {
  readonly #shard: string;
  readonly #tell: OnOddity;
  readonly #keys = new Set<string>();

  constructor(shard: string, tell: OnOddity) {
    this.#shard = shard;
    this.#tell = tell;
  }

  /** Looks at the first member of a sample. */
  begin(key: string, path: string): void {
    // In a folder, webdataset takes what follows the dot for an extension.
    if (key.endsWith("/") && isMacFile(path)) this.#tell("mac-file", this.#shard, path);
    else if (this.#keys.has(key)) this.#tell("out-of-order", this.#shard, key);
    else if (this.#keys.size < MAX_KEYS) this.#keys.add(key);
  }

  /** Looks at a member that belongs to no sample. */
  leave({ path, header: { typeflag } }: NamedEntry): void {
    if (isMacFile(path)) this.#tell("mac-file", this.#shard, path);
    else if (typeflag === "1" && nameField(path) !== undefined) {
      this.#tell("hard-link", this.#shard, path);
    }
  }
}

function isMacFile(path: string): boolean {
  return path.startsWith("._", path.lastIndexOf("/") + 1);
}

/** Counts what a sample has, and judges each further member of it. */
export class SampleTally {
  /** Key of the sample. */
  readonly key: string;
  /** Extensions of its members, in their order. */
  readonly extensions: string[] = [];
  readonly #shard: string;
  readonly #limits: SampleLimits;
  #bytes = 0;

  /** @param shard Name of the shard, for errors. */
  constructor(key: string, shard: string, limits: SampleLimits) {
    this.key = key;
    this.#shard = shard;
    this.#limits = limits;
  }

  /**
   * Takes a member. Gives the fault of the sample that it makes, if it makes one.
   *
   * @param isTaken Whether the sample has a field of this extension already.
   */
  add(
    entry: NamedEntry,
    { extension }: FieldName,
    sizeBytes: number,
    isTaken: boolean,
  ): WdsError | undefined {
    // An archive that ends inside a member says so itself.
    if (entry.fault !== undefined && entry.fault.code !== "tar/truncated") return entry.fault;
    if (isTaken) {
      return this.#fault(
        "sample/duplicate-field",
        entry,
        `its sample has a field "${extension}" already`,
      );
    }
    const { maxSampleBytes, maxSampleFields } = this.#limits;
    this.extensions.push(extension);
    this.#bytes += sizeBytes;
    if (this.extensions.length > maxSampleFields) {
      const why = `its sample has more fields than the limit of ${maxSampleFields}`;
      return this.#fault("sample/too-large", entry, `${why} (maxSampleFields)`);
    }
    if (this.#bytes > maxSampleBytes) {
      const why = `with it, its sample has more bytes than the limit of ${maxSampleBytes}`;
      return this.#fault("sample/too-large", entry, `${why} (maxSampleBytes)`);
    }
    return undefined;
  }

  #fault(
    code: "sample/duplicate-field" | "sample/too-large",
    { path, offsetBytes }: NamedEntry,
    why: string,
  ): SampleError {
    const shard = this.#shard;
    return new SampleError(code, {
      action: `group "${path}" from "${shard}"`,
      reason: why,
      shard,
      key: this.key,
      offsetBytes,
    });
  }
}

/**
 * Whether the last sample of an archive without its end marker may lack members: the archive stops where an entry
 * ends, but may have been cut there. It is whole if it has what the sample before it has.
 */
export function mayLackFields(last: SampleTally, before: SampleTally | undefined): boolean {
  const extensions = new Set(last.extensions);
  return before?.extensions.some((extension) => !extensions.has(extension)) ?? false;
}

/** The sample and the extension that a path names; `undefined` where it belongs to no sample. */
export function nameField(path: string): FieldName | undefined {
  const split = isMetaName(path) ? undefined : splitName(path);
  if (split === undefined) return undefined;
  const [key, storedExtension] = split;
  return { key, extension: storedExtension.toLowerCase(), storedExtension };
}

function isFile(entry: NamedEntry): boolean {
  if (entry.type !== undefined) return entry.type === "file";
  const { typeflag } = entry.header;
  // Other readers give the NUL of old archives as it is or as an empty string.
  return typeflag === "0" || typeflag === "\0" || typeflag === "" || typeflag === "7";
}
