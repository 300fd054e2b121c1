/**
 * The gallery's script: links to the page that looks into a shard, where one is served beside it.
 *
 * @module
 */

/** Links to the page at `/inspect`. */
export const INSPECT_LINKS = String.raw`
/** Path of the page; none where it is not served. */
const inspectsAt = document.body.dataset.inspect || "";

/** The page with a shard of the split, at a sample where one is named. */
function inspectAddress({ shard, index }) {
  const name = currentSplit().shards[shard].split("/").at(-1);
  const path = [state.split, String(shard), name].map(encodeURIComponent).join("/");
  const query = new URLSearchParams({ url: inspectsAt + "/shards/" + path });
  if (index !== undefined) query.set("sample", index);
  return inspectsAt + "?" + query;
}

function inspectLink(place, text) {
  return element("a", { href: inspectAddress(place), textContent: text, ariaLabel: text + ": " + currentSplit().shards[place.shard] });
}

/** Has the link above lead to the shard that is chosen. */
function showInspectLink() {
  if (!inspectsAt) return;
  $("inspect").hidden = false;
  $("inspect").href = inspectAddress({ shard: state.shard });
}
`;
