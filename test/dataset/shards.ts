/** Shards and sources made in memory. */

import type { OpenedObject, OpenOptions, Source } from "../../src/storage/source.ts";
import { writeTar } from "../../src/tar/mod.ts";

/** A shard of members given as path and text or bytes. */
export async function makeShard(
  members: readonly (readonly [path: string, body: string | Uint8Array])[],
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = members.map(([path, body]) => ({
    path,
    bytes: typeof body === "string" ? new TextEncoder().encode(body) : body,
  }));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** A shard of `count` samples `PREFIX0`, `PREFIX1`, … with the fields `cls` and `txt`. */
export function makeTextShard(prefix: string, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const members: [string, string][] = [];
  for (let index = 0; index < count; index++) {
    members.push([`${prefix}${index}.cls`, String(index)], [
      `${prefix}${index}.txt`,
      `text ${index}`,
    ]);
  }
  return makeShard(members);
}

/** A source that gives one block of 512 bytes at a time and counts what happens to it. */
export class CountingSource implements Source {
  readonly name: string;
  readonly #bytes: Uint8Array;
  /** Whether reads beyond the bytes wait for ever, as those of a stalled connection do. */
  readonly #stalls: boolean;
  opened = 0;
  /** Whether it was left before its end. */
  left = false;
  readBytes = 0;

  constructor(name: string, bytes: Uint8Array, stalls = false) {
    this.name = name;
    this.#bytes = bytes;
    this.#stalls = stalls;
  }

  open({ offset = 0, signal }: OpenOptions = {}): OpenedObject {
    this.opened++;
    let position = offset;
    let ended = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller): void => {
        signal?.addEventListener("abort", () => {
          this.left ||= !ended;
          controller.error(signal.reason);
        });
      },
      pull: (controller): void | Promise<void> => {
        const block = this.#bytes.slice(position, position + 512);
        position += block.length;
        this.readBytes += block.length;
        if (block.length > 0) controller.enqueue(block);
        else if (this.#stalls) return new Promise(() => {});
        else {
          ended = true;
          controller.close();
        }
      },
      cancel: (): void => {
        this.left = true;
      },
    }, { highWaterMark: 0 });
    return { body };
  }
}

/** What a promise is rejected with. */
export async function catchError(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown");
}

/** All items. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
