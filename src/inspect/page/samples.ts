/**
 * A page of samples, with pictures of those that can be seen.
 *
 * @module
 */
/// <reference lib="dom" />
import type { Fault, Listed, ListedSample, Picture, State } from "../messages.ts";
import { find, make, makeCanvas, say } from "./dom.ts";
import { formatBytes, formatCount, formatNoun } from "./format.ts";
import type { ShardWorker } from "./shard_worker.ts";

/** Samples of a page. */
const PAGE = 60;

/** Edge of a picture in pixels. */
const SIZE = 160;

/** Lists samples. */
export class Samples {
  readonly #onOpen: (sample: ListedSample) => void;
  readonly #observer: IntersectionObserver;
  #worker: ShardWorker | undefined;
  #listed: Listed | undefined;
  #label: number | undefined;
  #from = 0;
  #turn = 0;
  /** Where pictures go, of the samples that are on the page, by their places. */
  #frames = new Map<number, HTMLElement>();

  constructor(onOpen: (sample: ListedSample) => void) {
    this.#onOpen = onOpen;
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const place = Number((target as HTMLElement).dataset.place);
        if (isIntersecting) this.#worker?.send({ type: "show", place, size: SIZE });
        else this.#worker?.send({ type: "forget", place });
      }
    }, { rootMargin: "200px" });
    find("previous").addEventListener("click", () => this.turn(false));
    find("next").addEventListener("click", () => this.turn(true));
    find("from").addEventListener("change", () => {
      const text = find<HTMLInputElement>("from").value.trim();
      if (/^[0-9]{1,12}$/.test(text)) void this.#load(Number(text), "first");
    });
  }

  /** The samples that are on the page. */
  get shown(): readonly ListedSample[] {
    return this.#listed?.samples ?? [];
  }

  /** The class whose samples alone are listed. */
  get label(): number | undefined {
    return this.#label;
  }

  /** Lists those of a worker's shard, from a place on; of none, nothing. */
  begin(worker: ShardWorker | undefined, from = 0): void {
    this.#worker = worker;
    this.#listed = undefined;
    this.#label = undefined;
    this.#from = from;
    this.#turn++;
    this.#show([]);
    find("listing").hidden = true;
    find("all-classes").hidden = true;
  }

  /** More may be known by now. */
  follow({ summary, phase }: State): void {
    if (summary.samples === 0) return;
    find("listing").hidden = false;
    const isFull = this.shown.length === PAGE;
    // A place that is not known yet is waited for, unless nothing follows.
    if (this.#listed === undefined && (summary.samples > this.#from || phase !== "reading")) {
      void this.#load(this.#from < summary.samples ? this.#from : 0);
    }
    if (this.#listed === undefined) return;
    if (!isFull && phase !== "reading") void this.#load(this.#from);
    else if (!isFull && summary.samples >= 2 * this.shown.length) void this.#load(this.#from);
    else if (this.#label === undefined) this.#sayWhich(summary.samples);
  }

  /** Lists those of one class alone, or all. */
  choose(label: number | undefined): void {
    this.#label = label;
    find("all-classes").hidden = label === undefined;
    void this.#load(0, "first");
  }

  /** Goes to the next page, or to the one before. */
  turn(isForward: boolean): void {
    const button = find<HTMLButtonElement>(isForward ? "next" : "previous");
    if (button.disabled) return;
    find("listing").scrollIntoView({ block: "start" });
    void this.#load(
      Math.max(0, this.#from + (isForward ? PAGE : -PAGE)),
      isForward ? "first" : "last",
    );
  }

  /** Puts a picture into its frame, if that is still on the page. */
  put(place: number, picture: Picture | Fault): void {
    const frame = this.#frames.get(place);
    if (frame === undefined) return;
    if ("fault" in picture) {
      frame.textContent = picture.fault.startsWith("it has")
        ? picture.fault
        : "It does not decode.";
      frame.title = picture.fault;
      this.#observer.unobserve(frame);
      return;
    }
    const canvas = makeCanvas(picture);
    this.#observer.unobserve(frame);
    frame.replaceWith(canvas);
    this.#frames.delete(place);
  }

  /** Moves the focus by some samples; the first has it where none had. */
  move(step: number): void {
    const buttons = [...find("samples").querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = at < 0 ? 0 : Math.max(0, Math.min(buttons.length - 1, at + step));
    buttons[to]?.focus();
  }

  /** Gives the focus to a sample. */
  focus(place: number): void {
    const at = this.shown.findIndex((sample) => sample.place === place);
    find("samples").querySelectorAll("button")[at]?.focus();
  }

  /** Samples side by side. */
  get columns(): number {
    return getComputedStyle(find("samples")).gridTemplateColumns.split(" ").length;
  }

  async #load(from: number, focus?: "first" | "last"): Promise<void> {
    const turn = ++this.#turn;
    const label = this.#label;
    const query = { from, count: PAGE, ...(label === undefined ? {} : { label }) };
    const listed = await this.#worker?.list(query);
    if (listed === undefined || turn !== this.#turn) return;
    const before = this.#listed;
    // Of a page that fills, those that are there stay, with the focus and their pictures.
    const isMore = before !== undefined && focus === undefined &&
      JSON.stringify(before.query) === JSON.stringify(listed.query);
    this.#listed = listed;
    this.#from = from;
    this.#show(listed.samples, isMore ? before.samples.length : 0);
    this.#sayWhich(listed.total);
    const buttons = find("samples").querySelectorAll("button");
    if (focus !== undefined) buttons[focus === "first" ? 0 : buttons.length - 1]?.focus();
  }

  #show(samples: readonly ListedSample[], kept = 0): void {
    const list = find("samples");
    if (kept === 0) {
      this.#observer.disconnect();
      for (const place of this.#frames.keys()) this.#worker?.send({ type: "forget", place });
      this.#frames = new Map();
      list.replaceChildren();
    }
    list.append(...samples.slice(kept).map((sample) => this.#makeItem(sample)));
  }

  #makeItem(sample: ListedSample): HTMLElement {
    const { key, label, place, extensions, bytes, hasImage, index } = sample;
    const frame = make("div", { className: "none" });
    if (hasImage) {
      frame.dataset.place = String(place);
      this.#frames.set(place, frame);
      this.#observer.observe(frame);
    } else {
      frame.textContent = extensions.map((extension) => `.${extension}`).join(" ");
    }
    const name = label === undefined ? formatBytes(bytes) : `class ${label}`;
    const button = make(
      "button",
      { type: "button", title: key },
      frame,
      make(
        "div",
        { className: "caption" },
        make("div", { className: "name", textContent: name }),
        make("div", { className: "key", textContent: key }),
      ),
    );
    button.setAttribute("aria-label", `Sample ${index}, ${name}, ${key}`);
    button.addEventListener("click", () => this.#onOpen(sample));
    return make("li", {}, button);
  }

  #sayWhich(total: number): void {
    const { length } = this.shown;
    const of = this.#label === undefined ? "" : ` of class ${this.#label}`;
    const text = length === 0
      ? `There are no samples there: there are ${formatNoun(total, "sample")}${of}.`
      : `${formatCount(this.#from)} to ${formatCount(this.#from + length - 1)} of ${
        formatNoun(total, "sample")
      }${of}`;
    say(find("list-status"), text);
    find<HTMLButtonElement>("previous").disabled = this.#from === 0;
    find<HTMLButtonElement>("next").disabled = this.#from + length >= total || length === 0;
  }
}
