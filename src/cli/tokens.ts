/**
 * Arguments to options and operands: Node's `parseArgs` has the same rules, but takes Deno ten milliseconds to load.
 *
 * @module
 */

/** An option as it was given, or an operand. */
export type Token =
  | {
    /** With its dashes. */
    readonly name: string;
    /** Absent where it was given none. */
    readonly value: string | undefined;
    /** Whether the value stands behind a "=". */
    readonly isInline: boolean;
  }
  | { readonly name?: undefined; readonly value: string };

/**
 * Reads arguments one after the other. Behind "--" all are operands, and "-" is one.
 *
 * Exact: the tokens of Node's `parseArgs` with `strict: false`, to the first option of one letter.
 *
 * @param takesValue Whether an option takes a value: then it is the next argument, whatever that is.
 */
export function* readTokens(
  args: readonly string[],
  takesValue: (name: string) => boolean,
): Generator<Token> {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") {
      for (const value of args.slice(i + 1)) yield { value };
      return;
    }
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=", 3);
      const name = equals < 0 ? arg : arg.slice(0, equals);
      const isInline = equals >= 0;
      const value = isInline ? arg.slice(equals + 1) : takesValue(name) ? args[++i] : undefined;
      yield { name, value, isInline };
    } else if (arg.length > 1 && arg.startsWith("-")) {
      // Of letters that stand together, each is an option of its own; there are none, so that the first is enough.
      yield { name: arg.slice(0, 2), value: undefined, isInline: false };
    } else {
      yield { value: arg };
    }
  }
}
