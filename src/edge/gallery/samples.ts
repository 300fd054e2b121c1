/**
 * The gallery's script: samples, page by page, each by one request that gives its picture and its facts.
 *
 * @module
 */

/** What is loaded, and how it is shown. */
export const SAMPLES = String.raw`
/** By place. The ones that were shown last come last. */
const loaded = new Map();
let page = emptyPage();
let past = [];
let loading = 0;
let cards = new AbortController();
/** Cards that are to be asked for, and how many are being. */
let asking = { queue: [], count: 0 };
let refreshing = 0;
/** Whether the class is looked for among what is loaded alone, because there is no index. */
let isLocalClass = false;
/** Whether cards of other pages are asked for too, which a search does. */
let fetchesAll = false;
const shardsWithoutIndex = "Without an index, classes are known of the samples loaded so far alone.";

function titleOf(entry) {
  return entry.name || (entry.label !== undefined ? "class " + entry.label : entry.captions[0] || "no class");
}

function makeEntry(listed) {
  const entry = { ...listed, captions: [], values: new Map(), facts: null, url: "", problem: "", isSettled: false };
  entry.picture = element("div", { className: "picture" });
  entry.caption = element("div", { className: "caption" });
  entry.button = element("button", { type: "button", title: entry.key }, entry.picture, entry.caption);
  entry.button.addEventListener("click", () => {
    state.open = { shard: entry.shard, index: entry.index };
    writeUrl();
    view();
  });
  entry.item = element("li", {}, entry.button);
  paint(entry);
  return entry;
}

/** Shows what is known of a sample by now. */
function paint(entry) {
  const title = titleOf(entry);
  const isLong = entry.name === undefined && entry.label === undefined;
  const lines = [element("div", { className: isLong ? "name long" : "name", textContent: title.slice(0, 300) }),
    element("div", { className: "key", textContent: (entry.synset ? entry.synset + " · " : "") + entry.key })];
  const said = entry.captions.filter((text) => text !== title);
  if (said.length > 0) lines.push(element("div", { className: "said", textContent: said[0] }));
  entry.caption.replaceChildren(...lines);
  entry.button.setAttribute("aria-label", [title.slice(0, 300), entry.key, ...said.slice(0, 1).map((text) => text.slice(0, 200)),
    ...(entry.problem ? ["no picture"] : [])].join(", "));
  if (entry.url) {
    const image = element("img", { src: entry.url, alt: "", width: 160, height: 160, decoding: "async" });
    entry.picture.replaceChildren(image);
  } else entry.picture.replaceChildren(...(entry.problem ? [element("span", { textContent: "No picture", title: entry.problem })] : []));
}

async function fetchCard(entry, signal) {
  const response = await fetch(place(entry) + "?as=card", { signal, priority: "low" });
  if (!response.ok) throw problem(response.status, await response.json().catch(() => ({})));
  const form = await response.formData();
  const facts = JSON.parse(form.get("facts"));
  const picture = form.get("picture");
  signal.throwIfAborted();
  learn(entry, facts);
  if (picture) entry.url = URL.createObjectURL(picture);
  else entry.problem = facts.problem ? facts.problem.detail : "There is none.";
}

/** Takes what is told of a sample. */
function learn(entry, facts) {
  entry.facts = facts;
  entry.name ??= facts.name;
  entry.synset ??= facts.synset;
  if (typeof facts.label === "number") entry.label ??= facts.label;
  entry.captions = facts.fields.filter(({ extension, value }) => isCaption(extension) && typeof value === "string" && value.trim())
    .map(({ value }) => value.trim());
  entry.values = flatten(facts.fields);
}

/** Asks for the cards that are missing, this page's first, and for no others any more. */
function fetchMissing() {
  cards.abort();
  cards = new AbortController();
  asking = { queue: [], count: 0 };
  fetchesAll = isFiltered() && !hasFind();
  fetchAlso(new Set([...page.entries, ...(fetchesAll ? loaded.values() : [])]));
}

/** Asks for further ones, six at a time; none is asked for twice. */
function fetchAlso(entries) {
  const { signal } = cards;
  const own = asking;
  for (const entry of entries) {
    if (entry.isSettled || entry.askedBy === own) continue;
    entry.askedBy = own;
    own.queue.push(entry);
  }
  const work = async () => {
    for (let entry; !signal.aborted && (entry = own.queue.shift());) {
      try {
        await fetchCard(entry, signal);
      } catch (error) {
        if (signal.aborted) return;
        entry.problem = error.message;
      }
      entry.isSettled = true;
      paint(entry);
      refreshSoon();
    }
    own.count--;
  };
  for (; own.count < Math.min(6, own.queue.length + own.count); own.count++) work();
}

/** What depends on all that is loaded, once for many cards that come at a time. */
function refreshSoon() {
  refreshing ||= setTimeout(() => {
    refreshing = 0;
    show();
  }, 60);
}

function keep(listed) {
  const id = idOf(listed);
  const entry = loaded.get(id) || makeEntry(listed);
  // What failed, of a server that was busy for one, may come now.
  if (entry.problem && !entry.facts) entry.isSettled = false;
  loaded.delete(id);
  loaded.set(id, entry);
  return entry;
}

function dropOldest() {
  for (const [id, entry] of loaded) {
    if (loaded.size <= MAX_LOADED) return;
    if (page.entries.includes(entry)) continue;
    if (entry.url) URL.revokeObjectURL(entry.url);
    loaded.delete(id);
  }
}

function forget() {
  cards.abort();
  for (const { url } of loaded.values()) if (url) URL.revokeObjectURL(url);
  loaded.clear();
  searchEnd.abort();
  page = emptyPage();
}

/** One page; where few samples are what is looked for, as many requests as that takes, within bounds. */
async function listPage(from, isCurrent) {
  const samples = [];
  let next = from;
  const faults = [];
  let looked = 0;
  for (let turn = 0; next && samples.length < PAGE && turn < MAX_TURNS; turn++) {
    const query = new URLSearchParams({ shard: next[0], index: next[1] });
    // The first request takes as many as the handler gives by itself, which may be fewer than a page has.
    if (turn > 0) query.set("count", PAGE - samples.length);
    if (state.label && !isLocalClass) query.set("class", state.label);
    if (state.key) query.set("key", state.key);
    let found;
    try {
      found = await ask("/v1/" + encodeURIComponent(state.split) + "/samples?" + query);
    } catch (error) {
      if (turn === 0) throw error;
      break;
    }
    if (!isCurrent()) return undefined;
    samples.push(...found.samples);
    faults.push(...found.faults);
    looked += found.looked;
    next = found.next;
    if (!state.key && !(state.label && !isLocalClass)) break;
    if (next && samples.length < PAGE) say("Looking… " + grouped(looked) + " samples so far");
  }
  return { samples, next, looked, faults };
}

async function load(focus) {
  const turn = ++loading;
  searchEnd.abort();
  isSearching = false;
  say("Loading…");
  $("shard").value = String(state.shard);
  showInspectLink();
  $("previous").disabled = $("next").disabled = true;
  if (hasFind()) return await search(turn, false, focus);
  try {
    let found;
    try {
      found = await listPage([state.shard, state.index], () => turn === loading);
    } catch (error) {
      if (error.code !== "index-needed" || !state.label || isLocalClass || turn !== loading) throw error;
      isLocalClass = true;
      found = await listPage([state.shard, state.index], () => turn === loading);
    }
    if (found === undefined || turn !== loading) return;
    page = { ...emptyPage(), next: found.next, looked: found.looked, entries: found.samples.map(keep) };
    addFaults(found.faults);
    dropOldest();
    show();
    fetchMissing();
    const items = $("samples").querySelectorAll("button");
    if (focus === "first" && items.length) items[0].focus();
    if (focus === "last" && items.length) items[items.length - 1].focus();
  } catch (error) {
    if (turn !== loading) return;
    page = emptyPage();
    show();
    say(error.message, true);
  }
}

/** Loads what follows to be searched as well; the page stays where it is. */
async function loadMore() {
  const turn = ++loading;
  say("Loading…");
  $("next").disabled = true;
  try {
    const found = await listPage(page.next, () => turn === loading);
    if (found === undefined || turn !== loading) return;
    page.next = found.next;
    addFaults(found.faults);
    found.samples.forEach(keep);
    dropOldest();
    show();
    fetchMissing();
    if (page.next && document.activeElement === document.body) $("next").focus();
  } catch (error) {
    if (turn !== loading) return;
    show();
    say(error.message, true);
  }
}

/** The samples that are shown: a page, or of all that is loaded what is looked for. */
function listShown() {
  if (!isFiltered()) return page.entries;
  return (hasFind() ? page.entries : [...loaded.values()]).filter(matches).sort((a, b) => a.shard - b.shard || a.index - b.index);
}

function show() {
  const shown = listShown();
  fill($("samples"), shown.map(({ item }) => item));
  const isLocal = isFiltered() && !hasFind();
  $("previous").disabled = past.length === 0 || isLocal;
  $("next").disabled = page.next === null || (hasFind() && (isSearching || page.entries.length < PAGE));
  $("next").textContent = isLocal ? "Load more, and look there" : "Next →";
  describeShown(shown);
  showSearch();
  describeScope();
  fillFields();
  if ($("classes").open && $("counted").value === "loaded") countLoaded();
}

function describeShown(shown) {
  const { shards } = currentSplit();
  if (hasFind()) return describeFound(shown);
  const isWaiting = [...loaded.values()].some(({ isSettled }) => !isSettled);
  if (isFiltered()) {
    say(grouped(shown.length) + " of the " + count(loaded.size, "sample") + " loaded so far " + (shown.length === 1 ? "matches" : "match")
      + (isWaiting ? ", others are still loading" : "")
      + (state.label && isLocalClass ? ". " + shardsWithoutIndex : ""));
    return;
  }
  const wanted = (state.label ? ", of class " + state.label : "") + (state.key ? ", with “" + state.key + "” in their keys" : "");
  const looked = state.key ? ", of " + grouped(page.looked) + " looked at" : "";
  if (shown.length === 0) {
    say(page.next ? "None so far" + wanted + looked + ": look on the next page."
      : wanted ? "There are no samples" + wanted + looked + "." : "There are no samples here.");
    return;
  }
  say(count(shown.length, "sample") + " from " + shards[shown[0].shard] + ", number " + shown[0].index + wanted + looked);
}

function turn(forward) {
  if (forward) {
    if (!page.next) return;
    if (hasFind() && $("next").disabled) return;
    if (isFiltered() && !hasFind()) { loadMore(); return; }
    past.push([state.shard, state.index, lookedBefore]);
    lookedBefore += page.looked;
    [state.shard, state.index] = page.next;
  } else {
    if (past.length === 0 || (isFiltered() && !hasFind())) return;
    [state.shard, state.index, lookedBefore] = past.pop();
  }
  writeUrl();
  scrollTo(0, 0);
  load(forward ? "first" : "last");
}

function begin(shard) {
  past = [];
  lookedBefore = 0;
  isLocalClass = false;
  [state.shard, state.index] = [shard, 0];
  $("shard").value = String(shard);
  writeUrl();
  load();
}
`;
