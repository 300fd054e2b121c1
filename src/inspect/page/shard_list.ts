/**
 * The shards that are open, where they are several: how far each is, what it has, and which one is shown.
 *
 * @module
 */
/// <reference lib="dom" />
import type { Problem, State, VerifiedShard } from "../messages.ts";
import { find, make, say } from "./dom.ts";
import { formatBytes, formatCount, formatNoun, formatShare } from "./format.ts";
import type { ShardWorker } from "./shard_worker.ts";

/** A shard that is open. */
export interface OpenShard {
  readonly worker: ShardWorker;
  /** What it is called, which the worker may know better. */
  name: string;
  /** Where it lies, of those that are no files. */
  readonly address: string | undefined;
  state?: State;
  readonly problems: Problem[];
  /** What a verification has found, where it came to the shard. */
  verified?: VerifiedShard;
}

/** Whether something is being read of a shard. */
export function isBusy({ state }: OpenShard): boolean {
  const phase = state?.phase ?? "opening";
  return phase === "opening" || phase === "reading" || phase === "unpacking";
}

/** What each is called: files of two folders may have one name, and are told apart by a number, as a verification does. */
export function nameShards(shards: readonly OpenShard[]): ReadonlyMap<OpenShard, string> {
  const taken = new Set<string>();
  return new Map(shards.map((shard) => {
    let { name } = shard;
    for (let i = 2; taken.has(name); i++) name = `${shard.name} (${i})`;
    taken.add(name);
    return [shard, name];
  }));
}

/** Shows the list. */
export class ShardList {
  readonly #onChoose: (shard: OpenShard) => void;
  readonly #onClose: (shard: OpenShard) => void;
  readonly #rows = new Map<OpenShard, Row>();

  constructor(onChoose: (shard: OpenShard) => void, onClose: (shard: OpenShard) => void) {
    this.#onChoose = onChoose;
    this.#onClose = onClose;
  }

  /** Shows shards, of which one is chosen. */
  show(shards: readonly OpenShard[], chosen: OpenShard | undefined): void {
    find("shards").hidden = shards.length < 2;
    for (const [shard, row] of this.#rows) {
      if (shards.includes(shard)) continue;
      row.item.remove();
      this.#rows.delete(shard);
    }
    for (const [shard, name] of nameShards(shards)) {
      let row = this.#rows.get(shard);
      if (row === undefined) {
        row = this.#makeRow(shard);
        this.#rows.set(shard, row);
        find("shard-list").append(row.item);
      }
      fillRow(row, shard, name, shard === chosen);
    }
    if (shards.length > 1) say(find("shards-sum"), sum(shards));
  }

  /** Gives the focus to a shard. */
  focus(shard: OpenShard): void {
    this.#rows.get(shard)?.choose.focus();
  }

  #makeRow(shard: OpenShard): Row {
    const choose = make("button", { type: "button", className: "choose" });
    choose.addEventListener("click", () => this.#onChoose(shard));
    const close = make("button", { type: "button", className: "close", textContent: "✕" });
    close.addEventListener("click", () => this.#onClose(shard));
    const [status, faults] = [
      make("span", { className: "state" }),
      make("span", { className: "faults" }),
    ];
    return { item: make("li", {}, choose, status, faults, close), choose, close, status, faults };
  }
}

interface Row {
  readonly item: HTMLElement;
  readonly choose: HTMLButtonElement;
  readonly close: HTMLButtonElement;
  readonly status: HTMLElement;
  readonly faults: HTMLElement;
}

function fillRow(
  { choose, close, status, faults }: Row,
  shard: OpenShard,
  name: string,
  isChosen: boolean,
): void {
  say(choose, name);
  choose.title = name;
  choose.setAttribute("aria-pressed", String(isChosen));
  close.setAttribute("aria-label", `Close ${name}`);
  say(status, describe(shard), shard.state?.phase === "failed");
  const found = listFaults(shard);
  say(faults, found, found !== "" && found !== "nothing wrong");
}

function describe(shard: OpenShard): string {
  const { state } = shard;
  if (state === undefined) return "waiting";
  const { phase, summary, positionBytes, sizeBytes, unpackedBytes } = state;
  const count = formatNoun(summary.samples, "sample");
  if (phase === "failed" && summary.samples === 0) return "cannot be read";
  if (phase === "opening") return "opening…";
  const all = phase === "unpacking" ? sizeBytes : unpackedBytes ?? sizeBytes;
  if (isBusy(shard)) {
    return `${all === undefined ? "" : `${formatShare(positionBytes, all)}, `}${count} so far`;
  }
  const bytes = `${count}, ${formatBytes(summary.bytes)}`;
  return phase === "done" ? bytes : `${bytes}, ${phase}`;
}

function listFaults({ problems, verified }: OpenShard): string {
  return [
    ...(problems.length > 0 ? [formatNoun(problems.length, "problem")] : []),
    ...(verified === undefined
      ? []
      : [verified.faults === 0 ? "nothing wrong" : formatNoun(verified.faults, "fault")]),
  ].join(", ");
}

function sum(shards: readonly OpenShard[]): string {
  let [samples, bytes, problems, failed] = [0, 0, 0, 0];
  for (const { state, problems: own } of shards) {
    samples += state?.summary.samples ?? 0;
    bytes += state?.summary.bytes ?? 0;
    problems += own.length;
    if (state?.phase === "failed") failed++;
  }
  const left = shards.filter(isBusy).length;
  return [
    formatNoun(shards.length, "shard"),
    formatNoun(samples, "sample"),
    formatBytes(bytes),
    ...(problems > 0 ? [formatNoun(problems, "problem")] : []),
    ...(failed > 0 ? [`${formatCount(failed)} cannot be read`] : []),
    ...(left > 0 ? [`${formatCount(left)} still being read`] : []),
  ].join(" · ");
}
