/**
 * The page: shards are dropped, chosen or named, and looked through by a worker.
 *
 * @module
 */
/// <reference lib="dom" />
import type { ListedSample, Phase, Problem, State, Verifying } from "../messages.ts";
import { find, say } from "./dom.ts";
import { formatBytes, formatCount, formatNoun, formatShare } from "./format.ts";
import { galleryAddress, isInGallery } from "./gallery_links.ts";
import { type Given, listAddresses, listChosen, listDropped, MOST_SHARDS } from "./given.ts";
import { Problems, Verification } from "./problems.ts";
import { Results } from "./results.ts";
import { SampleView } from "./sample_view.ts";
import { Samples } from "./samples.ts";
import { isBusy, nameShards, type OpenShard, ShardList } from "./shard_list.ts";
import { type Heard, prepareWorker, ShelfWorker } from "./shard_worker.ts";

let shelf: ShelfWorker | undefined;
let shards: OpenShard[] = [];
/** The one that is shown. */
let chosen: OpenShard | undefined;
/** What is wrong with what was given, and with no shard. */
let general: readonly Problem[] = [];
let announced: Phase | undefined;

const problems = new Problems();
const verification = new Verification();
const samples = new Samples((sample) => showSample(sample));
const view = new SampleView((place) => samples.focus(place));
const results = new Results((label) => {
  const other = samples.label === label ? undefined : label;
  samples.choose(other);
  results.mark(other);
});
const list = new ShardList((shard) => choose(shard), (shard) => closeOne(shard));

/**
 * Looks through shards; those before are let go of, wherever they were, unless these come beside them.
 *
 * @param from Number of the sample from which the first one is listed.
 */
function open(given: Given, from = 0): void {
  const isAdded = shelf !== undefined && find<HTMLInputElement>("add").checked;
  if (!isAdded) closeAll();
  const room = MOST_SHARDS - shards.length;
  general = [...isAdded ? general : [], ...given.problems];
  if (given.shards.length > room) {
    general = [...general, { message: `No more than ${formatCount(MOST_SHARDS)} are kept open.` }];
  }
  if (given.shards.length > 0) shelf ??= startShelf();
  // What was found before was not found of these.
  verification.clear();
  for (const shard of shards) shard.verified = undefined;
  for (const each of given.shards.slice(0, room)) {
    const shard: OpenShard = {
      worker: shelf!.open(each, (message) => hear(shard, message)),
      name: typeof each === "string" ? each : (each as File).name,
      address: typeof each === "string" ? each : undefined,
      problems: [],
    };
    shards.push(shard);
  }
  find("add-box").hidden = shards.length === 0;
  const next = isAdded ? chosen ?? shards[0] : shards[0];
  if (next === undefined) return showProblems();
  choose(next, from);
  if (shards.length > 1) announce(`${formatNoun(shards.length, "shard")} are open.`);
}

function startShelf(): ShelfWorker {
  return new ShelfWorker({
    onVerifying: showVerifying,
    onCrash(why) {
      closeAll();
      const advice = "Open the shard again; reload the page if that is of no use.";
      problems.add({ message: `The page's worker has ended: ${why}`, advice });
      announce("The worker has ended.");
    },
  });
}

/** Shows one of the shards that are open. */
function choose(shard: OpenShard, from = 0): void {
  chosen = shard;
  announced = undefined;
  view.clear();
  results.clear();
  samples.begin(shard.worker, from);
  for (const id of ["stop", "continue", "whole"]) find(id).hidden = true;
  find("progress").hidden = false;
  find("name").textContent = nameShards(shards).get(shard) ?? shard.name;
  say(find("status"), "Opening…");
  find("gallery").setAttribute("href", galleryAddress(shard.address ?? ""));
  showProblems();
  list.show(shards, chosen);
  showVerify();
  if (shard.state !== undefined) showState(shard, shard.state);
}

/** Lets go of one shard. */
function closeOne(shard: OpenShard): void {
  const at = shards.indexOf(shard);
  if (shards.length === 1) return closeAll();
  shelf?.close(shard.worker);
  shards = shards.filter((each) => each !== shard);
  const next = shards[Math.min(at, shards.length - 1)];
  if (chosen === shard) choose(next);
  else if (chosen?.state !== undefined) showState(chosen, chosen.state);
  list.show(shards, chosen);
  showVerify();
  list.focus(next);
  announce(`${shard.name} is closed.`);
}

function closeAll(): void {
  shelf?.end();
  shelf = chosen = announced = undefined;
  shards = [];
  general = [];
  list.show(shards, undefined);
  problems.clear();
  verification.clear();
  samples.begin(undefined);
  view.clear();
  results.clear();
  find("gallery").setAttribute("href", "/");
  for (const id of ["progress", "verify", "stop", "continue", "whole", "add-box"]) {
    find(id).hidden = true;
  }
}

function hear(shard: OpenShard, message: Heard): void {
  const isChosen = shard === chosen;
  switch (message.type) {
    case "state":
      shard.state = message.state;
      shard.name = message.state.name;
      if (isChosen) showState(shard, message.state);
      list.show(shards, chosen);
      return showVerify();
    case "problem":
      shard.problems.push(message.problem);
      list.show(shards, chosen);
      if (!isChosen) return;
      problems.add(message.problem);
      announce(message.problem.message);
      if (message.problem.mayReadWhole) find("whole").hidden = false;
      return;
    case "picture":
      if (isChosen) samples.put(message.place, message.picture);
  }
}

/** The problems of what was given, and of the shard that is shown. */
function showProblems(): void {
  problems.clear();
  for (const problem of [...general, ...chosen?.problems ?? []]) problems.add(problem);
  if (chosen?.problems.some(({ mayReadWhole }) => mayReadWhole)) find("whole").hidden = false;
}

/** Verifying is offered as soon as nothing is read any more. */
function showVerify(): void {
  const isOne = shards.length === 1;
  find("verify").hidden = shards.length === 0 || shards.some(isBusy) ||
    shards.every(({ state }) => state?.summary.samples === 0 && state.phase !== "done");
  find("verify-hint").textContent = isOne
    ? "Reads all of it, and decodes every image: finds what headers do not tell."
    : "Reads all shards, and decodes every image: finds what headers do not tell, and keys that come twice, in one shard or in two.";
}

function showVerifying(verifying: Verifying): void {
  let allBytes: number | undefined = 0;
  for (const { state } of shards) {
    const own = state?.unpackedBytes ?? state?.sizeBytes;
    allBytes = allBytes === undefined || own === undefined ? undefined : allBytes + own;
  }
  const names = new Map(
    [...nameShards(shards)].map(([{ worker }, name]) => [worker.number, name]),
  );
  for (const each of verifying.shards) {
    const shard = shards.find(({ worker }) => worker.number === each.shard);
    if (shard !== undefined) shard.verified = each;
  }
  const end = verification.show(verifying, { allBytes, names });
  list.show(shards, chosen);
  if (end !== undefined) announce(end);
}

function showSample(sample: ListedSample): void {
  if (chosen === undefined) return;
  const { worker, address = "" } = chosen;
  const inGallery = isInGallery(address) ? galleryAddress(address, sample.index) : undefined;
  void view.open(worker, sample, inGallery);
}

function showState(shard: OpenShard, next: State): void {
  const { phase, canContinue } = next;
  const name = nameShards(shards).get(shard) ?? next.name;
  find("name").textContent = name;
  const isRunning = isBusy(shard);
  const text = describe(next);
  say(find("status"), text, phase === "failed");
  showBar(next, isRunning);
  const hadFocus = document.activeElement === find("stop");
  find("stop").hidden = !isRunning;
  find("continue").hidden = isRunning || !canContinue;
  if (isRunning || phase === "done") find("whole").hidden = true;
  if (hadFocus && !isRunning) find(canContinue ? "continue" : "file").focus();
  results.show(next);
  samples.follow(next);
  if (announced !== phase && (!isRunning || phase === "reading")) announce(`${name}: ${text}`);
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

function openAddress(from = 0): void {
  const text = find<HTMLInputElement>("address").value.trim();
  if (text === "") return find("address").focus();
  open(listAddresses(text), from);
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
    const given = listDropped(event.dataTransfer);
    if (given.shards.length + given.problems.length > 0) open(given);
  });
  const input = find<HTMLInputElement>("file");
  input.addEventListener("change", () => {
    const given = listChosen(input.files);
    if (given.shards.length === 0) return;
    open(given);
    // The same file can be chosen again.
    input.value = "";
  });
  find("address-form").addEventListener("submit", (event) => {
    event.preventDefault();
    openAddress();
  });
  find("stop").addEventListener("click", () => chosen?.worker.send({ type: "stop" }));
  find("continue").addEventListener("click", () => chosen?.worker.send({ type: "continue" }));
  find("whole").addEventListener("click", () => chosen?.worker.send({ type: "readWhole" }));
  find("verify-start").addEventListener("click", () => {
    verification.begin();
    for (const shard of shards) shard.verified = undefined;
    list.show(shards, chosen);
    shelf?.verify();
  });
  find("verify-stop").addEventListener("click", () => shelf?.stopVerifying());
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
  else if (key === "[" || key === "]") chooseBeside(key === "]" ? 1 : -1);
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
  if (sample !== undefined) showSample(sample);
}

/** Shows the shard beside the one that is shown. */
function chooseBeside(step: number): void {
  const shard = shards[chosen === undefined ? 0 : shards.indexOf(chosen) + step];
  if (shard === undefined) return;
  choose(shard);
  list.focus(shard);
}

prepareWorker();
listen();
const query = new URLSearchParams(location.search);
const given = query.getAll("url");
if (given.length > 0) {
  find<HTMLInputElement>("address").value = given.join(" ");
  const sample = query.get("sample") ?? "";
  openAddress(/^[0-9]{1,9}$/.test(sample) ? Number(sample) : 0);
}
