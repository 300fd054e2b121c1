/**
 * The gallery's script: a search of all samples of a split by the handler, answer by answer, until a page is full or somebody
 * stops it.
 *
 * @module
 */

/** The search, how far it is, and what could not be read. */
export const SEARCH = String.raw`
/** Answers in a row that say nothing new, after which a search stops by itself. */
const MAX_IDLE = 20;
const MAX_FAULTS = 5;
let searchEnd = new AbortController();
let isSearching = false;
/** Whether the handler takes as many samples in an answer as a page has. */
let takesCount = true;
/** Samples that were looked at on the pages before. */
let lookedBefore = 0;

const hasFind = () => state.find !== "" || state.where !== "";
const quoted = (text) => "“" + text + "”";

/** What is searched for, in words. */
function describeFind() {
  const field = state.cmp === "any" ? state.where + " is there"
    : state.where + { is: " ", not: " not ", has: " with ", min: " at least ", max: " at most " }[state.cmp] + state.is;
  return [state.find && quoted(state.find), state.where && field].filter(Boolean).join(" and ");
}

const emptyPage = () => ({ entries: [], next: null, looked: 0, unread: 0, reached: null, total: null, faults: new Map() });

function addFaults(faults) {
  for (const fault of faults || []) page.faults.set(fault.shard, fault);
}

/** Searches from where the page begins, or goes on where it has stopped. */
async function search(turn, goesOn, focus) {
  searchEnd.abort();
  searchEnd = new AbortController();
  const { signal } = searchEnd;
  if (!goesOn) {
    page = emptyPage();
    page.next = [state.shard, state.index];
    fetchMissing();
  }
  const isCurrent = () => turn === loading;
  isSearching = true;
  say("Searching…");
  show();
  let fault = "";
  try {
    let idle = 0;
    while (page.next && page.entries.length < PAGE && idle < MAX_IDLE) {
      const found = await askSearch(signal);
      if (!isCurrent()) return;
      idle = found.looked === 0 && String(found.next) === String(page.next) ? idle + 1 : 0;
      const entries = found.samples.map(keep);
      page.entries.push(...entries);
      page.looked += found.looked;
      page.unread += found.unread;
      [page.next, page.reached, page.total] = [found.next, found.reached, found.total];
      addFaults(found.faults);
      fetchAlso(entries);
      show();
    }
    if (idle === MAX_IDLE) fault = "Nothing further of " + currentSplit().shards[page.next[0]] + " was found out: an index of it is needed.";
  } catch (error) {
    if (!isCurrent()) return;
    if (!signal.aborted) fault = error.message;
  }
  isSearching = false;
  dropOldest();
  show();
  if (fault) say(fault, true);
  const items = $("samples").querySelectorAll("button");
  if (focus && items.length) items[focus === "first" ? 0 : items.length - 1].focus();
}

async function askSearch(signal) {
  const [shard, index] = page.next;
  const query = new URLSearchParams({ shard, index });
  const set = (name, value) => { if (value) query.set(name, value); };
  set("search", state.find);
  set("field", state.where);
  if (state.where && state.cmp !== "is") query.set("op", state.cmp);
  if (state.where && state.cmp !== "any") query.set("value", state.is);
  set("class", state.label);
  set("key", state.key);
  const path = "/v1/" + encodeURIComponent(state.split) + "/samples?";
  const left = PAGE - page.entries.length;
  if (left === PAGE || !takesCount) return await ask(path + query, signal);
  try {
    return await ask(path + query + "&count=" + left, signal);
  } catch (error) {
    if (error.code !== "bad-parameter") throw error;
    takesCount = false;
    return await ask(path + query, signal);
  }
}

/** How far the search is. */
function describeReach() {
  const { shards } = currentSplit();
  const [shard, index] = past[0] || [state.shard, state.index];
  if (page.total !== null) {
    return (shard === 0 && index === 0 ? "Searched " : "Searched up to sample ")
      + grouped(page.reached) + " of " + count(page.total, "sample");
  }
  return "Searched " + count(lookedBefore + page.looked, "sample") + ", in "
    + grouped(page.next ? page.next[0] + (page.next[1] > 0 ? 1 : 0) : shards.length) + " of " + count(shards.length, "shard");
}

function describeFound(shown) {
  const found = count(shown.length, "sample") + (past.length > 0 ? " on this page" : "") + " with " + describeFind()
    + (shown.length < page.entries.length ? ", of " + grouped(page.entries.length) + " that were found" : "");
  if (isSearching) return;
  const end = page.next === null ? "" : page.entries.length >= PAGE ? " There may be more on the next page." : " Stopped.";
  say((shown.length === 0 && page.next === null ? "There is no sample with " + describeFind() : found) + ". " + describeReach() + "." + end);
}

/** Shows how far a search is, and the button that stops it or goes on. */
function showSearch() {
  const isShown = hasFind() && (isSearching || page.next !== null);
  const button = $("search-stop");
  const hadFocus = document.activeElement === button;
  $("search").hidden = !isShown;
  if (isShown) {
    $("searched-text").textContent = describeReach() + ": " + grouped(page.entries.length) + " found" + (isSearching ? "…" : "");
    const share = page.total ? page.reached / page.total : NaN;
    $("searched").hidden = !isSearching;
    if (share >= 0) $("searched").value = share; else $("searched").removeAttribute("value");
    button.textContent = isSearching ? "Stop" : "Search on";
    button.hidden = !isSearching && page.entries.length >= PAGE;
  }
  if (hadFocus && (!isShown || button.hidden)) ($("samples").querySelector("button") || $("text")).focus();
  showFaults();
}

/** Shards that could not be read, or not to their end. */
function showFaults() {
  const faults = [...page.faults.values()];
  $("faults-box").hidden = faults.length === 0;
  if (faults.length === 0) return;
  const { shards } = currentSplit();
  $("faults-title").textContent = count(faults.length, "shard") + " could not be read, or not to " + (faults.length === 1 ? "its" : "their") + " end";
  const rows = faults.slice(0, MAX_FAULTS).map(({ shard, detail }) => {
    const row = element("li", { textContent: shards[shard] + ": " + detail + " " });
    if (inspectsAt) row.append(inspectLink({ shard }, "Inspect"));
    return row;
  });
  if (faults.length > MAX_FAULTS) rows.push(element("li", { textContent: "… and " + grouped(faults.length - MAX_FAULTS) + " more" }));
  $("faults").replaceChildren(...rows);
}

/** Has the handler search for what stands in the fields, in all samples of the split. */
function searchWhole() {
  const text = $("text").value.trim();
  if (text === "" && !hasField() && state.key === "") return;
  // What was searched among keys is searched among texts too.
  const words = text === "" && !hasField() ? state.key : text;
  if (words === state.key) state.key = "";
  state.find = (state.find + " " + words).trim().slice(0, MAX_TEXT);
  if (hasField()) Object.assign(state, { where: state.field, cmp: state.operator, is: state.operator === "any" ? "" : state.value });
  Object.assign(state, { text: "", field: "", operator: "is", value: "" });
  restoreFilters();
  begin(0);
}

function endSearch() {
  searchEnd.abort();
  Object.assign(state, { find: "", where: "", cmp: "is", is: "" });
  begin(state.shard);
  $("text").focus();
}

$("everything").addEventListener("click", searchWhole);
$("find-chip").addEventListener("click", endSearch);
$("search-stop").addEventListener("click", () => {
  if (isSearching) searchEnd.abort();
  else search(++loading, true);
});
`;
