/**
 * The XML of listings: elements and texts, nothing else.
 *
 * @module
 */
import { listingError } from "./remote.ts";

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The text directly in it. */
  readonly text: string;
  /** What stands behind its name, as it is written. */
  readonly attributes: string;
}

const TOKEN =
  /<\?[^]*?\?>|<!--[^]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

const MAX_DEPTH = 32;

/**
 * Parses a document without a document type, sections of character data and entities of its own.
 *
 * @throws {SyntaxError} If it is none, or not well-formed.
 */
export function parseXml(text: string): XmlElement {
  const root = { name: "", children: [] as XmlElement[], text: "", attributes: "" };
  const open = [root];
  const tags: string[] = [];
  const token = new RegExp(TOKEN);
  token.lastIndex = text.startsWith("\ufeff") ? 1 : 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new SyntaxError(`The XML is not well-formed at character ${at}`);
    const [, end, name, attributes, empty, plain] = match;
    const parent = open.at(-1)!;
    if (plain !== undefined) {
      parent.text += decodeEntities(plain);
    } else if (end === "/") {
      if (tags.pop() !== name) {
        throw new SyntaxError(`The XML closes what is not open at character ${at}`);
      }
      open.pop();
    } else if (name !== undefined) {
      const children: XmlElement[] = [];
      const element = { name: name.replace(/^.*:/, ""), children, text: "", attributes };
      parent.children.push(element);
      if (empty !== "/") {
        open.push(element);
        tags.push(name);
      }
      if (open.length > MAX_DEPTH) throw new SyntaxError("The XML is nested too deeply");
    }
  }
  const [document, ...others] = root.children;
  if (open.length !== 1 || document === undefined || others.length > 0 || root.text.trim() !== "") {
    throw new SyntaxError("The XML has no end, or is no single element");
  }
  return document;
}

function decodeEntities(text: string): string {
  return text.replace(/&([^;&\s]*;?)/g, (_, entity: string) => {
    const [, hex, decimal] = /^#(?:x([0-9a-f]+)|([0-9]+));$/i.exec(entity) ?? [];
    const code = hex !== undefined ? parseInt(hex, 16) : Number(decimal);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    const known = entity.endsWith(";") && Object.hasOwn(ENTITIES, entity.slice(0, -1));
    if (known) return ENTITIES[entity.slice(0, -1)];
    throw new SyntaxError("The XML has an entity that is not known");
  });
}

/** The elements of a name directly in another one. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of the one element of a name directly in another one; empty where there is none. */
export function textOf(element: XmlElement, name: string): string {
  return childrenOf(element, name)[0]?.text ?? "";
}

/**
 * A page of a listing.
 *
 * @param root Name of its element.
 * @throws {SourceError} If it is none.
 */
export function readPage(text: string, root: string, name: string): XmlElement {
  let page: XmlElement;
  try {
    page = parseXml(text);
  } catch (cause) {
    throw listingError(name, "the answer is no listing", cause);
  }
  if (page.name === root) return page;
  throw listingError(name, "the answer is no listing");
}
