/**
 * One shard that is being written, and the index that grows with it.
 *
 * @module
 */
import { concatenate } from "../concatenate.ts";
import { SampleError } from "../errors.ts";
import { IndexBuilder, type ShardIndex } from "../index/shard_index.ts";
import { nameField } from "../sample/tally.ts";
import type { ObjectDraft } from "../storage/store.ts";
import { TarParser } from "../tar/parser.ts";
import { paddingBytes } from "../tar/records.ts";
import { formatHeader } from "../tar/write.ts";

/** What tarfile fills archives up to. */
const RECORD_BYTES = 10_240;

/** Small members are gathered to pieces of this size. */
const PIECE_BYTES = 256 * 1024;

/** What fills members up. */
const ZEROS = new Uint8Array(512);

/** Owner, mode and time of every member. */
export interface MemberFacts {
  readonly uname: string;
  readonly gname: string;
  readonly mode: number;
  readonly mtime: number;
}

/** The members of a sample: extensions, in their order, and bytes. */
export type Members = readonly (readonly [extension: string, bytes: Uint8Array])[];

/** One shard, written from its first byte to its last. */
export class ShardFile {
  /** Name of the shard in its store. */
  readonly name: string;
  /** Samples in it. */
  count = 0;
  /** Bytes of the bodies in it, which webdataset's writer counts. */
  bodyBytes = 0;
  readonly #draft: ObjectDraft;
  readonly #facts: MemberFacts;
  readonly #parser: TarParser;
  readonly #index: IndexBuilder;
  #sizeBytes = 0;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #lastKey: string | undefined;

  /** @param draft Where the archive goes. */
  constructor(name: string, draft: ObjectDraft, facts: MemberFacts) {
    this.name = name;
    this.#draft = draft;
    this.#facts = facts;
    this.#parser = new TarParser({ name });
    this.#index = new IndexBuilder(name);
  }

  /** Bytes of the archive so far, without what ends it. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * Writes a sample.
   *
   * @throws {SampleError} `sample/unwritable` if it would be read back as another one, or as none; then nothing of it
   * is written.
   */
  async add(key: string, members: Members): Promise<void> {
    this.#check(key, members);
    this.#lastKey = key;
    for (const [extension, bytes] of members) {
      await this.#addMember({ ...this.#facts, path: `${key}.${extension}` }, bytes);
    }
    this.count++;
  }

  /** Ends the archive, whose bytes are all written then; the draft is not finished. */
  async end(): Promise<ShardIndex> {
    const ends = 2 * 512;
    const rest = (RECORD_BYTES - (this.#sizeBytes + ends) % RECORD_BYTES) % RECORD_BYTES;
    await this.#write(new Uint8Array(ends + rest));
    await this.#flush();
    this.#index.finish();
    return {
      shard: this.name.slice(this.name.lastIndexOf("/") + 1),
      sizeBytes: this.#sizeBytes,
      samples: this.#index.samples,
    };
  }

  #check(key: string, members: Members): void {
    const fail = (reason: string, field?: string): SampleError =>
      new SampleError("sample/unwritable", {
        action: "write",
        subject: `"${key}"`,
        reason,
        shard: this.name,
        key,
        ...(field === undefined ? {} : { field }),
      });
    if (members.length === 0) throw fail("it has no fields");
    if (key === this.#lastKey) {
      throw fail("the sample before it has the same key, so that they would be read as one");
    }
    for (const [extension] of members) {
      const read = nameField(`${key}.${extension}`);
      if (read?.key !== key) {
        const as = read === undefined ? "as no sample's" : `as "${read.key}"`;
        throw fail(
          `it would be read ${as}: the last part of a key has no dot, and is no metadata's`,
        );
      }
      if (read.storedExtension !== read.extension) {
        throw fail("the extension that names a field is in lower case", extension);
      }
    }
  }

  async #addMember(
    member: MemberFacts & { readonly path: string },
    bytes: Uint8Array,
  ): Promise<void> {
    const header = formatHeader(member, bytes.length);
    // The parser sees what readers see: the index is that of the archive that was written.
    for (let at = 0; at < header.length;) {
      const piece = header.subarray(at, at + this.#parser.neededBytes);
      at += piece.length;
      const entry = this.#parser.push(piece);
      if (entry !== undefined && this.#index.add(entry)) this.#index.setClass(bytes);
    }
    await this.#write(header, bytes, ZEROS.subarray(0, paddingBytes(bytes.length)));
    this.bodyBytes += bytes.length;
  }

  async #write(...pieces: readonly Uint8Array[]): Promise<void> {
    for (const bytes of pieces) {
      if (bytes.length === 0) continue;
      this.#sizeBytes += bytes.length;
      this.#pieces.push(bytes);
      this.#pieceBytes += bytes.length;
    }
    if (this.#pieceBytes >= PIECE_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#pieceBytes = 0;
    await this.#draft.write(pieces.length === 1 ? pieces[0] : concatenate(pieces));
  }
}
