/**
 * What is wrong: problems of reading, and what a verification has found.
 *
 * @module
 */
/// <reference lib="dom" />
import type { FoundFault, Problem, Verifying } from "../messages.ts";
import { find, make, say } from "./dom.ts";
import { formatBytes, formatCount, formatNoun, formatShare } from "./format.ts";

/** Shows problems as they are told. */
export class Problems {
  #count = 0;

  /** Adds one. */
  add({ message, advice, code }: Problem): void {
    this.#count++;
    find("problems").hidden = false;
    find("problems-title").textContent = formatNoun(this.#count, "problem");
    const item = make("li", {}, message);
    if (advice !== undefined) {
      item.append(make("span", { className: "advice", textContent: advice }));
    }
    if (code !== undefined) item.title = code;
    find("problem-list").append(item);
  }

  /** Takes all of them away. */
  clear(): void {
    this.#count = 0;
    find("problems").hidden = true;
    find("problem-list").replaceChildren();
  }
}

/** How a verification ends. */
const ENDS: Readonly<Record<Verifying["phase"], string>> = {
  verifying: "Verifying: ",
  stopped: "Cancelled: ",
  done: "All of it was read: ",
  failed: "It could not be read to its end: ",
};

/** What a verification is of. */
export interface Verified {
  /** Bytes of all shards, where that is known. */
  readonly allBytes: number | undefined;
  /** Name of each shard by its number, where they are several. */
  readonly names: ReadonlyMap<number, string>;
}

/** Shows a verification. */
export class Verification {
  #listed = 0;
  #phase: Verifying["phase"] | undefined;

  /** Begins anew. */
  clear(): void {
    this.#listed = 0;
    this.#phase = undefined;
    find("findings").replaceChildren();
    say(find("verify-status"), "");
    this.#showButtons(false);
    find("verify-bar").hidden = true;
  }

  /** A visitor has asked for it. */
  begin(): void {
    this.clear();
    this.#showButtons(true);
    find("verify-bar").hidden = false;
    find<HTMLProgressElement>("verify-bar").removeAttribute("value");
    say(find("verify-status"), "Verifying…");
    find("verify-stop").focus();
  }

  /**
   * Shows how far it is.
   *
   * @returns What to say aloud, where it has ended.
   */
  show(state: Verifying, { allBytes, names }: Verified): string | undefined {
    const { phase, readBytes, samples, images, shards, counts, findings } = state;
    const found = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const isRunning = phase === "verifying";
    const bar = find<HTMLProgressElement>("verify-bar");
    bar.hidden = !isRunning;
    if (allBytes !== undefined && allBytes > 0) bar.value = Math.min(1, readBytes / allBytes);
    const share = isRunning && allBytes !== undefined
      ? `${formatShare(Math.min(readBytes, allBytes), allBytes)}, `
      : "";
    const checks = Object.entries(counts).map(([check, count]) => `${check} ${formatCount(count)}`);
    const which = names.size < 2
      ? ""
      : `${formatCount(shards.length)} of ${formatNoun(names.size, "shard")}, `;
    const text = `${ENDS[phase]}${share}${which}${formatNoun(samples, "sample")}, ${
      formatNoun(images, "image")
    }, ${formatBytes(readBytes)}; ${
      found === 0
        ? "nothing is wrong" + (phase === "done" ? "" : " so far")
        : `${formatNoun(found, "fault")}` + (checks.length > 0 ? ` (${checks.join(", ")})` : "")
    }.`;
    say(find("verify-status"), text, found > 0 && !isRunning);
    for (const finding of findings) this.#add(finding, names);
    if (!isRunning && found > this.#listed) {
      find("findings").append(
        make("li", {}, `… and ${formatCount(found - this.#listed)} more.`),
      );
    }
    const hadFocus = document.activeElement === find("verify-stop");
    this.#showButtons(isRunning);
    if (!isRunning && hadFocus) find("verify-start").focus();
    const isEnd = !isRunning && this.#phase !== phase;
    this.#phase = phase;
    return isEnd ? text : undefined;
  }

  #add(
    { check, message, key, offsetBytes, shard = -1 }: FoundFault,
    names: Verified["names"],
  ): void {
    this.#listed++;
    const name = names.get(shard);
    const where = [
      check,
      ...(name === undefined || names.size < 2 ? [] : [name]),
      ...(key === undefined ? [] : [key]),
      ...(offsetBytes === undefined ? [] : [`byte ${formatCount(offsetBytes)}`]),
    ].join(" · ");
    find("findings").append(
      make("li", {}, message, make("span", { className: "where", textContent: where })),
    );
  }

  #showButtons(isRunning: boolean): void {
    find("verify-start").hidden = isRunning;
    find("verify-stop").hidden = !isRunning;
  }
}
