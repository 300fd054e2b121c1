/**
 * The gallery's script, its ground: what is shown, the address that says so, requests, elements.
 *
 * @module
 */

/** Keys, names and values out of shards are hostile: they become text nodes and attributes, never markup. */
export const BASICS = String.raw`
"use strict";
const $ = (id) => document.getElementById(id);
const PAGE = 48;
/** Samples that are kept, with their pictures, to be searched and gone back to. */
const MAX_LOADED = 480;
/** Requests that one search makes before it asks whether to go on. */
const MAX_TURNS = 12;
const MAX_TEXT = 200;
const OPERATORS = ["is", "not", "has", "min", "max", "any"];

let splits = [];
/** What find, where, cmp and is hold is searched by the handler; text, field, operator and value are looked for in what is loaded. */
let state = { split: "", shard: 0, index: 0, label: "", key: "", find: "", where: "", cmp: "is", is: "", text: "", field: "",
  operator: "is", value: "", open: null };

const place = ({ shard, index }) => "/v1/" + encodeURIComponent(state.split) + "/" + shard + "/" + index;
const idOf = ({ shard, index }) => shard + "-" + index;
const currentSplit = () => splits.find(({ name }) => name === state.split);
const grouped = (number) => number.toLocaleString("en");
const count = (number, noun) => grouped(number) + " " + noun + (number === 1 ? "" : /s$/.test(noun) ? "es" : "s");

function readUrl() {
  const query = new URLSearchParams(location.search);
  const number = (name) => /^[0-9]{1,9}$/.test(query.get(name) || "") ? Number(query.get(name)) : 0;
  const text = (name) => (query.get(name) || "").slice(0, MAX_TEXT);
  const open = /^([0-9]{1,9})-([0-9]{1,9})$/.exec(query.get("open") || "");
  const operator = (name) => OPERATORS.includes(query.get(name)) ? query.get(name) : "is";
  const found = splits.find(({ name }) => name === query.get("split")) || splits[0];
  return { split: found.name, shard: Math.min(number("shard"), found.shards.length - 1), index: number("index"),
    label: /^[0-9]{1,6}$/.test(query.get("class") || "") ? query.get("class") : "", key: text("key"), text: text("q"),
    find: text("find"), where: text("where"), cmp: operator("cmp"), is: text("is"),
    field: text("field"), operator: operator("op"), value: text("value"),
    open: open && { shard: Number(open[1]), index: Number(open[2]) } };
}

function writeUrl(replace) {
  const query = new URLSearchParams({ split: state.split });
  const set = (name, value) => { if (value) query.set(name, value); };
  set("shard", state.shard);
  set("index", state.index);
  set("class", state.label);
  set("key", state.key);
  set("find", state.find);
  if (state.where) {
    set("where", state.where);
    if (state.cmp !== "is") set("cmp", state.cmp);
    set("is", state.is);
  }
  set("q", state.text);
  if (state.field) {
    set("field", state.field);
    if (state.operator !== "is") set("op", state.operator);
    set("value", state.value);
  }
  if (state.open) set("open", idOf(state.open));
  history[replace ? "replaceState" : "pushState"](null, "", "?" + query);
}

function say(text, isBad) {
  if ($("status").textContent !== text) $("status").textContent = text;
  $("status").classList.toggle("bad", Boolean(isBad));
}

async function ask(path, signal) {
  const response = await fetch(path, { headers: { accept: "application/json" }, signal });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw problem(response.status, body);
}

function problem(status, { code, detail }) {
  const text = status === 401 ? "This takes an access token: reload the page to be asked for it."
    : detail || "The server answered " + status + ".";
  return Object.assign(new Error(text), { code });
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Replaces children where they are others, and leaves the focus where it is. */
function fill(parent, children) {
  const before = parent.children;
  if (before.length === children.length && children.every((child, i) => child === before[i])) return;
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  parent.replaceChildren(...children);
  if (focused && parent.contains(focused)) focused.focus({ preventScroll: true });
}
`;
