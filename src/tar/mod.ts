/**
 * Tar archives: bytes to entries ({@linkcode readTar}, {@linkcode UntarStream}) and entries to
 * bytes ({@linkcode writeTar}), on any runtime and from chunks of any size.
 *
 * ```ts
 * import { readTar, writeTar } from "@wdstream/wdstream/tar";
 *
 * const archive = writeTar([{ path: "dog/0.cls", bytes: new TextEncoder().encode("207") }]);
 * for await (const { path, bytes } of readTar(archive)) {
 *   console.log(path, new TextDecoder().decode(bytes));
 * }
 * ```
 *
 * @module
 */

export type { TarEntry, TarEntryBase, TarEntryType, TarHeader, TarStreamEntry } from "./entry.ts";
export type { SparseMap } from "./sparse.ts";
export type { ByteStream } from "./chunk_reader.ts";
export { decodeName, encodeName } from "./name.ts";
export { readTar } from "./read.ts";
export type { ReadTarOptions } from "./read.ts";
export { UntarStream } from "./untar_stream.ts";
export { writeTar } from "./write.ts";
export type { TarInput, WriteTarOptions } from "./write.ts";
export { ERROR_CODES, TarError, WdsError } from "../errors.ts";
export type { ErrorCode, ErrorPlace, Failure } from "../errors.ts";
