/**
 * The gallery's script: what is looked for, in the samples that are loaded, and in the keys of all.
 *
 * @module
 */

/** Search and filters. */
export const FILTERS = String.raw`
/** Values of one sample's JSON that can be filtered by, and fields and values that are offered. */
const MAX_VALUES = 200, MAX_FIELDS = 200, MAX_OFFERED = 50;

const isCaption = (extension) => /(^|\.)(txt|text|caption)$/.test(extension);

/** The values in a sample's JSON, by their paths. */
function flatten(fields) {
  const values = new Map();
  const walk = (value, path, depth) => {
    if (values.size >= MAX_VALUES) return;
    const isNested = typeof value === "object" && value !== null && !Array.isArray(value) && depth < 6;
    if (!isNested) {
      if (!values.has(path)) values.set(path, Array.isArray(value) || typeof value === "object" && value !== null ? JSON.stringify(value) : value);
      return;
    }
    for (const name of Object.keys(value)) walk(value[name], path === "" ? name : path + (/: $/.test(path) ? "" : ".") + name, depth + 1);
  };
  for (const { extension, value } of fields) {
    if (value === undefined || !/(^|\.)json$/.test(extension)) continue;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    walk(value, extension === "json" ? (isObject ? "" : "json") : isObject ? extension + ": " : extension, 0);
  }
  return values;
}

const hasField = () => state.field !== "" && (state.operator === "any" || state.value !== "");
const isFiltered = () => state.text !== "" || hasField() || (state.label !== "" && isLocalClass);

/** Whether a sample that is loaded is what is looked for. */
function matches(entry) {
  if (state.label !== "" && String(entry.label) !== state.label) return false;
  if (state.key !== "" && !entry.key.toLowerCase().includes(state.key.toLowerCase())) return false;
  if (hasField() && !compare(entry.values)) return false;
  const words = state.text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const texts = [entry.key, entry.name || "", ...entry.captions].map((text) => text.toLowerCase());
  return words.every((word) => texts.some((text) => text.includes(word)));
}

function compare(values) {
  if (!values.has(state.field)) return false;
  const own = values.get(state.field);
  const [text, wanted] = [String(own).toLowerCase(), state.value.toLowerCase()];
  const [number, limit] = [own === "" || own === null || typeof own === "boolean" ? NaN : Number(own), Number(state.value)];
  switch (state.operator) {
    case "is": return text === wanted;
    case "not": return text !== wanted;
    case "has": return text.includes(wanted);
    case "min": return number >= limit;
    case "max": return number <= limit;
    default: return true;
  }
}

/** Says what is searched, and what is not. */
function describeScope() {
  const known = count(loaded.size, "sample");
  const cut = [...loaded.values()].filter(({ facts }) => facts && facts.fields.some(({ extension, value }) =>
    value === undefined && (isCaption(extension) || /(^|\.)json$/.test(extension)))).length;
  const text = (hasFind()
    ? "All samples of the split are searched, in keys, class names, captions and JSON: they are read for it."
      + (page.unread > 0 ? " " + count(page.unread, "sample") + (page.unread === 1 ? " has" : " have") + " texts that are too long to be searched." : "")
    : state.key
    ? "Keys are searched in all shards from this one on. Texts and fields are searched in the " + known + " loaded so far."
    : "Texts and fields are searched in the " + known + " loaded so far, in keys, class names, captions and JSON. Enter searches the keys of the whole split, “Search all samples” its captions and JSON too.")
    + (loaded.size >= MAX_LOADED && !hasFind() ? " No more are kept: the oldest go." : "")
    + (cut > 0 && !hasFind() ? " " + count(cut, "sample") + (cut === 1 ? " has" : " have") + " text or JSON that is too long to be searched here." : "");
  if ($("scope").textContent !== text) $("scope").textContent = text;
  $("everywhere").disabled = state.text === "";
  $("everything").disabled = state.text === "" && !hasField() && state.key === "";
  $("clear").disabled = !(state.text || state.field || state.key || state.label || hasFind());
  $("find-chip").hidden = !hasFind();
  $("find-chip").textContent = "All samples with " + describeFind() + " ✕";
  $("find-chip").setAttribute("aria-label", "Stop searching all samples for " + describeFind());
  $("key-chip").hidden = state.key === "";
  $("key-chip").textContent = "Keys with “" + state.key + "” ✕";
  $("key-chip").setAttribute("aria-label", "Stop searching keys for " + state.key);
}

/** Offers the fields that there are, the commonest first, and the values of the one that is chosen. */
function fillFields() {
  const fields = new Map(), values = new Map();
  for (const entry of loaded.values()) {
    for (const [name, value] of entry.values) {
      fields.set(name, (fields.get(name) || 0) + 1);
      if (name === state.field && String(value).length <= 60) values.set(String(value), (values.get(String(value)) || 0) + 1);
    }
  }
  if (state.field && !fields.has(state.field)) fields.set(state.field, 0);
  const names = [...fields].sort((a, b) => b[1] - a[1]).slice(0, MAX_FIELDS).map(([name]) => name);
  const before = [...$("field").options].slice(1).map(({ value }) => value);
  if (names.join("\n") !== before.join("\n")) {
    $("field").replaceChildren(element("option", { value: "", textContent: "any" }),
      ...names.map((name) => element("option", { value: name, textContent: name })));
  }
  $("field").value = state.field;
  $("field").disabled = names.length === 0;
  $("operator").disabled = state.field === "";
  $("value").disabled = state.field === "" || state.operator === "any";
  const offered = [...values].sort((a, b) => b[1] - a[1]).slice(0, MAX_OFFERED).map(([value]) => value);
  const given = [...$("values").children].map(({ value }) => value);
  if (offered.join("\n") !== given.join("\n")) $("values").replaceChildren(...offered.map((value) => element("option", { value })));
}

function searchEverywhere() {
  const text = $("text").value.trim();
  if (text === "") return;
  [state.key, state.text] = [text, ""];
  $("text").value = "";
  begin(0);
}

function restoreFilters() {
  $("text").value = state.text;
  $("class").value = state.label;
  $("operator").value = state.operator;
  $("value").value = state.value;
  fillFields();
  describeScope();
}

function filterChanged() {
  state.text = $("text").value.trim();
  state.field = $("field").value;
  state.operator = $("operator").value;
  state.value = $("value").value.trim();
  writeUrl(true);
  if (isFiltered() && !fetchesAll && [...loaded.values()].some((entry) => !entry.isSettled && !page.entries.includes(entry))) fetchMissing();
  show();
}

function clearAll() {
  Object.assign(state, { text: "", field: "", operator: "is", value: "", key: "", label: "", find: "", where: "", cmp: "is", is: "" });
  restoreFilters();
  begin(state.shard);
  $("text").focus();
}

$("text").addEventListener("input", filterChanged);
$("field").addEventListener("change", () => { $("value").value = ""; filterChanged(); });
$("operator").addEventListener("change", filterChanged);
$("value").addEventListener("input", filterChanged);
$("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  if (document.activeElement !== $("value")) searchEverywhere();
});
// A form whose first button is disabled is not submitted by Enter.
for (const id of ["text", "value"]) {
  $(id).addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || (id === "text" && !event.shiftKey)) return;
    event.preventDefault();
    searchWhole();
  });
}
$("clear").addEventListener("click", clearAll);
$("key-chip").addEventListener("click", () => { state.key = ""; begin(state.shard); $("text").focus(); });
`;
