/**
 * Tests of behaviour are lists of these, so that one suite runs on every runtime: `node:test`
 * registers them on Deno, Node and Bun; a thin runner reports them in workerd and browsers.
 */
export interface TestCase {
  /** What is expected of whom: "resize() matches Pillow on …". */
  readonly name: string;
  /** Why the case cannot run here; it is then reported as skipped, never as passed. */
  readonly skip?: string;
  /** Fails by throwing. */
  run(fixtures: Fixtures): void | Promise<void>;
}

/** Where a case gets its input files from, on any runtime. */
export interface Fixtures {
  /** Bytes of a file below `test/fixtures/`, or of the built-in `sample.tar`. */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Names of the files directly below a folder of `test/fixtures/`, sorted. */
  list(folder: string): Promise<readonly string[]>;
}

/** Why nothing can be compressed here, where the runtime cannot. */
export const noCompression: string | undefined = typeof CompressionStream === "undefined"
  ? "this runtime has no CompressionStream"
  : undefined;
