/**
 * The gallery's script: how many samples there are of each class, as bars.
 *
 * @module
 */

/** The histogram. */
export const CLASSES = String.raw`
const MANY = 30;
/** Requests, of eight shards each, that one press counts. */
const COUNTED_AT_ONCE = 8;
let counting = 0;
let goOnCounting = null;
let showsAll = false;

function countLoaded() {
  counting++;
  const classes = new Map();
  let unlabelled = 0;
  for (const { label, name, synset } of loaded.values()) {
    if (label === undefined) unlabelled++;
    else classes.set(label, { label, name, synset, count: (classes.get(label)?.count || 0) + 1 });
  }
  drawBars(classes, loaded.size, unlabelled, 0, "in the " + count(loaded.size, "sample") + " loaded so far", null);
}

/** Counts by indexes, of one shard or of all from the first on. */
async function countIndexed(from, before) {
  const turn = ++counting;
  const isSplit = $("counted").value === "split";
  const { shards } = currentSplit();
  const classes = before?.classes || new Map();
  let { samples, unlabelled, others } = before || { samples: 0, unlabelled: 0, others: 0 };
  let next = from, fault = "";
  $("classes-status").textContent = "Counting…";
  $("count-on").hidden = true;
  const path = "/v1/" + encodeURIComponent(state.split) + "/classes?";
  if (isSplit && from === 0) {
    try {
      // One index may tell of all; where there is none, those of the shards do.
      const { classes: all, ...sums } = await ask(path + "of=split");
      if (turn !== counting) return;
      const found = new Map(all.map((each) => [each.label, each]));
      drawBars(found, sums.samples, sums.unlabelled, sums.others, "in " + count(shards.length, "shard") + ", by the index of the split", null);
      return;
    } catch {
      if (turn !== counting) return;
    }
  }
  try {
    for (let i = 0; next !== null && i < (isSplit ? COUNTED_AT_ONCE : 1); i++) {
      const query = new URLSearchParams({ shard: next, count: isSplit ? 8 : 1 });
      const found = await ask(path + query);
      if (turn !== counting) return;
      for (const each of found.classes) classes.set(each.label, { ...each, count: each.count + (classes.get(each.label)?.count || 0) });
      samples += found.samples;
      unlabelled += found.unlabelled;
      others += found.others;
      next = found.next;
    }
  } catch (error) {
    if (turn !== counting) return;
    if (samples === 0) {
      if (error.code === "index-needed") {
        $("counted").value = "loaded";
        countLoaded();
        $("classes-status").textContent = "Without an index, only what is loaded can be counted. " + $("classes-status").textContent;
        return;
      }
      fill($("bars"), []);
      $("classes-status").textContent = error.message;
      return;
    }
    fault = " " + error.message;
  }
  const reached = !isSplit ? shards[from] : next === null ? count(shards.length, "shard")
    : "the first " + grouped(next) + " of " + count(shards.length, "shard");
  drawBars(classes, samples, unlabelled, others, "in " + reached + ", by " + (isSplit ? "their indexes" : "its index"),
    isSplit && next !== null ? () => countIndexed(next, { classes, samples, unlabelled, others }) : null);
  if (fault) $("classes-status").textContent += "." + fault;
}

function drawBars(classes, samples, unlabelled, others, where, goOn) {
  const sorted = [...classes.values()].sort((a, b) => b.count - a.count || a.label - b.label);
  const most = sorted.length > 0 ? sorted[0].count : 1;
  const focused = document.activeElement?.dataset?.label;
  const drawn = showsAll ? sorted : sorted.slice(0, MANY);
  $("bars").replaceChildren(...drawn.map(({ label, name, synset, count: own }) => {
    const bar = element("span", { className: "bar-fill" });
    bar.style.width = Math.max(1, 100 * own / most) + "%";
    const button = element("button", { type: "button", title: (synset ? synset + ", " : "") + "class " + label },
      element("span", { className: "bar-name", textContent: name || "class " + label }),
      element("span", { className: "bar-count", textContent: grouped(own) }),
      element("span", { className: "bar-track", ariaHidden: "true" }, bar));
    button.dataset.label = String(label);
    button.setAttribute("aria-pressed", String(state.label === String(label)));
    button.setAttribute("aria-label", (name ? name + ", " : "") + "class " + label + ": " + count(own, "sample"));
    button.addEventListener("click", () => chooseClass(state.label === String(label) ? "" : String(label)));
    return element("li", {}, button);
  }));
  if (focused !== undefined) $("bars").querySelector("[data-label='" + CSS.escape(focused) + "']")?.focus({ preventScroll: true });
  $("classes-status").textContent = sorted.length === 0 ? "No sample " + where + " has a class that is known."
    : count(sorted.length, "class") + " " + where + (unlabelled > 0 ? "; " + count(unlabelled, "sample") + " without one that is known" : "")
      + (others > 0 ? "; " + count(others, "sample") + " of classes that are not listed" : "");
  $("all-classes").hidden = sorted.length <= MANY;
  $("all-classes").textContent = showsAll ? "Show the commonest" : "Show all " + grouped(sorted.length) + " classes";
  goOnCounting = goOn;
  $("count-on").hidden = goOn === null;
}

function recount() {
  if (!$("classes").open) return;
  if ($("counted").value === "loaded") countLoaded();
  else countIndexed($("counted").value === "shard" ? state.shard : 0);
}

/** Filters by a class, in the whole split where it has indexes. */
function chooseClass(label) {
  state.label = label;
  $("class").value = label;
  for (const button of $("bars").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(label !== "" && button.dataset.label === label));
  }
  begin(hasFind() || ($("counted").value === "split" && label !== "") ? 0 : state.shard);
}

$("classes").addEventListener("toggle", recount);
$("counted").addEventListener("change", recount);
$("count-on").addEventListener("click", () => goOnCounting?.());
$("all-classes").addEventListener("click", () => { showsAll = !showsAll; recount(); });
`;
