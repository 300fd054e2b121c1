/**
 * Puts counters into the kernel's sources: one for each function, loop body, side of a condition and
 * right-hand operand of `&&` and `||`.
 *
 * Works on the text, at the places that AssemblyScript's own parser finds.
 */
import * as asc from "assemblyscript";

/** Something that runs or does not. */
export interface Branch {
  readonly file: string;
  readonly line: number;
  /** "function", "if", "else", "loop", "yes", "no", "and", "or", "case". */
  readonly kind: string;
  /** The line's text. */
  readonly text: string;
}

/** Sources with counters, and what each of them counts. */
export interface Instrumented {
  readonly sources: Map<string, string>;
  readonly branches: Branch[];
}

/** A node of the compiler's tree, as far as it is looked at here. */
interface Node {
  readonly kind: number;
  readonly range: { readonly start: number; readonly end: number };
  readonly body?: Node;
  readonly ifTrue?: Node;
  readonly ifFalse?: Node | null;
  readonly ifThen?: Node;
  readonly ifElse?: Node;
  readonly operator?: number;
  readonly right?: Node;
}

// Declared as constant enumerations, which only their own compiler may read, but exported all the same.
const { NodeKind, Token } = asc as unknown as Record<"NodeKind" | "Token", Record<string, number>>;

/** Modules without branches of their own, or that only the build runs. */
const LEFT_OUT = ["abi.ts", "shared/lanes.ts"];

/** Instruments the sources, and adds an export `counters()`: the address of the 32-bit counts. */
export function instrument(sources: ReadonlyMap<string, string>): Instrumented {
  const branches: Branch[] = [];
  const result = new Map(sources);
  for (const [file, text] of [...sources].sort(([a], [b]) => a < b ? -1 : 1)) {
    if (LEFT_OUT.includes(file)) continue;
    const path = file.includes("/") ? "../counters" : "./counters";
    result.set(file, `import { hit } from "${path}";\n${instrumentFile(file, text, branches)}`);
  }
  result.set(
    "counters.ts",
    `const COUNTERS: usize = memory.data(${4 * branches.length}, 16);
export function hit(n: usize): void { store<u32>(COUNTERS + (n << 2), load<u32>(COUNTERS + (n << 2)) + 1); }
export function counters(): usize { return COUNTERS; }
`,
  );
  result.set("index.ts", `${result.get("index.ts")}\nexport { counters } from "./counters";\n`);
  return { sources: result, branches };
}

function instrumentFile(file: string, text: string, branches: Branch[]): string {
  const opened = new Map<number, string>();
  const closed = new Map<number, string>();
  const count = (kind: string, at: number): string => {
    const line = text.slice(0, at).split("\n").length;
    branches.push({ file, line, kind, text: text.split("\n")[line - 1].trim() });
    return `hit(${branches.length - 1})`;
  };
  // Nodes are visited from the outside in: what opens later comes later, what closes later earlier.
  const open = (at: number, what: string) => opened.set(at, (opened.get(at) ?? "") + what);
  const close = (at: number, what: string) => closed.set(at, what + (closed.get(at) ?? ""));
  const wrapStatement = (kind: string, { range }: Node, otherwise = ""): void => {
    open(range.start, `{ ${count(kind, range.start)}; `);
    close(endOfStatement(text, range.end), ` }${otherwise}`);
  };
  const wrapExpression = (kind: string, { range }: Node): void => {
    open(range.start, `(${count(kind, range.start)}, `);
    close(range.end, ")");
  };
  const visit = (node: Node): void => {
    const { kind, range } = node;
    if (kind === NodeKind.FunctionDeclaration && node.body) {
      open(node.body.range.start + 1, ` ${count("function", range.start)}; `);
    } else if (kind === NodeKind.If) {
      const otherwise = node.ifFalse ? "" : ` else { ${count("else", range.start)}; }`;
      wrapStatement("if", node.ifTrue!, otherwise);
      if (node.ifFalse) wrapStatement("else", node.ifFalse);
    } else if ([NodeKind.For, NodeKind.While, NodeKind.Do].includes(kind)) {
      wrapStatement("loop", node.body!);
    } else if (kind === NodeKind.Ternary) {
      wrapExpression("yes", node.ifThen!);
      wrapExpression("no", node.ifElse!);
    } else if (kind === NodeKind.Binary) {
      if (node.operator === Token.Ampersand_Ampersand) wrapExpression("and", node.right!);
      if (node.operator === Token.Bar_Bar) wrapExpression("or", node.right!);
    }
    for (const [name, value] of Object.entries(node)) {
      if (name === "range") continue;
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) visit(child);
      }
    }
  };
  for (const statement of parse(file, text)) {
    if (statement.kind === NodeKind.FunctionDeclaration) visit(statement);
  }
  let result = "";
  for (let at = 0; at <= text.length; at++) {
    result += (closed.get(at) ?? "") + (opened.get(at) ?? "") + (text[at] ?? "");
  }
  return result;
}

function parse(file: string, text: string): Node[] {
  const program = asc.newProgram(asc.newOptions());
  asc.parse(program, text, file, true);
  const { sources } = program as unknown as {
    sources: { normalizedPath: string; statements: Node[] }[];
  };
  const source = sources.find(({ normalizedPath }) => normalizedPath === file);
  if (!source) throw new Error(`${file} was not parsed`);
  return source.statements;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}

/** The parser leaves out a statement's semicolon. */
function endOfStatement(text: string, end: number): number {
  const [space] = /^\s*;?/.exec(text.slice(end, end + 4))!;
  return space.endsWith(";") ? end + space.length : end;
}
