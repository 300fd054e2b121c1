/** What rows of the table are given: folders, servers, queues. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Engine, TaskMessage } from "../../../src/jobs/engine.ts";
import { openQueue, type QueueOptions } from "../../../src/jobs/bullmq/mod.ts";
import { checkFolder, countOutputs, makeFolders, type Outcome } from "./fake_task.ts";
import { type ServerKind, startServer, type TestServer } from "./servers.ts";

/** A row of the table. */
export interface Row {
  readonly name: string;
  /** Whether it is one of those that each submission runs. */
  readonly isQuick: boolean;
  /** What kinds of servers it needs. */
  readonly needs: readonly ServerKind[];
  /** @returns What it has found, in one line; fails by throwing. */
  run(context: Context): Promise<string>;
}

/** What a row works with. */
export interface Context {
  /** A folder of its own. */
  readonly folder: string;
  /** A server that others use, too; queues have names. */
  shared(kind: ServerKind): Promise<TestServer>;
  /** A server that nobody else uses. */
  own(kind: ServerKind, args?: readonly string[]): Promise<TestServer>;
  readonly seed: number;
  /** Throws if something took longer than it may; far longer where each submission runs it, on machines that are busy. */
  demandWithin(ms: number, mostMs: number, what: string): void;
}

/** Opens a queue for a while. */
export async function withQueue<T>(
  { url }: TestServer,
  options: QueueOptions,
  use: (queue: Engine) => Promise<T>,
): Promise<T> {
  const queue = await openQueue(url, options);
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}

/** A job of fake tasks. */
export class FakeJob {
  readonly out: string;
  readonly tasks: number;
  readonly key: string = "0".repeat(64);
  readonly plan: string;

  private constructor(out: string, tasks: number) {
    this.out = out;
    this.tasks = tasks;
    this.plan = join(out, ".wdstream/plan.json");
  }

  static async make(folder: string, tasks: number): Promise<FakeJob> {
    const out = join(folder, `job-${crypto.randomUUID().slice(0, 8)}`);
    await mkdir(out);
    await makeFolders(out);
    return new FakeJob(out, tasks);
  }

  /** Messages of the tasks whose outputs are not there. */
  async *missing(): AsyncGenerator<TaskMessage> {
    const { lost } = await checkFolder(this.out, this.tasks);
    for (const task of lost) yield { plan: this.plan, key: this.key, task };
  }

  count(): Promise<number> {
    return countOutputs(this.out);
  }

  check(): Promise<Outcome> {
    return checkFolder(this.out, this.tasks);
  }
}

/** Throws unless all is there, whole, and once. */
export function demandWhole({ lost, wrong, doubled, strange }: Outcome): void {
  if (lost.length + wrong.length + doubled.length + strange.length === 0) return;
  throw new Error(
    `${lost.length} lost (${lost.slice(0, 5)}), ${wrong.length} wrong (${wrong.slice(0, 5)}), ` +
      `${doubled.length} doubled (${doubled.slice(0, 5)}), ${strange.length} strange`,
  );
}

/** Throws unless a condition holds. */
export function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Starts servers for rows, and ends them. */
export class Servers {
  readonly #folder: string;
  readonly #shared = new Map<ServerKind, Promise<TestServer>>();
  readonly #own: TestServer[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  shared(kind: ServerKind): Promise<TestServer> {
    const server = this.#shared.get(kind) ?? startServer(kind, this.#folder);
    this.#shared.set(kind, server);
    return server;
  }

  async own(kind: ServerKind, args?: readonly string[]): Promise<TestServer> {
    const server = await startServer(kind, this.#folder, args);
    this.#own.push(server);
    return server;
  }

  /** Ends those of one row. */
  async closeOwn(): Promise<void> {
    for (const server of this.#own.splice(0)) await server.close();
  }

  async close(): Promise<void> {
    await this.closeOwn();
    for (const server of this.#shared.values()) await (await server).close();
  }
}
