/**
 * Conditions on samples as text: `json.width >= 256 and cls in [1, 2]`. Nothing of them is evaluated as code.
 *
 * @module
 */
import { parseInteger } from "../sample/integer.ts";
import { parseJson } from "../sample/json.ts";

/** What a condition is asked of. */
export interface ConditionSubject {
  /** Key of the sample. */
  readonly key: string;
  /** Bytes of the fields, by extension. */
  readonly fields: Readonly<Record<string, Uint8Array>>;
  /** Row of a table that is joined to the sample: `row.COLUMN`. */
  readonly row?: Readonly<Record<string, unknown>>;
}

/** Says whether a sample meets a condition. */
export type Condition = (subject: ConditionSubject) => boolean;

/** What is named: a value of the sample, or what is in it. */
interface Path {
  /** Whether the first name is a field's and no word of the language. */
  readonly isField: boolean;
  readonly names: readonly string[];
  /** How many of them, from the first one on, may be one name with dots in it. */
  readonly open: number;
}

type Value = unknown;
type Evaluate = (sample: Lookup) => Value;

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(==|!=|<=|>=|&&|\|\||[<>!()[\],+\-*/%])|([A-Za-z_]\w*(?:\.\w+)*)|((?:\.\w+)+))/y;

/** How far parentheses may be nested. */
const MAX_DEPTH = 100;

const MAX_LENGTH = 10_000;

/**
 * Reads a condition.
 *
 * Names are `key`, and fields by their extensions, with what is in them behind dots: `cls`, `txt`, `json.width`,
 * `json.tags.0`, `v1.json.status`. Values are numbers, texts in quotes, `true`, `false`, `null` and lists `[1, 2]`;
 * between them stand `== != < <= > >=`, `in`, `not in`, `+ - * / %`, `and`, `or`, `not` (also `&& || !`) and parentheses.
 * `row.COLUMN` is what a joined table says of the sample, where there is one. `"x" in txt` asks whether a text has another.
 * What a sample does not have is `null`, which is neither less nor greater than anything.
 *
 * Any name can be written in brackets and quotes, whatever letters it has: `json["aesthetic score"]`, `json.tags[0]`,
 * `row['größe'].cm`. So can a field of the sample behind `fields`, also one that is called as a word of this language:
 * `fields["row"]`, `fields["key"]`, `fields["a-b.json"].width`.
 *
 * @throws {SyntaxError} If it is no condition, with what is wrong and where.
 *
 * @example Usage
 * ```ts
 * import { parseCondition } from "@wdstream/wdstream/tools";
 *
 * const isLarge = parseCondition("json.width * json.height >= 65536 and not 'blurred' in txt");
 * const text = (value: string) => new TextEncoder().encode(value);
 * const fields = { json: text('{"width": 300, "height": 300}'), txt: text("a cat") };
 * if (!isLarge({ key: "a", fields })) throw new Error("left out");
 * ```
 */
export function parseCondition(text: string): Condition {
  const evaluate = new Parser(text).parse();
  return (subject) => isTrue(evaluate(new Lookup(subject)));
}

/**
 * Reads an expression of the same language, whatever it gives: numbers, texts, lists, what a field holds, or `null` where
 * a sample does not have it.
 *
 * @throws {SyntaxError} If it is no expression, with what is wrong and where.
 */
export function parseExpression(text: string): (subject: ConditionSubject) => unknown {
  const evaluate = new Parser(text).parse();
  return (subject) => evaluate(new Lookup(subject));
}

/**
 * Whether a condition or an expression asks for the row of a table.
 *
 * @throws {SyntaxError} If it has letters that cannot stand there.
 */
export function namesRow(text: string): boolean {
  return listTokens(text).some(({ kind, text }) => kind === "name" && isRow(text));
}

function isRow(name: string): boolean {
  return name === "row" || name.startsWith("row.");
}

/**
 * Which columns of a joined table a condition or an expression asks for.
 *
 * @returns Whether it asks for one of a name.
 * @throws {SyntaxError} If it is none.
 */
export function findColumns(text: string): (column: string) => boolean {
  const parser = new Parser(text);
  parser.parse();
  const names = new Set<string>();
  for (const { isField, names: path, open } of parser.paths) {
    if (isField || path[0] !== "row") continue;
    if (path.length === 1) return () => true;
    // Names of columns may have dots in them.
    for (let length = 1; length <= Math.max(1, open - 1); length++) {
      names.add(path.slice(1, 1 + length).join("."));
    }
  }
  return (column) => names.has(column);
}

interface Token {
  readonly kind: "number" | "text" | "sign" | "name" | "tail" | "end";
  readonly text: string;
  readonly at: number;
}

function listTokens(text: string): Token[] {
  if (text.length > MAX_LENGTH) throw new SyntaxError(`it has more than ${MAX_LENGTH} letters`);
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      const at = from + text.slice(from).search(/\S/);
      throw new SyntaxError(`at letter ${at + 1}, "${text[at]}" cannot stand there`);
    }
    const [all, number, quoted, sign, name, tail] = match;
    const at = from + all.search(/\S/);
    if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    else if (quoted !== undefined) tokens.push({ kind: "text", text: quoted, at });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, at });
    else if (name !== undefined) tokens.push({ kind: "name", text: name, at });
    else tokens.push({ kind: "tail", text: tail, at });
  }
  tokens.push({ kind: "end", text: "", at: end });
  return tokens;
}

const WORDS = new Set(["and", "or", "not", "in", "true", "false", "null", "True", "False", "None"]);

class Parser {
  /** All that it names. */
  readonly paths: Path[] = [];
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = listTokens(text);
  }

  parse(): Evaluate {
    const evaluate = this.#readOr();
    if (this.#peek().kind !== "end") throw this.#unexpectedError();
    return evaluate;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)];
  }

  #accept(...texts: string[]): string | undefined {
    const { kind, text } = this.#peek();
    if ((kind !== "sign" && kind !== "name") || !texts.includes(text)) return undefined;
    this.#next++;
    return text;
  }

  #unexpectedError(wanted = ""): SyntaxError {
    const { kind, text, at } = this.#peek();
    const has = kind === "end" ? "it ends" : `there is ${text}`;
    return new SyntaxError(
      `at letter ${at + 1}, ${has}${wanted === "" ? "" : ` where ${wanted} should be`}`,
    );
  }

  #readOr(): Evaluate {
    let left = this.#readAnd();
    while (this.#accept("or", "||")) {
      const [first, second] = [left, this.#readAnd()];
      left = (sample) => isTrue(first(sample)) || isTrue(second(sample));
    }
    return left;
  }

  #readAnd(): Evaluate {
    let left = this.#readNot();
    while (this.#accept("and", "&&")) {
      const [first, second] = [left, this.#readNot()];
      left = (sample) => isTrue(first(sample)) && isTrue(second(sample));
    }
    return left;
  }

  #readNot(): Evaluate {
    if (!this.#accept("not", "!")) return this.#readComparison();
    const inner = this.#nest(() => this.#readNot());
    return (sample) => !isTrue(inner(sample));
  }

  #readComparison(): Evaluate {
    const left = this.#readSum();
    const sign = this.#accept("==", "!=", "<", "<=", ">", ">=", "in") ??
      (this.#peek().text === "not" && this.#peek(1).text === "in" ? "not in" : undefined);
    if (sign === undefined) return left;
    if (sign === "not in") this.#next += 2;
    const right = this.#readSum();
    const compare = COMPARISONS[sign];
    if (!CELLS.has(left) && !CELLS.has(right)) {
      return (sample) => compare(left(sample), right(sample));
    }
    return (sample) => {
      const [a, b] = [left(sample), right(sample)];
      return compare(
        CELLS.has(left) && isNumeric(b) ? toNumber(a) : a,
        CELLS.has(right) && isNumeric(a) ? toNumber(b) : b,
      );
    };
  }

  #readSum(): Evaluate {
    let left = this.#readProduct();
    for (let sign; (sign = this.#accept("+", "-")) !== undefined;) {
      left = calculate(sign, left, this.#readProduct());
    }
    return left;
  }

  #readProduct(): Evaluate {
    let left = this.#readValue();
    for (let sign; (sign = this.#accept("*", "/", "%")) !== undefined;) {
      left = calculate(sign, left, this.#readValue());
    }
    return left;
  }

  #readValue(): Evaluate {
    if (this.#accept("-")) {
      const inner = this.#nest(() => this.#readValue());
      return calculate("-", () => 0, inner);
    }
    if (this.#accept("(")) {
      const inner = this.#nest(() => this.#readOr());
      if (!this.#accept(")")) throw this.#unexpectedError(")");
      return inner;
    }
    if (this.#accept("[")) return this.#nest(() => this.#readList());
    const { kind, text } = this.#peek();
    if (kind === "end" || kind === "sign" || kind === "tail") {
      throw this.#unexpectedError("a value");
    }
    if (kind === "name" && WORDS.has(text)) return this.#readWord(text);
    this.#next++;
    if (kind === "number") {
      const number = Number(text);
      return () => number;
    }
    if (kind === "text") {
      const plain = unquote(text);
      return () => plain;
    }
    const path = this.#readPath(text);
    this.paths.push(path);
    const evaluate: Evaluate = (sample) => sample.get(path);
    if (isRow(text)) CELLS.add(evaluate);
    return evaluate;
  }

  /** Reads what follows a name: more names, in brackets or behind dots. */
  #readPath(text: string): Path {
    const names = text.split(".");
    let open = names.length;
    const isField = text === "fields" && this.#peek().text === "[";
    if (isField) names.pop();
    while (true) {
      if (this.#peek().kind === "tail") {
        const more = this.#peek().text.slice(1).split(".");
        this.#next++;
        names.push(...more);
        continue;
      }
      if (!this.#accept("[")) return { names, open: isField ? 1 : open, isField };
      const { kind, text } = this.#peek();
      if (kind !== "text" && !(kind === "number" && /^\d+$/.test(text))) {
        throw this.#unexpectedError("a name in quotes, or a number");
      }
      this.#next++;
      names.push(kind === "text" ? unquote(text) : text);
      if (!this.#accept("]")) throw this.#unexpectedError("]");
      open = Math.min(open, names.length - 1);
    }
  }

  #readWord(word: string): Evaluate {
    const values: Record<string, Value> = { true: true, false: false, null: null };
    const value = values[word === "None" ? "null" : word.toLowerCase()];
    if (value === undefined) throw this.#unexpectedError("a value");
    this.#next++;
    return () => value;
  }

  #readList(): Evaluate {
    const items: Evaluate[] = [];
    while (!this.#accept("]")) {
      if (items.length > 0 && !this.#accept(",")) throw this.#unexpectedError("a comma or ]");
      items.push(this.#readSum());
    }
    return (sample) => items.map((item) => item(sample));
  }

  #nest(read: () => Evaluate): Evaluate {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxError("it is nested too deeply");
    const inner = read();
    this.#depth--;
    return inner;
  }
}

/** What stands in quotes. */
function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, "$1");
}

/** What reads a cell of a table. Cells of CSV are texts: beside numbers they count as the numbers that they are. */
const CELLS = new WeakSet<Evaluate>();

function isNumeric(value: Value): boolean {
  return isNumber(value) || (Array.isArray(value) && value.some(isNumber));
}

function toNumber(cell: Value): Value {
  const isText = typeof cell === "string" &&
    /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(cell);
  return isText ? Number(cell) : cell;
}

function isTrue(value: Value): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isEqual(a: Value, b: Value): boolean {
  // Of a number and a large integer, the values count.
  // deno-lint-ignore eqeqeq
  return isNumber(a) && isNumber(b) ? a == b : (a ?? null) === (b ?? null);
}

function isIn(item: Value, whole: Value): boolean {
  if (typeof whole === "string") return typeof item === "string" && whole.includes(item);
  if (Array.isArray(whole)) return whole.some((each) => isEqual(each, item));
  return typeof whole === "object" && whole !== null && typeof item === "string" &&
    Object.hasOwn(whole, item);
}

function isLess(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return a < b;
  return typeof a === "string" && typeof b === "string" && a < b;
}

const COMPARISONS: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  "==": isEqual,
  "!=": (a, b) => !isEqual(a, b),
  "<": isLess,
  ">": (a, b) => isLess(b, a),
  "<=": (a, b) => isLess(a, b) || (isNumber(a) && isEqual(a, b)) || isSameText(a, b),
  ">=": (a, b) => isLess(b, a) || (isNumber(a) && isEqual(a, b)) || isSameText(a, b),
  "in": isIn,
  "not in": (a, b) => !isIn(a, b),
};

function isSameText(a: Value, b: Value): boolean {
  return typeof a === "string" && a === b;
}

/** Numbers in float64; of anything else, nothing. */
function calculate(sign: string, left: Evaluate, right: Evaluate): Evaluate {
  return (sample) => {
    const [a, b] = [left, right].map((each) => {
      const value = each(sample);
      return CELLS.has(each) ? toNumber(value) : value;
    });
    if (!isNumber(a) || !isNumber(b)) return null;
    const [x, y] = [Number(a), Number(b)];
    switch (sign) {
      case "+":
        return x + y;
      case "-":
        return x - y;
      case "*":
        return x * y;
      case "/":
        return x / y;
      default:
        return x % y;
    }
  };
}

/**
 * The longest name with dots in it, of those that path begins with, that there is.
 *
 * @returns How many names of the path it takes; 0 where there is none.
 */
function findLongest(
  among: Readonly<Record<string, unknown>>,
  names: readonly string[],
  open: number,
): number {
  for (let length = open; length > 0; length--) {
    if (Object.hasOwn(among, names.slice(0, length).join("."))) return length;
  }
  return 0;
}

/** What is in a value behind some names; `null` where there is nothing. */
function walk(value: Value, names: readonly string[]): Value {
  for (const name of names) {
    const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, name) &&
      (!Array.isArray(value) || name !== "length");
    if (!isThere) return null;
    value = (value as Record<string, Value>)[name];
  }
  return value ?? null;
}

const NUMBERS = new Set(["cls", "cls2", "class", "count", "index", "inx", "id"]);

/** The values of one sample, each decoded once. */
class Lookup {
  readonly #subject: ConditionSubject;
  readonly #decoded = new Map<string, Value>();

  constructor(subject: ConditionSubject) {
    this.#subject = subject;
  }

  /** What a path names; `null` where there is nothing. */
  get({ names, open, isField }: Path): Value {
    const { key, fields, row } = this.#subject;
    if (!isField && names.length === 1 && names[0] === "key") return key;
    if (!isField && names[0] === "row" && row !== undefined) {
      if (names.length === 1) return row;
      // A column in brackets is one name; of names behind dots, the longest column that there is counts.
      const behind = names.slice(1);
      const length = findLongest(row, behind, Math.max(1, open - 1));
      return length === 0
        ? null
        : walk(row[behind.slice(0, length).join(".")], behind.slice(length));
    }
    // Extensions may have dots in them, too.
    const length = findLongest(fields, names, open);
    if (length === 0) return null;
    const extension = names.slice(0, length).join(".");
    return walk(this.#decode(extension, fields[extension]), names.slice(length));
  }

  #decode(extension: string, bytes: Uint8Array): Value {
    if (!this.#decoded.has(extension)) this.#decoded.set(extension, decode(extension, bytes));
    return this.#decoded.get(extension);
  }
}

/** The value of a field; of one that is damaged, nothing. */
function decode(extension: string, bytes: Uint8Array): Value {
  const type = extension.slice(extension.lastIndexOf(".") + 1);
  if (NUMBERS.has(type)) return parseInteger(bytes) ?? null;
  if (type !== "json" && type !== "jsn") return new TextDecoder().decode(bytes);
  try {
    return parseJson(bytes);
  } catch {
    return null;
  }
}
