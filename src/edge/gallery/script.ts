/**
 * The gallery's script, as text that the page is served with: no build makes it, and it loads nothing.
 *
 * @module
 */
import { BASICS } from "./basics.ts";
import { CLASSES } from "./classes.ts";
import { FILTERS } from "./filters.ts";
import { INSPECT_LINKS } from "./inspect_links.ts";
import { SAMPLES } from "./samples.ts";
import { SEARCH } from "./search.ts";
import { VIEW } from "./view.ts";

const START = String.raw`
function fillShards() {
  const { shards } = currentSplit();
  $("shard").replaceChildren(...shards.map((name, i) => element("option", { value: String(i), textContent: name })));
  $("shard").value = String(Math.min(state.shard, shards.length - 1));
}

function restore() {
  const before = state.split;
  state = readUrl();
  if (before !== state.split) forget();
  $("split").value = state.split;
  fillShards();
  restoreFilters();
}

$("split").addEventListener("change", () => {
  forget();
  state.split = $("split").value;
  state.shard = 0;
  fillShards();
  begin(0);
  recount();
});
$("shard").addEventListener("change", () => {
  begin(Number($("shard").value) || 0);
  if ($("counted").value === "shard") recount();
});
$("class").addEventListener("change", () => {
  const text = $("class").value.trim();
  if (text !== "" && !/^[0-9]{1,6}$/.test(text)) { say("A class is a number.", true); return; }
  chooseClass(text);
});
$("previous").addEventListener("click", () => turn(false));
$("next").addEventListener("click", () => turn(true));
$("help-button").addEventListener("click", () => $("help").showModal());
$("help-close").addEventListener("click", () => $("help").close());
$("skip").addEventListener("click", (event) => { event.preventDefault(); move(0); });
addEventListener("popstate", () => {
  const listed = () => JSON.stringify([state.split, state.shard, state.index, state.label, state.key, state.find, state.where, state.cmp, state.is]);
  const before = listed();
  restore();
  if (listed() !== before) { isLocalClass = false; load(); }
  else show();
  view();
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const active = document.activeElement;
  const isField = /^(INPUT|SELECT)$/.test(active?.tagName);
  if (isField && event.key !== "Escape") return;
  // These are scrolled, or gone through, by their own keys.
  if (/^Arrow/.test(event.key) && (active?.tagName === "PRE" || $("classes").contains(active))) return;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: state.open ? 1 : columns(), ArrowUp: state.open ? -1 : -columns() };
  if (event.key in steps) move(steps[event.key]);
  else if (event.key === "n" && !state.open) turn(true);
  else if (event.key === "p" && !state.open) turn(false);
  else if (event.key === "/" && !state.open) $("text").focus();
  else if (event.key === "c" && !state.open) $("class").focus();
  else if (event.key === "h" && !state.open) { $("classes").open = !$("classes").open; $("classes").querySelector("summary").focus(); }
  else if (event.key === "?") $("help").showModal();
  else if (event.key === "Escape" && isField) active.blur();
  else return;
  event.preventDefault();
});

(async () => {
  try {
    ({ splits } = await ask("/v1"));
    $("split").replaceChildren(...splits.map(({ name, shards, samples }) => element("option", { value: name,
      textContent: name + " · " + (samples ? count(samples, "sample") : count(shards.length, "shard")) })));
    restore();
    writeUrl(true);
    await load();
    view();
  } catch (error) {
    say(error.message, true);
  }
})();
`;

/** The gallery's script. */
export const GALLERY_SCRIPT: string = [
  BASICS,
  INSPECT_LINKS,
  SEARCH,
  FILTERS,
  SAMPLES,
  CLASSES,
  VIEW,
  START,
].join("");
