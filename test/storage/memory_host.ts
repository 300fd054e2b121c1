/** A host in memory, behind an injected `fetch`: what it was asked for, and how much at one time. */

/** What a host does otherwise than hosts should. */
export interface HostHabits {
  /** Whether it knows no ranges. */
  readonly ignoresRanges?: boolean;
  /** Whether it does not say how long an object is. */
  readonly hidesSize?: boolean;
  /** Headers of each answer, such as a version's; absent for an entity tag. */
  readonly headers?: (path: string, request: number) => Readonly<Record<string, string>>;
  /** Milliseconds until an answer begins. */
  readonly delayMs?: number;
  /** Whether the answer to a request breaks off in its middle. */
  readonly breaks?: (request: number) => boolean;
  /** Bytes that come at a time. */
  readonly chunkBytes?: number;
}

/** A host, and what it has seen. */
export class MemoryHost {
  /** Objects by the paths of their URLs. */
  readonly objects = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Path and range of each request, `/a.tar 0-999`. */
  readonly seen: string[] = [];
  /** Bodies that were neither read to their end nor cancelled. */
  open = 0;
  /** The most bodies that were open at one time. */
  mostOpen = 0;
  /** Whether it cannot be reached. */
  isDown = false;
  readonly #habits: HostHabits;

  constructor(objects: Readonly<Record<string, Uint8Array<ArrayBuffer>>>, habits: HostHabits = {}) {
    for (const [path, bytes] of Object.entries(objects)) this.objects.set(path, bytes);
    this.#habits = habits;
  }

  /** Asks it. */
  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const { ignoresRanges, hidesSize, delayMs, headers: makeHeaders } = this.#habits;
    const { pathname } = new URL(String(input));
    const asked = new Headers(init.headers).get("range") ?? "";
    this.seen.push(`${pathname} ${asked.replace("bytes=", "")}`.trim());
    const number = this.seen.length;
    if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (this.isDown) throw new TypeError("connection refused");
    init.signal?.throwIfAborted();
    const bytes = this.objects.get(pathname);
    if (bytes === undefined) return new Response("none", { status: 404 });
    const range = ignoresRanges ? null : /^bytes=([0-9]+)-([0-9]*)$/.exec(asked);
    const [start, end] = range === null
      ? [0, bytes.length]
      : [Number(range[1]), Math.min(bytes.length, Number(range[2] || Infinity) + 1)];
    const size = hidesSize ? "*" : bytes.length;
    const headers = new Headers(makeHeaders?.(pathname, number) ?? { etag: '"1"' });
    if (start >= end) {
      headers.set("content-range", `bytes */${bytes.length}`);
      return new Response(null, { status: 416, headers });
    }
    if (range !== null) headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
    if (!hidesSize) headers.set("content-length", String(end - start));
    const isBroken = this.#habits.breaks?.(number) === true;
    const body = this.#makeBody(bytes.slice(start, end), init.signal, isBroken);
    return new Response(body, { status: range === null ? 200 : 206, headers });
  };

  #makeBody(
    bytes: Uint8Array<ArrayBuffer>,
    signal: AbortSignal | null | undefined,
    isBroken: boolean,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { chunkBytes = 700 } = this.#habits;
    let position = 0;
    let isOpen = true;
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    const close = (): void => {
      if (isOpen) this.open--;
      isOpen = false;
    };
    return new ReadableStream({
      start(controller) {
        signal?.addEventListener("abort", () => {
          if (isOpen) controller.error(signal.reason);
          close();
        });
      },
      pull(controller) {
        if (isBroken && position >= bytes.length / 2) {
          close();
          throw new TypeError("connection reset");
        }
        const part = bytes.slice(position, position + chunkBytes);
        position += part.length;
        if (part.length > 0) return controller.enqueue(part);
        close();
        controller.close();
      },
      cancel: close,
    }, { highWaterMark: 0 });
  }
}
