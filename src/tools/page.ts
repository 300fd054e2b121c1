/**
 * Reports as one page of HTML that needs nothing else: no script, no network, light and dark, wide and narrow.
 *
 * @module
 */

/** A text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A table; cells are text, those of `numeric` columns stand at the right. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cell = (tag: string, value: string | number): string =>
    `<${tag}${typeof value === "number" ? ' class="n"' : ""}>${escapeHtml(String(value))}</${tag}>`;
  const line = (cells: readonly (string | number)[], tag: string): string =>
    `<tr>${cells.map((value) => cell(tag, value)).join("")}</tr>`;
  return `<div class="scroll"><table><thead>${line(head, "th")}</thead><tbody>\n${
    rows.map((cells) => line(cells, "td")).join("\n")
  }\n</tbody></table></div>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #5b6570; --page: #fff; --card: #f4f6f8; --line: #d8dee4;
  --bar: #2f6fde; --bad: #c62f2f; --good: #1a7f37; --red: #d64545; --green: #2f9e55; --blue: #3b73e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --dim: #9aa4af; --page: #14171b; --card: #1e2329;
  --line: #353c45; --bar: #6ea0ff; --bad: #ff7b72; --good: #56d364; --red: #ff7b72; --green: #56d364; --blue: #79a8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem clamp(0.75rem, 3vw, 2rem); color: var(--ink);
  background: var(--page); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 0.25rem; } h2 { font-size: 1.1rem; margin: 1.75rem 0 0.5rem; }
p { margin: 0.25rem 0; } .dim { color: var(--dim); } .bad { color: var(--bad); } .good { color: var(--good); }
.cards { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); margin: 1rem 0; }
.card { background: var(--card); border-radius: 0.5rem; padding: 0.6rem 0.8rem; }
.card b { display: block; font-size: 1.2rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.grid { columns: 22rem; column-gap: 2rem; } .grid section { break-inside: avoid; padding-bottom: 0.5rem; }
.grid section h2 { margin-top: 0.75rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 0.9em; }
th, td { text-align: left; padding: 0.3rem 0.6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; } td:first-child, td.n { white-space: nowrap; overflow-wrap: normal; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--ink); font: 11px system-ui, sans-serif; }
svg .dim { fill: var(--dim); } svg .bar { fill: var(--bar); } svg .axis { stroke: var(--line); }
`;

/**
 * A page with a heading and a body, which is HTML.
 *
 * @param images Whether the body has pictures, in `data:` URLs.
 */
export function formatPage(
  title: string,
  body: string,
  { images = false }: { readonly images?: boolean } = {},
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'${
    images ? "; img-src data:" : ""
  }">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
}

/** Figures beside one another, each with what it is. */
export function formatCards(cards: readonly (readonly [what: string, value: string])[]): string {
  const made = cards.map(([what, value]) =>
    `<div class="card"><b>${escapeHtml(value)}</b><span class="dim">${
      escapeHtml(what)
    }</span></div>`
  );
  return `<div class="cards">${made.join("")}</div>`;
}
