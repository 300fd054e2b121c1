/**
 * Workers that make images smaller.
 *
 * @module
 */
import { ImageError } from "../errors.ts";
import { reviveError } from "../workers/error_record.ts";
import {
  listenTo,
  spawnThread,
  type WorkerListener,
  type WorkerThread,
} from "../workers/thread.ts";
import { type WatchedState, type WorkerState, WorkerStates } from "../workers/state.ts";
import { type ResizedFile, resizeFile, type ResizeSettings } from "./resize_image.ts";
import type { ResizeAnswer, ResizeQuestion } from "./resize_main.ts";
import type { MaskSizes } from "./resize_mask.ts";

interface Job {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Sizes of its image, where it is a mask. */
  readonly mask?: MaskSizes;
  /** Workers that have ended while it was all that they had to do. */
  crashes: number;
  resolve(answer: Omit<ResizeAnswer, "id">): void;
  reject(error: unknown): void;
}

interface Member {
  readonly thread: WorkerThread;
  readonly jobs: Map<number, Job>;
  /** Whether it has answered anything, ever. */
  isProven: boolean;
  readonly state: WatchedState;
}

/** One that is worked on, and one so that the worker need not wait for the next. */
const JOBS_PER_WORKER = 2;

/** An image may have met a worker that was to crash anyway, but hardly two. */
const MAX_CRASHES = 2;

const startWorker = (listener: WorkerListener): Promise<WorkerThread> =>
  typeof globalThis.Worker === "function"
    // Bundlers know a worker by this very expression.
    ? Promise.resolve(
      listenTo(
        new Worker(new URL("./resize_worker.js", import.meta.url), { type: "module" }),
        listener,
      ),
    )
    : spawnThread(new URL("./resize_worker.js", import.meta.url), listener);

/** Makes images smaller in threads of their own; where there are none, in this one. */
export class ResizePool {
  readonly #settings: ResizeSettings;
  readonly #members = new Set<Member>();
  readonly #waiting: Job[] = [];
  readonly #states: WorkerStates;
  #starting = 0;
  #nextId = 0;
  #isClosed = false;

  /** @param workers Number of threads; with 0 this one does all. */
  constructor(workers: number, settings: ResizeSettings) {
    this.#settings = settings;
    this.#states = new WorkerStates(workers);
    for (let i = 0; i < workers; i++) this.#addMember();
  }

  /** What each worker is doing. */
  get states(): readonly WorkerState[] {
    return this.#states.all;
  }

  /**
   * Makes a file smaller.
   *
   * @returns Nothing where it is to stay as it is.
   * @throws {ImageError} As {@linkcode resizeFile}; `image/worker-crashed` if two workers crashed on it.
   */
  async resize(bytes: Uint8Array, name: string): Promise<ResizedFile | undefined> {
    return (await this.#ask({ bytes, name })).file;
  }

  /**
   * Makes a mask as small as its image was made.
   *
   * @throws {ImageError} As `resizeMaskFile()`; `image/worker-crashed` if two workers crashed on it.
   */
  async resizeMask(
    bytes: Uint8Array,
    name: string,
    mask: MaskSizes,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#ask({ bytes, name, mask })).mask!;
  }

  #ask(file: Pick<Job, "bytes" | "name" | "mask">): Promise<Omit<ResizeAnswer, "id">> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...file, crashes: 0, resolve, reject });
      this.#dispatch();
    });
  }

  /** Ends all workers at once, whatever they are doing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const threads = [...this.#members].map(({ thread }) => thread);
    this.#members.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  async #addMember(): Promise<void> {
    this.#starting++;
    let member: Member | undefined;
    try {
      const thread = await startWorker({
        onMessage: (message) => this.#receive(member!, message as unknown as ResizeAnswer),
        onEnd: (reason) => member && this.#endMember(member, reason),
      });
      member = { thread, jobs: new Map(), isProven: false, state: this.#states.begin() };
      if (this.#isClosed) return void thread.terminate();
      this.#members.add(member);
    } catch {
      // The runtime has no workers, or forbids them.
    } finally {
      this.#starting--;
    }
    this.#dispatch();
  }

  #receive(member: Member, { id, fault, ...answer }: ResizeAnswer): void {
    const job = member.jobs.get(id);
    member.jobs.delete(id);
    member.state.images++;
    member.state.busySinceMs = member.jobs.size > 0 ? performance.now() : undefined;
    member.isProven = true;
    if (fault === undefined) job?.resolve(answer);
    else job?.reject(reviveError(fault));
    this.#dispatch();
  }

  #endMember(member: Member, reason: unknown): void {
    if (!this.#members.delete(member) || this.#isClosed) return;
    this.#states.end(member.state);
    void member.thread.terminate();
    const jobs = [...member.jobs.values()];
    // Which of two it was, nobody knows: each is tried again with nothing beside it.
    const isAlone = jobs.length === 1;
    for (const job of jobs.reverse()) {
      if (member.isProven || isAlone) job.crashes++;
      if (job.crashes < MAX_CRASHES + 1) this.#waiting.unshift(job);
      else job.reject(crashError(reason));
    }
    // One that never answered would not the next time either.
    if (member.isProven) void this.#addMember();
    this.#dispatch();
  }

  #dispatch(): void {
    while (!this.#isClosed && this.#waiting.length > 0) {
      const [job] = this.#waiting;
      const free = this.#findFree(job);
      if (free !== undefined) this.#send(free, this.#waiting.shift()!);
      else if (this.#members.size + this.#starting > 0) return;
      else this.#waiting.shift() && this.#runHere(job);
    }
  }

  #findFree({ crashes }: Job): Member | undefined {
    const limit = crashes > 0 ? 1 : JOBS_PER_WORKER;
    let free: Member | undefined;
    for (const member of this.#members) {
      const { size } = member.jobs;
      const isAlone = [...member.jobs.values()].some((other) => other.crashes > 0);
      if (size >= limit || isAlone) continue;
      if (free === undefined || size < free.jobs.size) free = member;
    }
    return free;
  }

  #send(member: Member, job: Job): void {
    const id = this.#nextId++;
    member.jobs.set(id, job);
    member.state.busySinceMs ??= performance.now();
    // A copy: its buffer may hold its neighbours, and it may be sent again.
    const bytes = job.bytes.slice() as Uint8Array<ArrayBuffer>;
    const { name, mask } = job;
    const question: ResizeQuestion = { id, bytes, name, settings: this.#settings, mask };
    member.thread.post(question as never, [bytes.buffer]);
  }

  #runHere({ bytes, name, mask, resolve, reject }: Job): void {
    const made = mask === undefined
      ? resizeFile(bytes, name, this.#settings).then((file) => ({ file }))
      : import("./resize_mask.ts").then(async ({ resizeMaskFile }) => ({
        mask: await resizeMaskFile(bytes, name, mask),
      }));
    made.then(resolve, reject);
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
