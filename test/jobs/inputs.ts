/** Shards in memory, as the inputs of jobs. */

import type { ShardInput, Source } from "../../src/storage/mod.ts";
import { toSource } from "../../src/storage/mod.ts";
import { wrap } from "../../src/storage/wrap.ts";
import { makeTextShard } from "../dataset/shards.ts";

/** Shards by their names. */
export type Inputs = Map<string, Uint8Array>;

/** Shards of text, the first of which is empty of samples. */
export async function makeInputs(count: number, samples = 3): Promise<Inputs> {
  const inputs: Inputs = new Map();
  for (let i = 0; i < count; i++) {
    inputs.set(`in/s${i}.tar`, await makeTextShard(`k${i}-`, i === 0 ? 1 : samples));
  }
  return inputs;
}

/** Opens them, with entity tags of their bytes. */
export function opener(inputs: Inputs): (url: string) => ShardInput {
  return (url) => {
    const bytes = inputs.get(url)!;
    const etag = `"${bytes.reduce((sum, byte, i) => (sum * 31 + byte * (i + 1)) % 1e9, 7)}"`;
    const source: Source = toSource(bytes, { name: url });
    return wrap(source, {
      open: async (options) => ({ ...await source.open(options), etag }),
      stat: async (options) => ({ ...await source.stat!(options), etag }),
    });
  };
}
