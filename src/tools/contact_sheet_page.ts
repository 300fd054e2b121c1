/**
 * A contact sheet as one page of HTML.
 *
 * @module
 */
import { encodePng } from "../image/encode/png.ts";
import type { ContactSheet, ContactSheetCell } from "./contact_sheet.ts";
import { toBase64 } from "./describe_sample.ts";
import { escapeHtml, formatPage } from "./page.ts";

const STYLE = `<style>
.sheet { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); margin: 1rem 0; }
.sheet figure { margin: 0; padding: 0.5rem; background: var(--card); border-radius: 0.5rem; }
.sheet img, .sheet .none { display: block; height: 8.5rem; width: 100%; object-fit: contain; }
.sheet .none { display: grid; place-items: center; color: var(--bad); }
.sheet figcaption { font-size: 0.85em; overflow-wrap: anywhere; padding-top: 0.4rem; }
</style>`;

/** One page that needs nothing else: all pictures with their captions, keys and sizes, light and dark. */
export async function formatContactSheetPage(
  { cells }: ContactSheet,
  title: string = "Contact sheet",
): Promise<string> {
  const figures: string[] = [];
  for (const cell of cells) figures.push(await formatCell(cell));
  const count = cells.length === 1 ? "1 sample" : `${cells.length} samples`;
  return formatPage(
    title,
    `${STYLE}<p class="dim">${count}</p>\n<div class="sheet">\n${figures.join("\n")}\n</div>`,
    { images: true },
  );
}

async function formatCell(
  { key, index, caption, imageSize, thumbnail }: ContactSheetCell,
): Promise<string> {
  const picture = thumbnail === undefined
    ? '<span class="none">not decoded</span>'
    : `<img alt="${escapeHtml(caption)}" src="data:image/png;base64,${
      toBase64(await encodePng(thumbnail))
    }">`;
  const size = imageSize === undefined ? "" : `, ${imageSize[0]} × ${imageSize[1]}`;
  return `<figure>${picture}<figcaption>${escapeHtml(caption)}<br><span class="dim">${
    escapeHtml(key)
  }, number ${index}${size}</span></figcaption></figure>`;
}
