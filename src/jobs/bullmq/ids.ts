/**
 * Names of tasks in a queue: a job's prefix, a dash, the number of the task.
 *
 * @module
 */
import { sha256 } from "../canonical.ts";
import type { QueuedJob, TaskMessage } from "../engine.ts";

/** 80 bits: no two jobs of a queue have one. */
const DIGITS = 20;

/** Makes and reads the names. */
export class TaskIds {
  readonly #prefixes = new Map<string, Promise<string>>();

  /** What the names of all tasks of a job begin with. */
  async prefixOf({ plan, key }: QueuedJob): Promise<string> {
    const text = `${plan}\n${key}`;
    const known = this.#prefixes.get(text);
    if (known !== undefined) return await known;
    const made = sha256(text).then((digest) => digest.slice(0, DIGITS));
    this.#prefixes.set(text, made);
    return await made;
  }

  /** The name of a task. */
  async idOf(message: TaskMessage): Promise<string> {
    return `${await this.prefixOf(message)}-${message.task}`;
  }
}

/** The prefix in a name. */
export function readPrefix(id: string): string {
  return id.slice(0, DIGITS);
}

/** The number in a name. */
export function readTask(id: string): number {
  return Number(id.slice(DIGITS + 1));
}
