/**
 * The one way to make a source of another one.
 *
 * @module
 */
import type { ObjectFacts, OpenedObject, OpenOptions, Source, StatOptions } from "./source.ts";

/** What is other about a source that wraps another one; all else is passed on. */
export interface Wrapping {
  /** Another name. */
  readonly name?: string;
  /** Opens the object in the other one's place; mostly by it. */
  open?(options: OpenOptions, source: Source): Promise<OpenedObject> | OpenedObject;
  /** Tells of the object in the other one's place. */
  stat?(options: StatOptions, source: Source): Promise<ObjectFacts>;
  /** Gives what lies beside the object in the other one's place. */
  beside?(suffix: string, source: Source): Source;
}

/**
 * Makes a source of another one, with another name or another way to open it: all that it has, and what lies beside it,
 * is passed on.
 *
 * @example Usage
 * ```ts
 * import { toSource } from "@wdstream/wdstream";
 * import { wrap } from "@wdstream/wdstream/storage";
 *
 * let opened = 0;
 * const source = wrap(toSource(new Uint8Array(9)), {
 *   name: "nine",
 *   open: (options, plain) => {
 *     opened++;
 *     return plain.open(options);
 *   },
 * });
 * await (await source.open()).body.cancel();
 * if (source.name !== "nine" || opened !== 1) throw new Error("not wrapped");
 * ```
 */
export function wrap(source: Source, wrapping: Wrapping): Source {
  const { name = source.name } = wrapping;
  return {
    name,
    ...(source.isLocal === undefined ? {} : { isLocal: source.isLocal }),
    ...(source.address === undefined ? {} : { address: source.address }),
    ...(source.isOnce === undefined ? {} : { isOnce: source.isOnce }),
    open: (options = {}) => wrapping.open?.(options, source) ?? source.open(options),
    ...(source.stat === undefined ? {} : {
      stat: (options = {}) => wrapping.stat?.(options, source) ?? source.stat!(options),
    }),
    ...(source.beside === undefined && wrapping.beside === undefined ? {} : {
      beside: (suffix) => wrapping.beside?.(suffix, source) ?? source.beside!(suffix),
    }),
  };
}
