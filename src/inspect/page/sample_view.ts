/**
 * One sample, in a dialog.
 *
 * @module
 */
/// <reference lib="dom" />
import type { DescribedField, Fault, ListedSample, Picture } from "../messages.ts";
import { find, make, makeCanvas } from "./dom.ts";
import { formatBytes, formatCount } from "./format.ts";
import type { ShardWorker } from "./shard_worker.ts";

/** Shows a sample. */
export class SampleView {
  readonly #onClose: (place: number) => void;
  #place: number | undefined;

  constructor(onClose: (place: number) => void) {
    this.#onClose = onClose;
    const dialog = find<HTMLDialogElement>("view");
    find("view-close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => {
      const place = this.#place;
      this.#place = undefined;
      if (place !== undefined) this.#onClose(place);
    });
  }

  /** The place of the sample that is shown. */
  get place(): number | undefined {
    return this.#place;
  }

  /** Closes it, as if nothing had been shown. */
  clear(): void {
    this.#place = undefined;
    find<HTMLDialogElement>("view").close();
  }

  /**
   * Shows a sample of a worker's.
   *
   * @param inGallery Where the gallery shows it too.
   */
  async open(
    worker: ShardWorker,
    { place, key, label, index }: ListedSample,
    inGallery?: string,
  ): Promise<void> {
    this.#place = place;
    const of = label === undefined ? "" : `, class ${label}`;
    find("view-title").textContent = `${key} — number ${formatCount(index)}${of}`;
    const dialog = find<HTMLDialogElement>("view");
    if (!dialog.open) dialog.showModal();
    const { fields, picture } = await worker.describe(place);
    if (this.#place !== place) return;
    find("view-picture").replaceChildren(...makePicture(picture, key));
    find("view-fields").replaceChildren(
      ...(inGallery === undefined
        ? []
        : [makeRow("Gallery", make("a", { href: inGallery, textContent: "this sample there" }))]),
      ...makeSizeRow(picture),
      ...fields.map((field) => makeRow(`.${field.extension}`, ...describe(field))),
    );
  }
}

function makePicture(picture: Picture | Fault | undefined, key: string): HTMLElement[] {
  if (picture === undefined) return [];
  if ("fault" in picture) return [make("p", { textContent: picture.fault })];
  const canvas = makeCanvas(picture);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `The image of ${key}`);
  return [canvas];
}

function makeSizeRow(picture: Picture | Fault | undefined): HTMLElement[] {
  if (picture === undefined || "fault" in picture) return [];
  const [width, height] = picture.imageSize;
  return [makeRow("Image", `${width} × ${height}`)];
}

function makeRow(name: string, ...cells: (string | HTMLElement)[]): HTMLElement {
  return make(
    "tr",
    {},
    make("th", { scope: "row", textContent: name }),
    make("td", {}, ...cells),
  );
}

function describe({ sizeBytes, offsetBytes, text }: DescribedField): (string | HTMLElement)[] {
  const where = `${formatBytes(sizeBytes)} at byte ${formatCount(offsetBytes)}`;
  return text === undefined ? [where] : [where, make("pre", { textContent: indent(text) })];
}

/** JSON on lines of its own, where it is one; numbers stay as they are written, for JavaScript would round them. */
function indent(text: string): string {
  if (!/^\s*[{[]/.test(text) || /[0-9]{16}|[eE][+-]?[0-9]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
