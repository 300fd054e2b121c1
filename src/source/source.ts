/** What a source's `open` takes besides the byte range. */
export interface OpenOptions {
  /** Cancels the opening, and the stream that it returned. */
  readonly signal?: AbortSignal;
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
}
