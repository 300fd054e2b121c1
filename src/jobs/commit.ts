/**
 * How a task puts what it has made in place: whole, once, and the same whoever was first.
 *
 * @module
 */
import { JobError } from "../errors.ts";
import type { Source } from "../storage/source.ts";
import { createDraft, type ObjectDraft, type Store } from "../storage/store.ts";
import { type Digester, digestObject, makeDigester, type ObjectDigest } from "./digest.ts";
import { draftName, type ReceiptOutput } from "./receipt.ts";

/** An output that is being written. */
export interface TaskOutput extends ObjectDraft {
  /** Name in the store of the job. */
  readonly name: string;
  /**
   * Whether other bytes than those that were written are there by its name, of one who was first and need not make the
   * same. Known when it is finished.
   */
  readonly isOther: boolean;
  /** What is there by its name. */
  open(): Source;
}

/** What is the same for all outputs of a task. */
export interface CommitOptions {
  readonly store: Store;
  readonly task: number;
  /** Whether what is there already must have the same bytes. */
  readonly isExact: boolean;
  readonly signal: AbortSignal | undefined;
}

/** The outputs of one task, from draft to place. */
export class Commit {
  /** What is in place. */
  readonly outputs: ReceiptOutput[] = [];
  /** Whether this task has put something there. */
  hasPut = false;
  readonly #options: CommitOptions;
  readonly #open = new Set<ObjectDraft>();

  constructor(options: CommitOptions) {
    this.#options = options;
  }

  /** Begins an output under a name of its own. */
  async create(name: string): Promise<TaskOutput> {
    const { store, task, signal } = this.#options;
    const digester = await makeDigester();
    const options = { ifAbsent: true, draft: draftName(task), signal };
    const draft = await createDraft(store, name, options);
    this.#open.add(draft);
    let sizeBytes = 0;
    let isOther = false;
    return {
      name,
      get isOther() {
        return isOther;
      },
      open: () => store.open(name),
      async write(bytes) {
        digester.update(bytes);
        sizeBytes += bytes.length;
        await draft.write(bytes);
      },
      finish: async () => {
        this.#open.delete(draft);
        isOther = await this.#finish(name, draft, sizeBytes, digester);
        return true;
      },
      discard: async () => {
        this.#open.delete(draft);
        await draft.discard();
      },
    };
  }

  /** Leaves nothing of what is not in place. */
  async discard(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    for (const draft of open) await draft.discard().catch(() => {});
  }

  /** Puts a draft in place. Gives whether other bytes are there, and may be. */
  async #finish(
    name: string,
    draft: ObjectDraft,
    sizeBytes: number,
    digester: Digester,
  ): Promise<boolean> {
    const { store, isExact, signal } = this.#options;
    const own: ObjectDigest = { sizeBytes, sha256: await digester.digest() };
    if (await draft.finish()) {
      this.hasPut = true;
      this.outputs.push({ name, ...own });
      return false;
    }
    // One that was killed before its receipt, one that was taken for dead, or one that was faster.
    const there = await digestObject(store.open(name), signal);
    const isSame = there.sha256 === own.sha256;
    if (!isSame && isExact) throw differsError(name, own, there);
    this.outputs.push({ name, ...there });
    return !isSame;
  }
}

/** The error where what is there is not what was made, and should be. */
export function differsError(name: string, own: ObjectDigest, there: ObjectDigest): JobError {
  const tell = ({ sizeBytes, sha256 }: ObjectDigest): string => `${sha256} (${sizeBytes} bytes)`;
  return new JobError("job/differs", {
    action: `put "${name}" in place`,
    reason: `what is there has the digest ${tell(there)}, and what was made ${tell(own)}: ` +
      "it was changed, is another job's, or what makes it does not make the same each time",
    shard: name,
  });
}
