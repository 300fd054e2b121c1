/**
 * The gallery's script: one sample, with what a model sees of it.
 *
 * @module
 */

/** The view of one sample. */
export const VIEW = String.raw`
const CHANNELS = ["red", "green", "blue"];
let viewing = new AbortController();
let viewed = "";

function row(name, ...values) {
  return element("tr", {}, element("th", { scope: "row", textContent: name }),
    ...values.map((value) => element("td", {}, value instanceof Node ? value : String(value))));
}

/** Whether a card's facts have all values that there are. */
const isWhole = ({ fields }) => fields.every(({ extension, sizeBytes, value }) =>
  value !== undefined || sizeBytes > 65536 || !/(^|\.)(cls|cls2|index|txt|text|caption|json)$/.test(extension));

async function view() {
  const dialog = $("view");
  if (!state.open) {
    viewing.abort();
    viewed = "";
    if (dialog.open) dialog.close();
    return;
  }
  const at = place(state.open);
  if (dialog.open && at === viewed) return;
  viewing.abort();
  viewing = new AbortController();
  viewed = at;
  const { signal } = viewing;
  const entry = loaded.get(idOf(state.open));
  const known = entry && entry.facts;
  $("view-title").textContent = known ? titleOf(entry) + " — " + entry.key : "Loading…";
  $("facts").replaceChildren();
  $("captions").replaceChildren();
  const lacks = known && known.problem;
  for (const figure of dialog.querySelectorAll(".drawn")) figure.hidden = Boolean(lacks);
  showNeighbours();
  if (lacks) showTensor("No picture and no tensor: " + known.problem.detail);
  else {
    showPictures(at, known);
    measure(at, signal);
  }
  if (!dialog.open) dialog.showModal();
  try {
    if (known) showFacts(known);
    if (known && isWhole(known)) return;
    showFacts(await ask(at + "?as=json", signal));
  } catch (error) {
    if (!signal.aborted) $("view-title").textContent = error.message;
  }
}

/** Only JPEG files are given as they are stored; of others a picture is made. */
function showPictures(at, facts) {
  const made = at + "?size=512";
  const isOther = facts && facts.image && facts.image.format !== "jpg";
  $("whole").onerror = () => {
    $("whole").onerror = null;
    if (viewed === at) $("whole").src = made;
  };
  $("whole").src = isOther ? made : at + "?as=jpeg";
  $("crop").src = at + "?fit=evaluation";
  $("whole").alt = facts ? "The image of " + facts.key : "";
  $("crop").alt = facts ? "The crop of " + facts.key + " that a model sees" : "";
}

function showFacts(facts) {
  const known = loaded.get(idOf(state.open));
  const captions = facts.fields.filter(({ extension, value }) => isCaption(extension) && typeof value === "string" && value.trim());
  const title = facts.name || (facts.label === undefined ? captions[0]?.value.trim() || "no class" : "class " + facts.label);
  $("view-title").textContent = (known ? titleOf(known) : title.slice(0, MAX_TEXT)) + " — " + facts.key;
  $("whole").alt = "The image of " + facts.key;
  $("crop").alt = "The crop of " + facts.key + " that a model sees";
  $("captions").replaceChildren(...captions.map(({ extension, value }) =>
    element("blockquote", { title: "." + extension }, value.trim())));
  $("facts").replaceChildren(
    row("Class", facts.label === undefined ? "none" : [facts.label, facts.synset, facts.name].filter((each) => each !== undefined).join(", ")),
    row("Shard", ...describePlace(facts)),
    ...describeImage(facts.image),
    ...facts.fields.map((field) => row("." + field.extension, describeField(field))));
}

function describePlace({ shard }) {
  const text = shard + ", number " + state.open.index;
  if (!inspectsAt) return [text];
  return [element("span", {}, text + " ", inspectLink(state.open, "Inspect the shard"))];
}

function describeImage(image) {
  if (!image) return [];
  const parts = [image.width && image.width + " × " + image.height,
    image.format && image.format.replace(/^jpg$/, "jpeg").replace(/^tif$/, "tiff").toUpperCase(), image.colour,
    image.progressive && "progressive", image.sampling && "sampling " + image.sampling.map((each) => each.join("×")).join(" ")];
  return [row("Image", parts.filter(Boolean).join(", "))];
}

function describeField({ extension, sizeBytes, offsetBytes, value }) {
  const size = count(sizeBytes, "byte") + " at " + grouped(offsetBytes);
  if (value === undefined || isCaption(extension)) return size;
  if (typeof value !== "object" || value === null) return size + ": " + value;
  const json = element("pre", { tabIndex: 0, textContent: JSON.stringify(value, null, 2) });
  json.setAttribute("role", "region");
  json.setAttribute("aria-label", "JSON of ." + extension);
  return element("div", {}, size, json);
}

/** What the tensor is like that the model is given: one request, made when a sample is looked at. */
async function measure(at, signal) {
  showTensor("Measuring the tensor…");
  try {
    const found = await ask(at + "?as=statistics", signal);
    const line = (name, { min, max, mean, std }) => row(name, ...[min, max, mean, std].map((each) => each.toFixed(4).replace("-", "−")));
    const { interpolation, resize, mean, std } = found.transform;
    showTensor("The tensor: " + found.dtype + " [" + found.shape.join(", ") + "]", [line("all", found),
      ...found.channels.map((each, i) => line(found.channels.length === 3 ? CHANNELS[i] : "channel " + i, each))],
    "Shorter edge to " + resize + ", " + interpolation + "; centre crop; less " + mean.join(", ") + ", over " + std.join(", "));
  } catch (error) {
    if (!signal.aborted) showTensor("No tensor: " + error.message);
  }
}

function showTensor(title, rows = [], note = "") {
  $("tensor-title").textContent = title;
  $("tensor-rows").replaceChildren(...rows);
  $("tensor-head").hidden = rows.length === 0;
  $("tensor-note").textContent = note;
}

function neighbour(step) {
  const shown = listShown();
  const at = shown.findIndex(({ shard, index }) => state.open && shard === state.open.shard && index === state.open.index);
  return at < 0 ? undefined : shown[at + step];
}

function showNeighbours() {
  $("view-previous").disabled = !neighbour(-1);
  $("view-next").disabled = !neighbour(1);
}

function close() {
  if (!state.open) return;
  const last = loaded.get(idOf(state.open));
  state.open = null;
  writeUrl();
  view();
  last?.button.focus();
}

function move(step) {
  if (state.open) {
    const sample = neighbour(step);
    if (!sample) return;
    state.open = { shard: sample.shard, index: sample.index };
    writeUrl(true);
    view();
    return;
  }
  const items = [...$("samples").querySelectorAll("button")];
  if (items.length === 0) return;
  const at = items.indexOf(document.activeElement);
  items[Math.max(0, Math.min(items.length - 1, at < 0 ? 0 : at + step))].focus();
}

const columns = () => getComputedStyle($("samples")).gridTemplateColumns.split(" ").length;

$("view-close").addEventListener("click", close);
$("view-previous").addEventListener("click", () => move(-1));
$("view-next").addEventListener("click", () => move(1));
$("view").addEventListener("cancel", (event) => { event.preventDefault(); close(); });
$("view").addEventListener("click", (event) => { if (event.target === $("view")) close(); });
`;
