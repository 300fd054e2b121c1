/**
 * Inputs of tasks: of the version that was planned, and read so that timers have their turn.
 *
 * @module
 */
import type { ObjectFacts, OpenedObject, Source } from "../storage/source.ts";
import { nameText } from "../storage/redact.ts";
import { sameVersion } from "../storage/version.ts";
import { wrap } from "../storage/wrap.ts";
import { changedError } from "./errors.ts";
import type { JobInput } from "./plan.ts";

/** Lets timers have their turn where work would go from one promise to the next without end. */
export class Breath {
  readonly #yieldNow: () => Promise<void>;
  #lastMs = performance.now();

  /** @param yieldNow Ends after whatever else is due has run. */
  constructor(yieldNow: () => Promise<void> = yieldToTimers) {
    this.#yieldNow = yieldNow;
  }

  /** Ends at once, or now and then after timers have run. */
  async take(): Promise<void> {
    if (performance.now() - this.#lastMs < BREATH_MS) return;
    await this.#yieldNow();
    this.#lastMs = performance.now();
  }
}

/** Locks of queues are kept by timers that must run at least each few seconds; those of tests, each half. */
const BREATH_MS = 100;

function yieldToTimers(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Some images: what is decoded from one piece to the next takes well under a second. */
const PIECE_BYTES = 256 * 1024;

/** What the storage says of a version, as plans have it. */
export function factsOf({ sizeBytes, etag, lastModifiedMs }: ObjectFacts): ObjectFacts {
  return {
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(etag === undefined ? {} : { etag }),
    // Runtimes tell a file's time with other fractions; where there is a tag, nobody needs one.
    ...(lastModifiedMs === undefined || etag !== undefined
      ? {}
      : { lastModifiedMs: Math.floor(lastModifiedMs) }),
  };
}

/**
 * Throws where an input is another than the one that was planned.
 *
 * @throws {JobError} `job/changed`.
 */
export function checkVersion(planned: JobInput, now: ObjectFacts): void {
  const why = sameVersion(planned, factsOf(now));
  if (why !== undefined) throw changedError(nameText(planned.url), why);
}

/** What a task takes besides its input. */
export interface InputOptions {
  readonly breath: Breath;
  /** Is told of bytes as they are read. */
  readonly onBytes: (bytes: number) => void;
  /** Is told of what opening or reading fails with. */
  readonly onFault: (error: unknown) => void;
}

/** An input that throws where it is another than the one that was planned. */
export function plannedSource(
  source: Source,
  planned: JobInput,
  input: InputOptions,
): Source {
  return wrap(source, {
    name: nameText(planned.url),
    async open(options) {
      let opened: OpenedObject;
      try {
        opened = await source.open(options);
      } catch (error) {
        input.onFault(error);
        throw error;
      }
      try {
        checkVersion(planned, opened);
      } catch (error) {
        await opened.body.cancel().catch(() => {});
        throw error;
      }
      return { ...opened, body: breathe(opened.body, input) };
    },
  });
}

/** The same bytes in pieces, between which there is time for others. */
function breathe(
  body: ReadableStream<Uint8Array>,
  { breath, onBytes, onFault }: InputOptions,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let rest = new Uint8Array(0) as Uint8Array;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await breath.take();
      while (rest.length === 0) {
        const { done, value } = await reader.read().catch((error) => {
          onFault(error);
          throw error;
        });
        if (done) return controller.close();
        rest = value;
      }
      const piece = rest.subarray(0, PIECE_BYTES);
      rest = rest.subarray(piece.length);
      onBytes(piece.length);
      controller.enqueue(piece);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
