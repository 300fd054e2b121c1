/**
 * What a kind of URL has to offer.
 *
 * @module
 */
import type { Source } from "../source.ts";
import type { SourceOptions } from "../source_options.ts";
import type { Store } from "../store.ts";

/** A kind of URL by what it begins with. To add one: a file beside this one, and a line in `all.ts`. */
export interface Scheme {
  /** What its URLs begin with: `["s3:"]`. */
  readonly protocols: readonly string[];
  /**
   * The object that a URL names.
   *
   * @param address The URL: as it was written, where it was given as a text.
   */
  open(address: URL | string, options: SourceOptions): Source;
  /** The folder that a URL names, with or without a slash at its end. Absent where objects lie in no folder. */
  openStore?(address: URL | string, options: SourceOptions): Store;
}
