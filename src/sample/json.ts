/**
 * JSON as Python's `json` reads it, which is more than JSON: `NaN`, `Infinity`, integers of any size, and bytes in
 * any of Unicode's encodings.
 *
 * @module
 */
import { MAX_DIGITS, toInteger } from "./integer.ts";
import { decodeUnicode } from "./unicode.ts";

/** Levels of lists and objects within one another: Python's own bound is its recursion limit of 1000. */
export const MAX_JSON_DEPTH = 1000;

/**
 * Parses JSON that is stored as bytes.
 *
 * Exact: CPython 3.11, `json.loads(bytes)`, with these types: an integer is a number, or a bigint beyond 2^53 - 1 on
 * either side of zero; any other number is one; an object is plain, with own properties alone (`__proto__` is one like
 * any other), in JavaScript's order of them. Of a name that comes twice the last value counts.
 *
 * @param maxDepth Levels of lists and objects within one another at most.
 * @throws {SyntaxError} With what is wrong and where, if it is not what Python reads.
 */
export function parseJson(bytes: Uint8Array, maxDepth: number = MAX_JSON_DEPTH): unknown {
  return parseJsonText(decodeUnicode(bytes), maxDepth);
}

/**
 * Parses JSON text.
 *
 * Exact: CPython 3.11, `json.loads(str)`; see {@linkcode parseJson}.
 *
 * @throws {SyntaxError} If it is not what Python reads.
 */
export function parseJsonText(text: string, maxDepth: number = MAX_JSON_DEPTH): unknown {
  // The runtime's parser is many times as fast, and its value is Python's unless something in it says otherwise.
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // One of Python's words, or nothing that it reads either.
    return new Parser(text, maxDepth).parse();
  }
  return isSpecial(value, maxDepth) ? new Parser(text, maxDepth).parse() : value;
}

/**
 * Whether a value may be another one in Python: it holds a number that may be an integer beyond 2^53, or `-0`, which
 * has no sign there, or it is nested deeper than the limit.
 */
function isSpecial(root: unknown, maxDepth: number): boolean {
  if (typeof root === "number") return isSpecialNumber(root);
  // Level by level, so that how deep it goes is no matter of the stack.
  let level: unknown[] = typeof root === "object" && root !== null ? [root] : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === maxDepth) return true;
    const next: unknown[] = [];
    for (let k = 0; k < level.length; k++) {
      const container = level[k];
      if (Array.isArray(container)) {
        for (let i = 0; i < container.length; i++) {
          const item = container[i];
          if (typeof item === "number") {
            if (isSpecialNumber(item)) return true;
          } else if (typeof item === "object" && item !== null) next.push(item);
        }
      } else {
        const object = container as Record<string, unknown>;
        for (const name in object) {
          const item = object[name];
          if (typeof item === "number") {
            if (isSpecialNumber(item)) return true;
          } else if (typeof item === "object" && item !== null) next.push(item);
        }
      }
    }
    level = next;
  }
  return false;
}

function isSpecialNumber(value: number): boolean {
  return value > 0 ? value > MOST : value < 0 ? value < -MOST : 1 / value < 0;
}

const MOST = Number.MAX_SAFE_INTEGER;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;

const WORDS: readonly (readonly [word: string, value: unknown])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];

/** A list or an object that has begun. */
interface Open {
  readonly value: unknown[] | Record<string, unknown>;
  readonly end: "]" | "}";
  /** Name of the property whose value follows. */
  name: string;
}

/** Python's grammar, without recursion: how deep it may go is no matter of the stack. */
class Parser {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #open: Open[] = [];
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  parse(): unknown {
    this.#skipBlanks();
    while (true) {
      const bracket = this.#text[this.#at];
      const isOpen = (bracket === "[" || bracket === "{") && this.#begin(bracket);
      if (isOpen) continue;
      let value = bracket === "[" ? [] : bracket === "{" ? {} : this.#parseScalar(bracket);
      // A value ends here, and with it perhaps those around it.
      while (true) {
        this.#skipBlanks();
        const around = this.#open.at(-1);
        if (around === undefined) {
          if (this.#at === this.#text.length) return value;
          throw this.#fault("there is something behind its value");
        }
        if (Array.isArray(around.value)) around.value.push(value);
        else setOwn(around.value, around.name, value);
        if (this.#take(",")) {
          this.#skipBlanks();
          if (around.end === "}") around.name = this.#parseName();
          break;
        }
        if (!this.#take(around.end)) throw this.#fault(`"," or "${around.end}" should be here`);
        this.#open.pop();
        value = around.value;
      }
    }
  }

  /** Begins a list or an object; gives whether something is in it. */
  #begin(bracket: "[" | "{"): boolean {
    if (this.#open.length >= this.#maxDepth) {
      throw this.#fault(`it is nested deeper than ${this.#maxDepth} levels`);
    }
    this.#at++;
    this.#skipBlanks();
    const end = bracket === "[" ? "]" : "}";
    if (this.#take(end)) return false;
    const [value, name] = bracket === "[" ? [[], ""] : [{}, this.#parseName()];
    this.#open.push({ value, end, name });
    return true;
  }

  #parseName(): string {
    if (this.#text[this.#at] !== '"') throw this.#fault("a name in quotes should be here");
    const name = this.#parseString();
    this.#skipBlanks();
    if (!this.#take(":")) throw this.#fault('":" should be here');
    this.#skipBlanks();
    return name;
  }

  #parseScalar(first: string | undefined): unknown {
    if (first === '"') return this.#parseString();
    for (const [word, value] of WORDS) {
      if (word[0] === first && this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#parseNumber();
  }

  #parseNumber(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#fault("a value should be here");
    const [literal, fraction, exponent] = match;
    if (fraction === undefined && exponent === undefined) {
      const isNegative = literal[0] === "-";
      const digits = isNegative ? literal.slice(1) : literal;
      if (digits.length > MAX_DIGITS) {
        throw this.#fault(`an integer has more digits than ${MAX_DIGITS}`);
      }
      this.#at += literal.length;
      return toInteger(isNegative, Number(digits), digits);
    }
    this.#at += literal.length;
    return Number(literal);
  }

  #parseString(): string {
    const text = this.#text;
    let value = "";
    let start = this.#at + 1;
    for (let i = start;; i++) {
      const unit = text.charCodeAt(i);
      if (unit === 0x22) {
        this.#at = i + 1;
        return value + text.slice(start, i);
      }
      if (unit === 0x5c) {
        value += text.slice(start, i);
        this.#at = i;
        const escape = text[i + 1];
        if (escape === "u") {
          const digits = text.slice(i + 2, i + 6);
          if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#fault("it is no \\u escape");
          value += String.fromCharCode(parseInt(digits, 16));
          i += 5;
        } else if (escape !== undefined && Object.hasOwn(ESCAPES, escape)) {
          value += ESCAPES[escape];
          i++;
        } else throw this.#fault("it is no escape");
        start = i + 1;
      } else if (!(unit >= 0x20)) {
        // Beyond the end there is NaN.
        this.#at = Math.min(i, text.length);
        throw this.#fault(
          i < text.length ? "a string holds a control character" : "a string does not end",
        );
      }
    }
  }

  #take(letter: string): boolean {
    if (this.#text[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    while (true) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at++;
    }
  }

  #fault(why: string): SyntaxError {
    return new SyntaxError(`${why}, at character ${this.#at}`);
  }
}

/** Sets an own property, which assigning to `__proto__` would not. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") object[name] = value;
  else {
    const property = { value, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(object, name, property);
  }
}
