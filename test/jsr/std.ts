/**
 * What the tests use of `@std/tar`, `@std/streams` and `@std/assert`, by its structure: the tests are
 * type-checked where the registry cannot be reached, and where it can, the packages themselves must fit.
 */

/** A member as `@std/tar`'s `UntarStream` gives it. */
export interface StdTarEntry {
  readonly path: string;
  readonly header: StdTarHeader;
  readonly readable?: ReadableStream<Uint8Array>;
}

/** The fields that both forms of `@std/tar`'s headers have. */
export interface StdTarHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly typeflag: string;
  readonly linkname: string;
}

/** A member as `@std/tar`'s `TarStream` takes it. */
export type StdTarInput =
  & { path: string; options?: StdTarOptions }
  & (
    | { type: "file"; size: number; readable: ReadableStream<Uint8Array> }
    | { type: "directory" }
    | { type: "symlink"; linkname: string }
  );

/** Metadata that `@std/tar`'s `TarStream` takes. */
export interface StdTarOptions {
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
}

/** A pair of streams for `pipeThrough`. */
export interface StreamPair<In, Out> {
  readonly writable: WritableStream<In>;
  readonly readable: ReadableStream<Out>;
}

/** The packages. */
export interface Std {
  readonly assert: {
    assertEquals(actual: unknown, expected: unknown, message?: string): void;
  };
  readonly tar: {
    readonly UntarStream: new () => StreamPair<Uint8Array, StdTarEntry>;
    readonly TarStream: new () => StreamPair<StdTarInput, Uint8Array>;
  };
  readonly streams: {
    readonly ByteSliceStream: new (
      start?: number,
      end?: number,
    ) => StreamPair<Uint8Array, Uint8Array>;
    readonly LimitedTransformStream: new <T>(size: number) => StreamPair<T, T>;
    readonly TextLineStream: new () => StreamPair<string, string>;
    concatReadableStreams<T>(...streams: ReadableStream<T>[]): ReadableStream<T>;
    toArrayBuffer(stream: ReadableStream<Uint8Array>): Promise<ArrayBuffer>;
    toTransformStream<In, Out>(
      transform: (items: ReadableStream<In>) => AsyncIterable<Out>,
    ): StreamPair<In, Out>;
  };
}
