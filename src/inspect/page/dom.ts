/**
 * Elements, found and made. What shards hold becomes text, and never markup.
 *
 * @module
 */
/// <reference lib="dom" />

/**
 * The element of the page with an id.
 *
 * @throws {Error} If the page has none.
 */
export function find<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no "${id}"`);
  return found as T;
}

/** Makes an element, with properties and what is in it. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Sets a text where it is another one: what is read aloud and what is selected stays. */
export function say(element: HTMLElement, text: string, isBad = false): void {
  if (element.textContent !== text) element.textContent = text;
  element.classList.toggle("bad", isBad);
}

/** A bar, so much of its width as a share says. */
export function makeBar(share: number): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  rect.setAttribute("width", `${(100 * Math.max(share, 0.004)).toFixed(2)}%`);
  rect.setAttribute("height", "100%");
  rect.setAttribute("rx", "2");
  svg.append(rect);
  return svg;
}

/** Puts pixels onto a canvas of their size. */
export function makeCanvas(
  { width, height, rgba }: { width: number; height: number; rgba: Uint8ClampedArray<ArrayBuffer> },
): HTMLCanvasElement {
  const canvas = make("canvas", { width, height });
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}
