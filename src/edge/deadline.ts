/**
 * The time that storage has to answer one request.
 *
 * @module
 */
import { SourceError } from "../errors.ts";

/** A signal that ends when the client leaves or the time is over. */
export interface Deadline {
  /** Its reason is the client's, or a {@linkcode SourceError} `source/timeout`. */
  readonly signal: AbortSignal;
  /** Stops the clock. */
  end(): void;
}

/** Starts the clock for one request, by a timer and a controller of its own. */
export function startDeadline(client: AbortSignal | undefined, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const leave = (): void => {
    clearTimeout(timer);
    controller.abort(client?.reason);
  };
  const timer = setTimeout(() => {
    const reason = `its storage did not answer within ${timeoutMs} ms`;
    controller.abort(new SourceError("source/timeout", { action: "read the shard", reason }));
  }, timeoutMs);
  if (client?.aborted) leave();
  else client?.addEventListener("abort", leave, { once: true });
  return {
    signal: controller.signal,
    end(): void {
      clearTimeout(timer);
      client?.removeEventListener("abort", leave);
    },
  };
}

/** Runs work that waits for the storage, with a deadline. */
export async function withDeadline<T>(
  client: AbortSignal | undefined,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(client, timeoutMs);
  try {
    return await work(deadline.signal);
  } finally {
    deadline.end();
  }
}
