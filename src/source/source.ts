/** What a source says of the object that it opened. */
export interface ObjectFacts {
  /** Size in bytes of the whole object, where it is known. */
  readonly sizeBytes?: number;
  /** Entity tag of the version that was opened, in its quotes, where the host gives one. */
  readonly etag?: string;
}

/** What a source's `open` takes besides the byte range. */
export interface OpenOptions {
  /** Cancels the opening, and the stream that it returned. */
  readonly signal?: AbortSignal;
  /**
   * Is told of the object before its bytes come, so that a version other than expected can be
   * noticed without a further request. Sources that know nothing do not call it.
   */
  readonly onObject?: (facts: ObjectFacts) => void;
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
   * Opens the bytes from `offset` (default 0), `length` of them (default: to the end).
   *
   * @throws {SourceError} If the source is missing, refused or cannot serve the range.
   */
  open(
    offset?: number,
    length?: number,
    options?: OpenOptions,
  ): Promise<ReadableStream<Uint8Array>> | ReadableStream<Uint8Array>;
  /** Size in bytes, where it is known without reading. */
  size?(options?: OpenOptions): Promise<number | undefined>;
  /**
   * The object whose name is this one's with a suffix, in the same place: an index lies beside its shard.
   */
  sibling?(suffix: string): Source;
  /** Whether a range costs no request: of bytes, blobs and files. */
  readonly isLocal?: boolean;
}
