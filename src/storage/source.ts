/**
 * What holds one shard's bytes, and what is told of it where it is opened.
 *
 * @module
 */

/** What is known of an object in storage: enough to tell two versions of it apart. */
export interface ObjectFacts {
  /** Size in bytes of the whole object, where it is known. */
  readonly sizeBytes?: number;
  /** Entity tag of the version that was opened, in its quotes, where the host gives one. */
  readonly etag?: string;
  /** When the object was changed last, in milliseconds since 1970, where it is known. */
  readonly lastModifiedMs?: number;
}

/** What was sent and received for the bytes of objects, in all tries together. */
export interface NetworkStats {
  /** Requests that were sent, those that redirects take included. */
  readonly requests: number;
  /** Bytes of bodies that were received, those that were received twice included. */
  readonly bytes: number;
  /** Tries that failed and were followed by another one. */
  readonly retries: number;
  /** Milliseconds that were waited between tries. */
  readonly waitMs: number;
  /** Bytes that came from a cache instead. */
  readonly cachedBytes: number;
}

/** {@linkcode NetworkStats} as they grow. */
export type NetworkCounts = { -readonly [Count in keyof NetworkStats]: number };

/** What a source's `open` takes: which bytes, and until when. */
export interface OpenOptions {
  /**
   * First byte.
   *
   * @default {0}
   */
  readonly offset?: number;
  /**
   * Bytes at most.
   *
   * @default {Infinity}
   */
  readonly length?: number;
  /** Cancels the opening, and the body. */
  readonly signal?: AbortSignal;
  /** Is counted up by sources behind a network. */
  readonly network?: NetworkCounts;
  /**
   * Whether a host that serves no ranges may give all that follows in the place of a length: what is opened then says
   * `isWhole`.
   *
   * @default {false}
   */
  readonly orWhole?: boolean;
  /** What was said of the object before: whoever tries again takes no answer of another version. */
  readonly version?: ObjectFacts;
}

/** What a source's `stat` takes. */
export type StatOptions = Pick<OpenOptions, "signal" | "network">;

/** An object that was opened: its bytes, and what its storage said of it with them. */
export interface OpenedObject extends ObjectFacts {
  /** The bytes that were asked for; fewer only where the object ends. Read it, or cancel it. */
  readonly body: ReadableStream<Uint8Array>;
  /** Whether `orWhole` was made use of: the body reaches to the object's end. */
  readonly isWhole?: boolean;
}

/**
 * Something that holds one shard's bytes and can be opened, from any offset, more than once.
 *
 * Every kind of shard (a path, a URL, a `Blob`, bytes, a stream) is made into one of these; an
 * object of the user's own with `name` and `open` is used as it is.
 */
export interface Source {
  /** Name for errors, samples and progress; never holds a credential. */
  readonly name: string;
  /**
   * Opens a range of bytes.
   *
   * @throws {SourceError} If the source is missing, refused or cannot serve the range.
   */
  open(options?: OpenOptions): Promise<OpenedObject> | OpenedObject;
  /** What is known of the object without reading it. */
  stat?(options?: StatOptions): Promise<ObjectFacts>;
  /**
   * The object of the same store whose name is this one's with a suffix: an index lies beside its shard. A suffix that
   * begins with a slash names one of the same folder: `/_info.json`.
   */
  beside?(suffix: string): Source;
  /** Whether a range costs no request: of bytes, blobs and files. */
  readonly isLocal?: boolean;
  /**
   * URL of an object on a host, without credentials and signatures: what tells it from all others. Datasets read what
   * has one in segments, several at a time.
   */
  readonly address?: string;
  /** Whether it can be opened once alone: of streams. */
  readonly isOnce?: boolean;
}

/** The name of what lies beside an object, see {@linkcode Source.beside}. */
export function nameBeside(name: string, suffix: string): string {
  if (!suffix.startsWith("/")) return name + suffix;
  return name.slice(0, Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1) +
    suffix.slice(1);
}
