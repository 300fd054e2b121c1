/**
 * Samples to shards.
 *
 * @module
 */
import { checkCallback, checkChoice, checkCount, oneOf } from "../check.ts";
import { SampleError, SourceError } from "../errors.ts";
import { formatSplit } from "../index/split_index.ts";
import { formatIndex } from "../index/text.ts";
import { formatShardList, type ListedShard } from "../index/wids.ts";
import { SPLIT_SUFFIX } from "../index/catalogue.ts";
import { readAll } from "../storage/read_all.ts";
import { createDraft, type ObjectDraft, type Store } from "../storage/store.ts";
import { type StoreInput, toStore } from "../storage/to_store.ts";
import { encodeField } from "./encode_field.ts";
import { type MemberFacts, type Members, ShardFile } from "./shard_file.ts";

/** A sample to be written. One that a dataset gives is one, too: its bytes are written as they are. */
export interface SampleInput {
  /** What its members' names begin with; no dot behind its last slash. */
  readonly key: string;
  /**
   * Values by extension: bytes, text, and what an extension stands for: numbers for `cls`, `id`, `index` and the like,
   * anything for `json`, arrays for `npy`.
   */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Bytes by extension, which count before `fields`. */
  readonly bytes?: Readonly<Record<string, Uint8Array>>;
}

/** A shard that an earlier writer has finished. */
export interface FinishedShard extends ListedShard {
  /** Classes of its samples, for the index of the split; -1 for a sample without one. */
  readonly classes?: ArrayLike<number>;
}

/** What {@linkcode ShardWriter} takes besides where it writes. */
export interface ShardWriterOptions {
  /**
   * Names of the shards in the store, with a place for their number as in C: `"train-%06d.tar"`; or what gives the name
   * of a number. Names that end in `.gz` are packed with gzip.
   */
  readonly pattern: string | ((number: number) => string);
  /**
   * Most samples of a shard.
   *
   * @default {100_000}
   */
  readonly maxCount?: number;
  /**
   * Bytes of bodies after which a shard is complete. A shard is as large as that and its last sample, and 1 to 1.5 KB
   * for each member.
   *
   * @default {3_000_000_000}
   */
  readonly maxBytes?: number;
  /**
   * Number of the first shard.
   *
   * @default {0}
   */
  readonly firstShard?: number;
  /**
   * Whether a shard, or an index beside it, that is there already is an error, or is replaced.
   *
   * @default {"error"}
   */
  readonly ifExists?: "error" | "replace";
  /**
   * Indexes that are written beside each shard, `NAME.tar.idx`: this library's or DALI's. Packed shards have none.
   *
   * @default {"wdstream"; with packed shards "none"}
   */
  readonly index?: "wdstream" | "dali" | "none";
  /**
   * Name of the split, under which `_info.json` lists the shards as timm's and Hugging Face's datasets do; splits that
   * are in it already stay. Without it there is no such file.
   */
  readonly split?: string;
  /**
   * Whether the index of the split is written beside the first shard.
   *
   * @default {true}
   */
  readonly splitIndex?: boolean;
  /** Name of a list of the shards for `wids`, webdataset's package for random access; without it there is none. */
  readonly wids?: string;
  /**
   * Owner's name of every member.
   *
   * @default {"bigdata"}
   */
  readonly user?: string;
  /**
   * Group's name of every member.
   *
   * @default {"bigdata"}
   */
  readonly group?: string;
  /**
   * Permission bits of every member.
   *
   * @default {0o444}
   */
  readonly mode?: number;
  /**
   * Time of every member in seconds since 1970. webdataset takes the clock's, with which no two runs write the same.
   *
   * @default {0}
   */
  readonly mtime?: number;
  /**
   * Shards that a writer with the same options has finished before it was stopped: the numbers of further ones follow
   * theirs, and what lists shards lists them too.
   *
   * @default {none}
   */
  readonly finished?: readonly FinishedShard[];
  /**
   * Is told of each shard as soon as it and its index are in place, and waited for; `write()` of the sample that made it
   * full, or `close()`, ends after that.
   */
  readonly onShard?: (shard: ListedShard) => Promise<void> | void;
  /** Ends the writing; the reason is thrown. */
  readonly signal?: AbortSignal;
}

/** A place for a number: `%d`, `%6d`, `%06d`. */
const NUMBER = /%(0?)(\d*)d/;

/**
 * Writes samples into shards of bounded size, and what readers want to know of them beside these.
 *
 * A shard appears in its store when it is whole; what is not closed leaves nothing of its last one. The bytes depend on
 * the samples and options alone, on every runtime, packed ones too.
 *
 * Exact: webdataset 1.0, `ShardWriter` and `TarWriter` with `mtime=0`, for names of up to 100 ASCII characters; longer
 * names go into ustar's prefix where that holds them, else into pax records. Members are in the order of their
 * extensions by code points, and each shard is filled up to 10,240 bytes.
 *
 * @example Usage
 * ```ts
 * import { type Store, toSource, webdataset } from "@wdstream/wdstream";
 * import { ShardWriter } from "@wdstream/wdstream/writing";
 *
 * const files = new Map<string, Uint8Array>();
 * const store: Store = {
 *   open: (name) => toSource(files.get(name) ?? new Uint8Array(0), { name }),
 *   async put(name, body) {
 *     files.set(name, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
 *     return true;
 *   },
 * };
 * const writer = new ShardWriter(store, { pattern: "cats-%04d.tar", maxCount: 2 });
 * for (let i = 0; i < 3; i++) {
 *   await writer.write({ key: `cat${i}`, fields: { txt: "a cat", json: { id: i } } });
 * }
 * const shards = await writer.close();
 * if (shards.map(({ sampleCount }) => sampleCount).join() !== "2,1") throw new Error("misplaced");
 * for await (const { fields } of webdataset(store.open("cats-0001.tar")).decode()) {
 *   if (fields.txt !== "a cat") throw new Error("misread");
 * }
 * ```
 */
export class ShardWriter {
  readonly #store: Store;
  readonly #options: ShardWriterOptions;
  readonly #facts: MemberFacts;
  readonly #isPacked: boolean;
  readonly #indexFormat: "wdstream" | "dali" | "none";
  readonly #shards: ListedShard[] = [];
  readonly #classes: number[] = [];
  readonly #name: (number: number) => string;
  #number: number;
  #open: { readonly file: ShardFile; readonly draft: ObjectDraft } | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #closed: "no" | "closed" | "discarded" = "no";

  /**
   * Makes a writer, which writes nothing before its first sample.
   *
   * @param store Where shards go: the path of a folder, which is made, a bucket of R2, anything with `put`.
   * @throws {TypeError} If the pattern has no place for a number, or an option is none of its choices.
   * @throws {RangeError} If a limit is no such number.
   * @throws {SourceError} `source/unsupported` if nothing can be written there.
   */
  constructor(store: StoreInput, options: ShardWriterOptions) {
    const { pattern, maxCount, maxBytes, firstShard = 0, signal } = options;
    if (typeof pattern !== "function" && !NUMBER.test(pattern)) {
      throw new TypeError(
        'pattern must have a place for the number of a shard, as "train-%06d.tar"',
      );
    }
    checkChoice("ifExists", options.ifExists, ["error", "replace"]);
    if (maxCount !== undefined) checkCount("maxCount", maxCount, 1);
    if (maxBytes !== undefined) checkCount("maxBytes", maxBytes, 1);
    checkCount("firstShard", firstShard, 0);
    signal?.throwIfAborted();
    checkCallback("onShard", options.onShard);
    this.#options = options;
    for (const { classes, ...shard } of options.finished ?? []) {
      this.#shards.push(shard);
      const { sampleCount } = shard;
      for (let i = 0; i < sampleCount; i++) this.#classes.push(classes?.[i] ?? -1);
    }
    this.#number = firstShard + this.#shards.length;
    this.#name = typeof pattern === "function" ? pattern : (number): string =>
      pattern.replace(
        NUMBER,
        (_, zero, width) => String(number).padStart(Number(width), zero || " "),
      );
    const next = this.#name(this.#number);
    this.#isPacked = next.endsWith(".gz");
    this.#indexFormat = oneOf(
      "index",
      ["wdstream", "dali", "none"],
      options.index ?? (this.#isPacked ? "none" : "wdstream"),
    );
    if (this.#isPacked && this.#indexFormat !== "none") {
      throw new TypeError("packed shards have no index, for nothing in them has an offset");
    }
    const { user = "bigdata", group = "bigdata", mode = 0o444, mtime = 0 } = options;
    this.#facts = { uname: user, gname: group, mode, mtime };
    this.#store = toStore(store);
    if (this.#store.put === undefined && this.#store.create === undefined) {
      throw new SourceError("source/unsupported", {
        action: `write "${next}"`,
        reason: "nothing can be put into such a store",
      });
    }
  }

  /** Number of the samples that were written. */
  get count(): number {
    const sum = this.#shards.reduce((total, { sampleCount }) => total + sampleCount, 0);
    return sum + (this.#open?.file.count ?? 0);
  }

  /**
   * Writes a sample; several at once are written in the order of the calls.
   *
   * @throws {SampleError} `sample/unwritable` if it would be read back as another one, merged with the one before, or
   * not at all; `sample/bad-field` if a field cannot hold its value. The writer goes on after these.
   * @throws {SourceError} `source/exists` if a shard is there already, `source/write` if it cannot be written.
   */
  write(sample: SampleInput): Promise<void> {
    return this.#then(() => this.#write(sample));
  }

  /**
   * Ends the shard that is being written, before it is full; where none is, an empty one is written.
   *
   * @throws {SourceError} As for {@linkcode ShardWriter.write}.
   */
  endShard(): Promise<void> {
    return this.#then(async () => {
      this.#open ??= await this.#beginShard();
      await this.#endShard();
    });
  }

  /**
   * Ends the last shard and writes what lists them.
   *
   * @returns The shards in order, by their names in the store.
   * @throws {SourceError} As for {@linkcode ShardWriter.write}.
   */
  close(): Promise<ListedShard[]> {
    return this.#then(async () => {
      await this.#endShard();
      if (this.#shards.length > 0) await this.#writeLists();
      this.#closed = "closed";
      return [...this.#shards];
    });
  }

  /** Ends the writing without its last shard, of which nothing is left; shards that are whole stay. */
  async discard(): Promise<void> {
    await this.#work.catch(() => {});
    if (this.#closed !== "no") return;
    this.#closed = "discarded";
    const open = this.#open;
    this.#open = undefined;
    await open?.draft.discard();
  }

  /** Discards what was not closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard();
  }

  #then<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.catch(() => {}).then(() => {
      if (this.#closed !== "no") throw new TypeError(`Cannot write: the writer is ${this.#closed}`);
      this.#options.signal?.throwIfAborted();
      return work();
    });
    this.#work = done;
    return done;
  }

  async #write({ key, fields, bytes }: SampleInput): Promise<void> {
    const members = encodeMembers(key, { ...fields, ...bytes });
    const { maxCount = 100_000, maxBytes = 3_000_000_000 } = this.#options;
    this.#open ??= await this.#beginShard();
    const { file } = this.#open;
    await file.add(key, members);
    if (file.count >= maxCount || file.bodyBytes >= maxBytes) await this.#endShard();
  }

  async #beginShard(): Promise<{ file: ShardFile; draft: ObjectDraft }> {
    const name = this.#name(this.#number);
    if (name.endsWith(".gz") !== this.#isPacked) {
      throw new TypeError(`all shards are packed or none is, and "${name}" is another kind`);
    }
    const plain = await this.#createDraft(name);
    const draft = this.#isPacked
      ? await (await import("../storage/deflate.ts")).gzipDraft(plain, name)
      : plain;
    this.#number++;
    return { draft, file: new ShardFile(name, draft, this.#facts) };
  }

  async #endShard(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { file, draft } = open;
    let index;
    try {
      index = await file.end();
      if (!await draft.finish()) throw existsError(file.name);
    } catch (error) {
      await draft.discard();
      throw error;
    }
    for (const { cls = -1 } of index.samples) this.#classes.push(cls);
    const sizeBytes = this.#isPacked ? {} : { sizeBytes: file.sizeBytes };
    const shard = { url: file.name, sampleCount: file.count, ...sizeBytes };
    this.#shards.push(shard);
    if (this.#indexFormat !== "none") {
      await this.#put(`${file.name}.idx`, formatIndex(index, this.#indexFormat));
    }
    await this.#options.onShard?.(shard);
  }

  async #writeLists(): Promise<void> {
    const { split, splitIndex = true, wids } = this.#options;
    const [first] = this.#shards;
    const base = first.url.slice(0, first.url.lastIndexOf("/") + 1);
    const listed = this.#shards.map((shard) => ({ ...shard, url: shard.url.slice(base.length) }));
    if (splitIndex) {
      const hasClasses = this.#classes.some((cls) => cls >= 0);
      const classes = hasClasses ? { classes: this.#classes } : {};
      await this.#put(`${first.url}${SPLIT_SUFFIX}`, formatSplit({ shards: listed, ...classes }));
    }
    if (wids !== undefined) await this.#put(base + wids, formatShardList(listed));
    if (split !== undefined) await this.#addToInfo(`${base}_info.json`, split, listed);
  }

  /** Lists the shards in `_info.json`, beside what is there. */
  async #addToInfo(name: string, split: string, shards: readonly ListedShard[]): Promise<void> {
    const { signal } = this.#options;
    let info: Record<string, unknown> = {};
    try {
      const bytes = await readAll(this.#store.open(name), 64 * 1024 * 1024, signal);
      info = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
    } catch (error) {
      const isMissing = error instanceof SourceError && error.code === "source/not-found";
      if (!isMissing) throw error;
    }
    const splits = {
      ...info.splits as Record<string, unknown> | undefined,
      [split]: {
        name: split,
        num_samples: shards.reduce((sum, { sampleCount }) => sum + sampleCount, 0),
        filenames: shards.map(({ url }) => url),
        shard_lengths: shards.map(({ sampleCount }) => sampleCount),
      },
    };
    const text = `${JSON.stringify({ ...info, splits }, undefined, 2)}\n`;
    await this.#put(name, text, "replace");
  }

  async #put(
    name: string,
    content: string | Uint8Array,
    ifExists: "error" | "replace" = this.#options.ifExists ?? "error",
  ): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const draft = await this.#createDraft(name, ifExists);
    try {
      await draft.write(bytes);
    } catch (error) {
      await draft.discard();
      throw error;
    }
    if (!await draft.finish()) throw existsError(name);
  }

  async #createDraft(
    name: string,
    ifExists: "error" | "replace" = this.#options.ifExists ?? "error",
  ): Promise<ObjectDraft> {
    const options = { ifAbsent: ifExists === "error", signal: this.#options.signal };
    return await createDraft(this.#store, name, options);
  }
}

/**
 * The members of a sample in the order of their extensions by code points, which is Python's.
 *
 * @throws {SampleError} `sample/bad-field` if a field cannot hold its value.
 */
export function encodeMembers(key: string, fields: Readonly<Record<string, unknown>>): Members {
  return Object.keys(fields).filter((extension) => fields[extension] !== undefined)
    .sort(compareCodePoints).map((extension) => {
      try {
        return [extension, encodeField(extension, fields[extension])] as const;
      } catch (cause) {
        throw new SampleError("sample/bad-field", {
          action: "write",
          subject: `"${key}.${extension}"`,
          reason: (cause as Error).message,
          key,
          field: extension,
          cause,
        });
      }
    });
}

/** Compares two texts by their code points, as Python does. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i].codePointAt(0)! - right[i].codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function existsError(name: string): SourceError {
  return new SourceError("source/exists", {
    action: `write "${name}"`,
    reason: 'it is there already; ifExists: "replace" replaces it',
    shard: name,
  });
}
