/** A shard of pictures for workers. */

import type { Fixtures } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";

type Members = [path: string, body: string | Uint8Array][];

/** A shard of 30 pictures, at some places with something else. */
export async function makePictures(
  { read, list }: Fixtures,
  others: Readonly<Record<number, string | Uint8Array>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const names = (await list("jpeg/baseline")).filter((name) => name.startsWith("420_"));
  const members: Members = [];
  for (let index = 0; index < 30; index++) {
    const picture = others[index] ?? await read(`jpeg/baseline/${names[index]}`);
    members.push([`p${index}.cls`, String(index)], [`p${index}.jpg`, picture]);
  }
  return makeShard(members);
}
