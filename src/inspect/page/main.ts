/**
 * The page: a shard is dropped, chosen or named, and looked through by a worker.
 *
 * @module
 */
/// <reference lib="dom" />
import type { Phase, Problem, State } from "../messages.ts";
import { find, say } from "./dom.ts";
import { formatBytes, formatCount, formatNoun, formatShare } from "./format.ts";
import { Problems, Verification } from "./problems.ts";
import { Results } from "./results.ts";
import { SampleView } from "./sample_view.ts";
import { Samples } from "./samples.ts";
import { type Heard, prepareWorker, ShardWorker } from "./shard_worker.ts";

let worker: ShardWorker | undefined;
let state: State | undefined;
let announced: Phase | undefined;

const problems = new Problems();
const verification = new Verification();
const samples = new Samples((sample) => worker && void view.open(worker, sample));
const view = new SampleView((place) => samples.focus(place));
const results = new Results((label) => {
  const chosen = samples.label === label ? undefined : label;
  samples.choose(chosen);
  results.mark(chosen);
});

/** Looks through another shard; that before is let go of, wherever it was. */
function open(shard: Blob | string): void {
  close();
  find("progress").hidden = false;
  find("name").textContent = typeof shard === "string" ? shard : (shard as File).name;
  say(find("status"), "Opening…");
  worker = new ShardWorker(shard, {
    onMessage: hear,
    onCrash(why) {
      worker?.end();
      worker = undefined;
      const advice = "Open the shard again; reload the page if that is of no use.";
      problems.add({ message: `The page's worker has ended: ${why}`, advice });
      find("progress").hidden = true;
      announce("The worker has ended.");
    },
  });
  samples.begin(worker);
}

function close(): void {
  worker?.end();
  worker = state = announced = undefined;
  problems.clear();
  verification.clear();
  samples.begin(undefined);
  view.clear();
  results.clear();
  for (const id of ["progress", "verify", "stop", "continue", "whole"]) {
    find(id).hidden = true;
  }
}

function hear(message: Heard): void {
  switch (message.type) {
    case "state":
      return showState(message.state);
    case "problem":
      return showProblem(message.problem);
    case "picture":
      return samples.put(message.place, message.picture);
    case "verifying": {
      const end = verification.show(
        message.verifying,
        state && (state.unpackedBytes ?? state.sizeBytes),
      );
      if (end !== undefined) announce(end);
    }
  }
}

function showProblem(problem: Problem): void {
  problems.add(problem);
  announce(problem.message);
  if (problem.mayReadWhole) find("whole").hidden = false;
}

function showState(next: State): void {
  state = next;
  const { phase, name, summary, canContinue } = next;
  find("name").textContent = name;
  const isBusy = phase === "opening" || phase === "reading" || phase === "unpacking";
  const text = describe(next);
  say(find("status"), text, phase === "failed");
  showBar(next, isBusy);
  const hadFocus = document.activeElement === find("stop");
  find("stop").hidden = !isBusy;
  find("continue").hidden = isBusy || !canContinue;
  if (isBusy || phase === "done") find("whole").hidden = true;
  if (hadFocus && !isBusy) find(canContinue ? "continue" : "file").focus();
  find("verify").hidden = isBusy || summary.samples === 0 && phase !== "done";
  results.show(next);
  samples.follow(next);
  if (announced !== phase && (!isBusy || phase === "reading")) announce(`${name}: ${text}`);
  announced = phase;
}

/** What the worker does, in words. */
function describe(state: State): string {
  const { phase, positionBytes, sizeBytes, unpackedBytes, summary, isDamaged } = state;
  const count = formatNoun(summary.samples, "sample");
  const of = sizeBytes === undefined ? "" : ` of ${formatBytes(sizeBytes)}`;
  switch (phase) {
    case "opening":
      return "Opening…";
    case "unpacking": {
      const share = sizeBytes === undefined ? "" : `${formatShare(positionBytes, sizeBytes)}, `;
      const unpacked = unpackedBytes === undefined
        ? ""
        : `, unpacked ${formatBytes(unpackedBytes)}`;
      return `Reading all of it: ${share}${formatBytes(positionBytes)}${of}${unpacked}`;
    }
    case "reading": {
      const all = unpackedBytes ?? sizeBytes;
      const share = all === undefined ? "" : `${formatShare(positionBytes, all)}, `;
      return `Reading headers: ${share}${count} so far`;
    }
    case "stopped":
      return `Stopped: ${count} up to byte ${formatCount(positionBytes)}${of}`;
    case "paused":
      return `Paused for what was fetched, ${formatBytes(state.readBytes)}: ${count} up to byte ${
        formatCount(positionBytes)
      }${of}. Go on reads further.`;
    case "failed":
      return `It cannot be read${summary.samples === 0 ? "" : ` further: ${count} so far`}`;
    case "done":
      return isDamaged
        ? `Looked through up to the damage at byte ${formatCount(positionBytes)}: ${count}`
        : `Looked through${state.isIndexed ? " by its index" : ""}: ${count}`;
  }
}

function showBar({ phase, positionBytes, sizeBytes, unpackedBytes }: State, isBusy: boolean): void {
  const bar = find<HTMLProgressElement>("bar");
  bar.hidden = !isBusy;
  const all = phase === "unpacking" ? sizeBytes : unpackedBytes ?? sizeBytes;
  if (phase === "opening" || !all) bar.removeAttribute("value");
  else bar.value = Math.min(1, positionBytes / all);
}

/** Says it to those who do not see the page; progress is not said again and again. */
function announce(text: string): void {
  find("announce").textContent = text;
}

function openFiles(items: DataTransfer | null): void {
  const [file] = items?.files ?? [];
  const text = items?.getData("text/uri-list") || items?.getData("text/plain") || "";
  if (file === undefined) {
    if (/^https?:/.test(text.trim())) open(text.trim().split(/\s/)[0]);
    return;
  }
  const isFolder = items?.items[0]?.webkitGetAsEntry?.()?.isDirectory === true;
  if (isFolder) {
    close();
    return showProblem({
      message: `"${file.name}" is a folder.`,
      advice: `Drop a shard, a .tar. "wdstream pack" makes shards of a folder.`,
    });
  }
  open(file);
  const { length } = items!.files;
  if (length > 1) {
    problems.add({
      message: `${length} files were dropped: this is the first.`,
      advice: 'For many shards there are "wdstream serve", "wdstream stats" and "wdstream verify".',
    });
  }
}

/** Where an address leads: what is no URL is below the page's own origin, as in the address of the page. */
function openAddress(): void {
  const text = find<HTMLInputElement>("address").value.trim();
  if (text === "") return find("address").focus();
  const base = document.baseURI;
  open(!URL.canParse(text) && URL.canParse(text, base) ? new URL(text, base).href : text);
}

function listen(): void {
  const drop = find("drop");
  let depth = 0;
  const mark = (by: number): void => {
    depth = Math.max(0, depth + by);
    drop.classList.toggle("over", depth > 0);
  };
  // Anywhere on the page: a file that misses the box would be opened in the page's place.
  addEventListener("dragenter", () => mark(1));
  addEventListener("dragleave", () => mark(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    mark(-depth);
    openFiles(event.dataTransfer);
  });
  const input = find<HTMLInputElement>("file");
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    open(file);
    // The same file can be chosen again.
    input.value = "";
  });
  find("address-form").addEventListener("submit", (event) => {
    event.preventDefault();
    openAddress();
  });
  find("stop").addEventListener("click", () => worker?.send({ type: "stop" }));
  find("continue").addEventListener("click", () => worker?.send({ type: "continue" }));
  find("whole").addEventListener("click", () => worker?.send({ type: "readWhole" }));
  find("verify-start").addEventListener("click", () => {
    verification.begin();
    worker?.send({ type: "verify" });
  });
  find("verify-stop").addEventListener("click", () => worker?.send({ type: "stopVerifying" }));
  find("all-classes").addEventListener("click", () => {
    samples.choose(undefined);
    results.mark(undefined);
  });
  const help = find<HTMLDialogElement>("help");
  find("help-button").addEventListener("click", () => help.showModal());
  find("help-close").addEventListener("click", () => help.close());
  addEventListener("keydown", (event) => {
    if (pressKey(event)) event.preventDefault();
  });
}

/** Does what a key stands for; says whether it stands for anything. */
function pressKey({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  const help = find<HTMLDialogElement>("help");
  if (ctrlKey || metaKey || altKey || help.open) return false;
  const focused = document.activeElement;
  const isField = focused instanceof HTMLInputElement && focused.type === "text";
  if (isField) {
    if (key === "Escape") focused.blur();
    return key === "Escape";
  }
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[key];
  if (view.place !== undefined) {
    if (step !== undefined) showBeside(step);
    return step !== undefined;
  }
  if (step !== undefined) {
    // Where something scrolls, arrows scroll it.
    if (focused?.classList.contains("scroll") || samples.shown.length === 0) return false;
    const isInside = find("samples").contains(focused);
    if (!isInside && (key === "ArrowDown" || key === "ArrowUp")) return false;
    samples.move(key === "ArrowDown" || key === "ArrowUp" ? step * samples.columns : step);
    return true;
  }
  if (key === "n" || key === "p") samples.turn(key === "n");
  else if (key === "o") find<HTMLInputElement>("file").click();
  else if (key === "/") find("address").focus();
  else if (key === "?") help.showModal();
  else return false;
  return true;
}

/** Shows the sample beside the one that is shown. */
function showBeside(step: number): void {
  const at = samples.shown.findIndex(({ place }) => place === view.place);
  const sample = samples.shown[at + step];
  if (sample !== undefined && worker !== undefined) void view.open(worker, sample);
}

prepareWorker();
listen();
const given = new URLSearchParams(location.search).get("url");
if (given !== null) {
  find<HTMLInputElement>("address").value = given;
  openAddress();
}
