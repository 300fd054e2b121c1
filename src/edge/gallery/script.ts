/**
 * The gallery's script, as text that the page is served with.
 *
 * @module
 */
/**
 * The gallery's script. Keys, names and values out of shards are hostile: they become text nodes and
 * attributes, never markup.
 */
export const GALLERY_SCRIPT = `
"use strict";
const $ = (id) => document.getElementById(id);
const PAGE = 48;
let splits = [];
let state = { split: "", shard: 0, index: 0, label: "", open: null };
let page = { samples: [], next: null };
let past = [];
let loading = 0;

const place = ({ shard, index }) => "/v1/" + encodeURIComponent(state.split) + "/" + shard + "/" + index;

function readUrl() {
  const query = new URLSearchParams(location.search);
  const number = (name) => /^[0-9]{1,9}$/.test(query.get(name) || "") ? Number(query.get(name)) : 0;
  const open = /^([0-9]{1,9})-([0-9]{1,9})$/.exec(query.get("open") || "");
  const split = splits.some(({ name }) => name === query.get("split")) ? query.get("split") : splits[0].name;
  const label = /^[0-9]{1,6}$/.test(query.get("class") || "") ? query.get("class") : "";
  return { split, shard: number("shard"), index: number("index"), label,
    open: open && { shard: Number(open[1]), index: Number(open[2]) } };
}

function writeUrl(replace) {
  const query = new URLSearchParams({ split: state.split });
  if (state.shard) query.set("shard", state.shard);
  if (state.index) query.set("index", state.index);
  if (state.label) query.set("class", state.label);
  if (state.open) query.set("open", state.open.shard + "-" + state.open.index);
  history[replace ? "replaceState" : "pushState"](null, "", "?" + query);
}

function say(text, isBad) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", Boolean(isBad));
}

async function ask(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Error(response.status === 401 ? "This takes an access token: reload the page to be asked for it."
    : body.detail || "The server answered " + response.status + ".");
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function describe(sample) {
  return sample.name || (sample.label === undefined ? "no class" : "class " + sample.label);
}

async function load(focus) {
  const turn = ++loading;
  say("Loading…");
  $("previous").disabled = past.length === 0;
  $("next").disabled = true;
  const query = new URLSearchParams({ shard: state.shard, index: state.index, count: PAGE });
  if (state.label) query.set("class", state.label);
  try {
    const found = await ask("/v1/" + encodeURIComponent(state.split) + "/samples?" + query);
    if (turn !== loading) return;
    page = found;
    show();
    const items = $("samples").querySelectorAll("button");
    if (focus === "first" && items.length) items[0].focus();
    if (focus === "last" && items.length) items[items.length - 1].focus();
  } catch (error) {
    if (turn !== loading) return;
    page = { samples: [], next: null };
    show();
    say(error.message, true);
  }
}

function show() {
  $("samples").replaceChildren(...page.samples.map((sample) => {
    const image = element("img", { src: place(sample) + "?size=160&fit=cover", alt: "", loading: "lazy", decoding: "async",
      width: 160, height: 160 });
    image.addEventListener("error", () => image.alt = "This image cannot be decoded.");
    const caption = element("div", { className: "caption" },
      element("div", { className: "name", textContent: describe(sample) }),
      element("div", { className: "key", textContent: (sample.synset ? sample.synset + " · " : "") + sample.key }));
    const button = element("button", { type: "button", title: sample.key }, image, caption);
    button.setAttribute("aria-label", describe(sample) + ", " + sample.key);
    button.addEventListener("click", () => { state.open = { shard: sample.shard, index: sample.index }; writeUrl(); view(); });
    return element("li", {}, button);
  }));
  $("previous").disabled = past.length === 0;
  $("next").disabled = page.next === null;
  const shards = splits.find(({ name }) => name === state.split).shards;
  const count = page.samples.length;
  say(count === 0 ? (page.next ? "None so far: look on the next page." : "There are no samples here.")
    : count + (count === 1 ? " sample" : " samples") + " from " + shards[page.samples[0].shard] + ", number " + page.samples[0].index
      + (state.label ? ", of class " + state.label : ""));
}

function row(name, value) {
  return element("tr", {}, element("th", { scope: "row", textContent: name }), element("td", { textContent: value }));
}

async function view() {
  const dialog = $("view");
  if (!state.open) { if (dialog.open) dialog.close(); return; }
  const at = place(state.open);
  $("view-title").textContent = "Loading…";
  $("facts").replaceChildren();
  // Only JPEG files are given as they are stored; of others a picture is made.
  $("whole").onerror = () => {
    $("whole").onerror = null;
    if (state.open && place(state.open) === at) $("whole").src = at + "?size=512";
  };
  $("whole").src = at + "?as=jpeg";
  $("crop").src = at + "?size=224&fit=evaluation";
  if (!dialog.open) dialog.showModal();
  try {
    const facts = await ask(at + "?as=json");
    if (!state.open || place(state.open) !== at) return;
    $("view-title").textContent = describe(facts) + " — " + facts.key;
    $("whole").alt = "The image of " + facts.key;
    $("crop").alt = "The crop of " + facts.key + " that a model sees";
    const image = facts.image || {};
    $("facts").replaceChildren(
      row("Class", facts.label === undefined ? "none" : facts.label + (facts.synset ? ", " + facts.synset : "") + (facts.name ? ", " + facts.name : "")),
      row("Shard", facts.shard + ", number " + state.open.index),
      ...(image.width ? [row("Image", image.width + " × " + image.height + ", " + image.colour + (image.progressive ? ", progressive" : "")
        + ", sampling " + image.sampling.map((each) => each.join("×")).join(" "))] : []),
      ...facts.fields.map(({ extension, sizeBytes, offsetBytes, value }) =>
        row("." + extension, sizeBytes + " bytes at " + offsetBytes
          + (value === undefined ? "" : ": " + (typeof value === "string" ? value : JSON.stringify(value))))));
  } catch (error) {
    $("view-title").textContent = error.message;
  }
}

function close() {
  if (!state.open) return;
  const last = state.open;
  state.open = null;
  writeUrl();
  view();
  const at = page.samples.findIndex(({ shard, index }) => shard === last.shard && index === last.index);
  $("samples").querySelectorAll("button")[at]?.focus();
}

function turn(forward) {
  if (forward) {
    if (!page.next) return;
    past.push([state.shard, state.index]);
    [state.shard, state.index] = page.next;
  } else {
    if (past.length === 0) return;
    [state.shard, state.index] = past.pop();
  }
  writeUrl();
  scrollTo(0, 0);
  load(forward ? "first" : "last");
}

function move(step) {
  const items = [...$("samples").querySelectorAll("button")];
  if (items.length === 0) return;
  if (state.open) {
    const at = page.samples.findIndex(({ shard, index }) => shard === state.open.shard && index === state.open.index);
    const sample = page.samples[at + step];
    if (!sample) return;
    state.open = { shard: sample.shard, index: sample.index };
    writeUrl(true);
    view();
    return;
  }
  const at = items.indexOf(document.activeElement);
  items[Math.max(0, Math.min(items.length - 1, at < 0 ? 0 : at + step))].focus();
}

function columns() {
  return getComputedStyle($("samples")).gridTemplateColumns.split(" ").length;
}

function begin() {
  past = [];
  [state.shard, state.index] = [Number($("shard").value) || 0, 0];
  writeUrl();
  load();
}

function fillShards() {
  const shards = splits.find(({ name }) => name === state.split).shards;
  $("shard").replaceChildren(...shards.map((name, i) => element("option", { value: String(i), textContent: name })));
  $("shard").value = String(Math.min(state.shard, shards.length - 1));
}

function restore() {
  state = readUrl();
  $("split").value = state.split;
  $("class").value = state.label;
  fillShards();
}

$("split").addEventListener("change", () => { state.split = $("split").value; state.shard = 0; fillShards(); begin(); });
$("shard").addEventListener("change", begin);
$("class").addEventListener("change", () => {
  const text = $("class").value.trim();
  if (text !== "" && !/^[0-9]{1,6}$/.test(text)) { say("A class is a number.", true); return; }
  state.label = text;
  begin();
});
$("previous").addEventListener("click", () => turn(false));
$("next").addEventListener("click", () => turn(true));
$("view-close").addEventListener("click", close);
$("view").addEventListener("cancel", (event) => { event.preventDefault(); close(); });
$("view").addEventListener("click", (event) => { if (event.target === $("view")) close(); });
$("help-button").addEventListener("click", () => $("help").showModal());
$("help-close").addEventListener("click", () => $("help").close());
addEventListener("popstate", () => {
  const before = JSON.stringify([state.split, state.shard, state.index, state.label]);
  restore();
  if (JSON.stringify([state.split, state.shard, state.index, state.label]) !== before) load();
  view();
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const isField = /^(INPUT|SELECT)$/.test(document.activeElement?.tagName);
  if (isField && event.key !== "Escape") return;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: state.open ? 1 : columns(), ArrowUp: state.open ? -1 : -columns() };
  if (event.key in steps) move(steps[event.key]);
  else if (event.key === "n" && !state.open) turn(true);
  else if (event.key === "p" && !state.open) turn(false);
  else if (event.key === "/" && !state.open) $("class").focus();
  else if (event.key === "?") $("help").showModal();
  else if (event.key === "Escape" && isField) document.activeElement.blur();
  else return;
  event.preventDefault();
});

(async () => {
  try {
    ({ splits } = await ask("/v1"));
    $("split").replaceChildren(...splits.map(({ name }) => element("option", { value: name, textContent: name })));
    restore();
    writeUrl(true);
    await load();
    view();
  } catch (error) {
    say(error.message, true);
  }
})();
`;
