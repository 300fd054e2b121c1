/**
 * The pool of workers that decode: hands out images, restarts workers that crash.
 *
 * @module
 */
import { ImageError } from "../errors.ts";
import type { SampleDraw } from "../numbers/seeded_random.ts";
import { reviveError } from "./error_record.ts";
import type { DecodeSetup, FromWorker, PlacedTensor, SharedTensor } from "./messages.ts";
import { type WatchedState, type WorkerState, WorkerStates } from "./state.ts";
import type { SpawnWorker, WorkerThread } from "./thread.ts";

/** What became of an image: its tensor, a fault, or nothing where no worker can be had. */
export type DecodeResult = PlacedTensor | SharedTensor | { readonly fault: Error } | undefined;

// An image may have met a worker that was to crash anyway, but hardly two.
const MAX_CRASHES = 2;

// Room for four ordinary photographs; what an outlier took is not kept, but a batch's files are.
const MIN_INPUT = 1 << 20;
const MAX_KEPT_INPUT = 16 << 20;

/** One image to be decoded. */
export interface DecodeJob {
  /** An image file. It is copied, never transferred: its buffer may hold its neighbours too. */
  readonly bytes: Uint8Array;
  /** Name of its codec. */
  readonly codec: string;
  /**
   * Number of its target in the setup.
   *
   * @default {0}
   */
  readonly target?: number;
  /** Place of its sample in the data. */
  readonly place: SampleDraw;
  /** The element of its target's shared array that its tensor begins at, where there is one. */
  readonly offset?: number;
  /** Is called once. */
  finish(result: DecodeResult): void;
}

/** What one message carries. */
interface Task {
  readonly jobs: readonly DecodeJob[];
  /** Whether the tensors are to come in one buffer. */
  readonly isJoined: boolean;
  /**
   * Workers that crashed while this was all that they had to do; absent where a worker may have
   * more. A crash and the answers before it come in any order, so that it tells of one image only
   * where there was no other.
   */
  readonly crashes?: number;
}

interface Member {
  thread?: WorkerThread;
  /** Runs until the worker has said that it is ready. */
  startTimer?: ReturnType<typeof setTimeout>;
  isReady: boolean;
  hasEnded: boolean;
  /** What it was sent and has not answered. */
  readonly tasks: Map<number, Task>;
  readonly state: WatchedState;
}

/** A worker that a bundler has emptied says nothing, ever, and fails nowhere. */
const START_TIMEOUT_MS = 30_000;

// One that is worked on, and one so that the worker need not wait for the next.
const TASKS_PER_WORKER = 2;

/** How a pool is made. */
export interface PoolOptions {
  readonly workers: number;
  readonly setup: DecodeSetup;
  /** What each built-in codec shares, which workers need not load then. */
  readonly shared?: readonly unknown[];
  readonly spawn: SpawnWorker;
  /** Milliseconds after which a worker that is not ready counts as one that cannot be had. */
  readonly startTimeoutMs?: number;
  /** Memory for so many tensors of a target in one buffer, where there is some that is no longer needed. */
  takeJoined?(images: number, target: number): ArrayBuffer | undefined;
  /** Is called when a worker has nothing to do. */
  onIdle(): void;
}

/**
 * Workers that decode images to tensors.
 *
 * A worker that crashes is replaced. The images that it had been sent are sent again, each to a
 * worker that has nothing else to do. If that one crashes too, the image is run once more, and is a
 * fault the second time. Where no worker can be started, images come back as they are.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #members: Set<Member> = new Set();
  readonly #waiting: Task[] = [];
  readonly #spare: ArrayBuffer[] = [];
  /** Memory in which files were sent, used again because fresh pages cost more than the copy. */
  readonly #inputs: ArrayBuffer[] = [];
  readonly #states: WorkerStates;
  #nextId = 0;
  #isHeld = true;
  #isClosed = false;
  #onAnswer: () => void = () => {};

  /** Begins to start the workers; what is submitted meanwhile waits for them. */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.#states = new WorkerStates(options.workers);
    for (let count = 0; count < options.workers; count++) this.#addMember();
  }

  /** What each worker is doing. */
  get states(): readonly WorkerState[] {
    return this.#states.all;
  }

  /** Whether a worker has nothing to do. */
  get isIdle(): boolean {
    if (this.#waiting.length > 0) return false;
    for (const { thread, tasks } of this.#members) {
      if (thread !== undefined && tasks.size === 0) return true;
    }
    return this.#members.size === 0;
  }

  /** Hands images to a worker, all in one message. Joined ones, of one target, come back in one buffer. */
  submit(jobs: readonly DecodeJob[], isJoined = false): void {
    this.#waiting.push({ jobs, isJoined });
    this.#dispatch();
  }

  /** Takes back the memory of one tensor that is no longer needed. */
  recycle(buffer: ArrayBuffer): void {
    this.#spare.push(buffer);
  }

  /** Whether the workers keep the process from ending, where the runtime lets one choose. */
  hold(held: boolean): void {
    this.#isHeld = held;
    for (const { thread } of this.#members) thread?.hold(held);
  }

  /**
   * Ends all workers at once, whatever they are doing; nothing is finished any more. Those that write into shared memory
   * come to the end of an image: where a worker is ended, it may go on for a while.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { startTimer } of this.#members) clearTimeout(startTimer);
    const { shared } = this.#options.setup;
    if (shared !== undefined) {
      Atomics.store(shared.isLeft, 0, 1);
      this.hold(true);
      while (this.#isWriting) await new Promise<void>((resolve) => this.#onAnswer = resolve);
    }
    const threads = [...this.#members].map(({ thread }) => thread);
    this.#members.clear();
    await Promise.all(threads.map((thread) => thread?.terminate()));
  }

  async #addMember(): Promise<void> {
    const state = this.#states.begin();
    const member: Member = { isReady: false, hasEnded: false, tasks: new Map(), state };
    this.#members.add(member);
    try {
      const thread = await this.#options.spawn({
        onMessage: (message) => this.#receive(member, message),
        onEnd: (reason) => this.#endMember(member, reason),
      });
      if (this.#isClosed || member.hasEnded) return void thread.terminate();
      thread.hold(this.#isHeld);
      this.#setUp(thread);
      member.thread = thread;
      if (!member.isReady) {
        const { startTimeoutMs = START_TIMEOUT_MS } = this.#options;
        const giveUp = (): void => this.#endMember(member, new Error("It did not start"));
        member.startTimer = setTimeout(giveUp, startTimeoutMs);
      }
      this.#dispatch();
    } catch (error) {
      this.#endMember(member, error);
    }
  }

  #setUp(thread: WorkerThread): void {
    const { setup, shared } = this.#options;
    try {
      thread.post({ kind: "setup", setup, shared }, []);
    } catch {
      // Not every runtime can send a WebAssembly module.
      thread.post({ kind: "setup", setup }, []);
    }
  }

  /** Whether a worker that may write has not answered. */
  get #isWriting(): boolean {
    return [...this.#members].some(({ isReady, tasks }) => isReady && tasks.size > 0);
  }

  #receive(member: Member, message: FromWorker): void {
    if (member.hasEnded) return;
    if (this.#isClosed) {
      if (message.kind === "decoded") member.tasks.delete(message.id);
      return this.#onAnswer();
    }
    if (message.kind === "ready") {
      member.isReady = true;
      clearTimeout(member.startTimer);
      return;
    }
    if (message.kind === "failed") return this.#endMember(member, message.reason);
    const task = member.tasks.get(message.id);
    member.tasks.delete(message.id);
    member.state.images += message.outcomes.length;
    member.state.busySinceMs = member.tasks.size > 0 ? performance.now() : undefined;
    task?.jobs.forEach(({ finish }, index) => {
      const outcome = message.outcomes[index];
      finish("fault" in outcome ? { fault: reviveError(outcome.fault) } : outcome);
    });
    if (message.bytes.byteLength <= MAX_KEPT_INPUT) this.#inputs.push(message.bytes);
    this.#dispatch();
  }

  #endMember(member: Member, reason: unknown): void {
    if (member.hasEnded) return;
    member.hasEnded = true;
    clearTimeout(member.startTimer);
    this.#members.delete(member);
    // Nobody takes its place where all end.
    if (this.#isClosed) return this.#onAnswer();
    this.#states.end(member.state);
    member.thread?.terminate();
    const tasks = [...member.tasks.values()];
    this.#waiting.unshift(...(member.isReady ? this.#isolate(tasks, reason) : tasks));
    // One that never ran would not run the next time either.
    if (member.isReady) this.#addMember();
    this.#dispatch();
  }

  /** Splits what a worker had to do when it crashed into single images. */
  #isolate(tasks: readonly Task[], reason: unknown): Task[] {
    return tasks.flatMap(({ jobs, crashes }): Task[] => {
      const isJoined = false;
      if (crashes === undefined) return jobs.map((job) => ({ jobs: [job], isJoined, crashes: 0 }));
      if (crashes + 1 < MAX_CRASHES) return [{ jobs, isJoined, crashes: crashes + 1 }];
      for (const { finish } of jobs) finish({ fault: crashError(reason) });
      return [];
    });
  }

  #dispatch(): void {
    if (this.#isClosed) return;
    if (this.#members.size === 0) return this.#giveBack();
    while (this.#waiting.length > 0) {
      const member = this.#findFree(this.#waiting[0]);
      if (member === undefined) return;
      this.#send(member, this.#waiting.shift()!);
    }
    if (this.isIdle) this.#options.onIdle();
  }

  #giveBack(): void {
    for (const { jobs } of this.#waiting.splice(0)) {
      for (const { finish } of jobs) finish(undefined);
    }
  }

  /** The worker that has least to do, if any may have this too. */
  #findFree(task: Task): Member | undefined {
    const limit = task.crashes === undefined ? TASKS_PER_WORKER : 1;
    let free: Member | undefined;
    for (const member of this.#members) {
      const { thread, tasks } = member;
      const [current] = tasks.values();
      if (thread === undefined || tasks.size >= limit || current?.crashes !== undefined) continue;
      if (free === undefined || tasks.size < free.tasks.size) free = member;
    }
    return free;
  }

  #send(member: Member, task: Task): void {
    const id = this.#nextId++;
    member.tasks.set(id, task);
    member.state.busySinceMs ??= performance.now();
    const { jobs, isJoined } = task;
    const lengths = jobs.map(({ bytes }) => bytes.length);
    const input = this.#takeInput(lengths.reduce((sum, length) => sum + length, 0));
    const bytes = new Uint8Array(input);
    let offset = 0;
    for (const job of jobs) {
      bytes.set(job.bytes, offset);
      offset += job.bytes.length;
    }
    const codecs = jobs.map(({ codec }) => codec);
    const targets = jobs.map(({ target = 0 }) => target);
    const places = jobs.map(({ place }) => place);
    const joined = isJoined ? this.#options.takeJoined?.(jobs.length, targets[0]) : undefined;
    const spare = isJoined ? (joined ? [joined] : []) : this.#spare.splice(-jobs.length);
    const isShared = this.#options.setup.shared !== undefined;
    const message = {
      kind: "decode",
      id,
      bytes: input,
      lengths,
      codecs,
      targets,
      places,
      spare,
      isJoined,
      ...(isShared ? { offsets: jobs.map(({ offset = 0 }) => offset) } : {}),
    } as const;
    member.thread!.post(message, [input, ...spare]);
  }

  #takeInput(least: number): ArrayBuffer {
    const index = this.#inputs.findLastIndex(({ byteLength }) => byteLength >= least);
    if (index >= 0) return this.#inputs.splice(index, 1)[0];
    // All are too short: one is given up for a longer one, with room for groups that are longer still.
    this.#inputs.pop();
    return new ArrayBuffer(Math.max(Math.ceil(least * 1.25), MIN_INPUT));
  }
}

function crashError(reason: unknown): ImageError {
  const message = reason instanceof Error ? reason.message : String(reason);
  return new ImageError("image/worker-crashed", {
    action: "decode",
    reason: `${MAX_CRASHES} workers have crashed on it, the last: ${message}`,
    cause: reason,
  });
}
