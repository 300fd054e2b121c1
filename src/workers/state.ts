/**
 * What each worker is doing, for whoever watches.
 *
 * @module
 */

/** What a worker is doing: it stays the same object, which changes. */
export interface WorkerState {
  /** Images that it is through with. */
  readonly images: number;
  /** By `performance.now()`: when it was given what it is at; absent where it has nothing to do. */
  readonly busySinceMs?: number;
  /** How often another one has taken its place, because it had ended. */
  readonly restarts: number;
}

/** The same as its pool keeps it. */
export interface WatchedState extends WorkerState {
  images: number;
  busySinceMs?: number;
  restarts: number;
}

/** The states of a pool, one for each worker that it was to have. */
export class WorkerStates {
  /** In the order of their numbers. */
  readonly all: readonly WatchedState[];
  readonly #free: WatchedState[];

  constructor(workers: number) {
    this.all = Array.from({ length: workers }, () => ({ images: 0, restarts: 0 }));
    this.#free = [...this.all].reverse();
  }

  /** The state of a worker that starts. */
  begin(): WatchedState {
    return this.#free.pop() ?? { images: 0, restarts: 0 };
  }

  /** Leaves a state to the worker that takes the place of one that has ended. */
  end(state: WatchedState): void {
    state.busySinceMs = undefined;
    state.restarts++;
    this.#free.push(state);
  }
}
