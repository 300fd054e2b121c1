/**
 * What is in a shard: figures, fields, classes, sizes.
 *
 * @module
 */
/// <reference lib="dom" />
import type { State, Summary } from "../messages.ts";
import { find, make, makeBar } from "./dom.ts";
import { nextStep } from "../worker/tally.ts";
import { formatBytes, formatCount, formatNoun, formatShare, formatStep } from "./format.ts";

/** Zeros that archivers put behind an archive's end. */
const USUAL_REST_BYTES = 64 << 10;

/** Shows results, and tells which class is chosen. */
export class Results {
  readonly #onLabel: (label: number) => void;
  #summary: Summary | undefined;
  #label: number | undefined;
  /** Samples of what is on the page: nothing is made anew that is the same, or nearly so while more come. */
  #shownSamples = 0;

  constructor(onLabel: (label: number) => void) {
    this.#onLabel = onLabel;
    find<HTMLInputElement>("by-count").addEventListener("change", () => this.#showClasses());
    // Of any number of classes, one is reached by Tab, the others by arrows.
    find("classes").addEventListener("keydown", (event) => {
      const to = findNext([...find("classes").querySelectorAll("button")], event.key);
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      to.focus();
    });
    find("classes").addEventListener("focusin", ({ target }) => setStop(target as HTMLElement));
  }

  /** Shows what is known by now. */
  show(state: State): void {
    const { summary } = state;
    this.#summary = summary;
    find("results").hidden = summary.samples === 0;
    find("cards").replaceChildren(
      ...listFigures(state).map(([what, value]) =>
        make(
          "div",
          {},
          make("dt", { textContent: what }),
          make("dd", { textContent: value }),
        )
      ),
    );
    const { samples } = summary;
    const isNews = state.phase === "reading"
      ? samples > 1.3 * this.#shownSamples
      : samples !== this.#shownSamples;
    if (!isNews) return;
    this.#shownSamples = samples;
    this.#showFields(summary);
    this.#showSizes(summary);
    this.#showClasses();
  }

  /** Shows nothing of the shard before. */
  clear(): void {
    this.#summary = undefined;
    this.#shownSamples = 0;
    this.#label = undefined;
    find("results").hidden = true;
  }

  /** Marks the class whose samples alone are listed. */
  mark(label: number | undefined): void {
    this.#label = label;
    for (const button of find("classes").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === String(label)));
    }
    if (label === undefined) setStop(find("classes").querySelector("button"));
  }

  #showFields({ fields, samples, otherFields }: Summary): void {
    const cell = (textContent: string): HTMLElement => make("td", { textContent });
    const rows = fields.map(({ extension, count, leastBytes, mostBytes, bytes }) =>
      make(
        "tr",
        {},
        make("th", { scope: "row", textContent: extension === "" ? "(none)" : `.${extension}` }),
        cell(count === samples ? "all" : `${formatCount(count)}, ${formatShare(count, samples)}`),
        cell(formatBytes(bytes)),
        cell(formatBytes(leastBytes)),
        cell(formatBytes(bytes / count)),
        cell(formatBytes(mostBytes)),
      )
    );
    if (otherFields > 0) {
      rows.push(
        make("tr", {}, make("th", { textContent: "others" }), cell(formatCount(otherFields))),
      );
    }
    find("fields").replaceChildren(...rows);
  }

  #showSizes({ sizes }: Summary): void {
    const most = Math.max(...sizes.map(([, count]) => count));
    find("sizes").replaceChildren(
      ...sizes.map(([least, count]) => makeRow(formatStep(least, nextStep(least)), count, most)),
    );
  }

  #showClasses(): void {
    const summary = this.#summary;
    if (summary === undefined) return;
    const { classes, classCounts, labelled, samples } = summary;
    find("classes-box").hidden = classes === 0;
    const isByCount = find<HTMLInputElement>("by-count").checked;
    const rows = isByCount
      ? [...classCounts].sort(([, one], [, other]) => other - one)
      : classCounts;
    const most = Math.max(...classCounts.map(([, count]) => count));
    const focused = document.activeElement instanceof HTMLButtonElement &&
        find("classes").contains(document.activeElement)
      ? document.activeElement.value
      : undefined;
    find("classes").replaceChildren(...rows.map(([label, count]) => {
      const button = make("button", {
        type: "button",
        value: String(label),
        textContent: `class ${label}`,
        tabIndex: -1,
      });
      button.setAttribute("aria-pressed", String(label === this.#label));
      button.addEventListener("click", () => this.#onLabel(label));
      return makeRow(button, count, most);
    }));
    setStop(find("classes").querySelector("button"));
    if (focused !== undefined) {
      find("classes").querySelector<HTMLButtonElement>(`button[value="${focused}"]`)?.focus();
    }
    const notes = [
      ...(classCounts.length < classes
        ? [`The first ${formatCount(classCounts.length)} of ${formatCount(classes)} classes.`]
        : []),
      ...(labelled < samples
        ? [`${formatCount(samples - labelled)} of ${formatCount(samples)} samples have no class.`]
        : []),
    ];
    find("classes-note").textContent = notes.join(" ");
  }
}

/** Makes one of the classes that which Tab leads to. */
function setStop(button: HTMLElement | null): void {
  const before = find("classes").querySelector<HTMLButtonElement>('button[tabindex="0"]');
  if (before !== null) before.tabIndex = -1;
  if (button !== null) button.tabIndex = 0;
}

/** The button that a key leads to from the one that has the focus. */
function findNext(buttons: readonly HTMLElement[], key: string): HTMLElement | undefined {
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  const last = buttons.length - 1;
  const to =
    { ArrowDown: Math.min(last, at + 1), ArrowUp: Math.max(0, at - 1), Home: 0, End: last }[
      key
    ];
  return to === undefined ? undefined : buttons[to];
}

function makeRow(name: string | HTMLElement, count: number, most: number): HTMLElement {
  return make(
    "li",
    {},
    make("span", {}, name),
    makeBar(count / most),
    make("span", { className: "count", textContent: formatCount(count) }),
  );
}

function listFigures(state: State): [what: string, value: string][] {
  const { summary, sizeBytes, unpackedBytes, readBytes, requests, restBytes } = state;
  const { isRemote, isIndexed } = state;
  const { samples, bytes, classes } = summary;
  return [
    ["samples", formatCount(samples)],
    ["classes", classes === 0 ? "none" : formatCount(classes)],
    ["in their fields", formatBytes(bytes)],
    ["a sample, on average", samples === 0 ? "–" : formatBytes(bytes / samples)],
    ...(sizeBytes === undefined ? [] : [["size of the file", formatBytes(sizeBytes)] as const]),
    ...(unpackedBytes === undefined ? [] : [["unpacked", formatBytes(unpackedBytes)] as const]),
    ...(isIndexed ? [] : [
      [
        `read for this, by ${formatNoun(requests, isRemote ? "request" : "read")}`,
        formatBytes(readBytes),
      ] as const,
    ]),
    ...(restBytes > USUAL_REST_BYTES
      ? [["behind its end, which no reader sees", formatBytes(restBytes)] as const]
      : []),
  ].map(([what, value]) => [what, value]);
}
