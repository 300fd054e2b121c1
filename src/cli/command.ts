/**
 * What a command is: one description, from which its parsing, help, permissions, the README's tables and the shell's
 * completion follow.
 *
 * @module
 */

/** What a command writes to; a terminal's streams, or a test's. */
export interface CommandOutput {
  /** Writes a line of results, at once or with those that follow it. */
  writeLine(line: string): Promise<void>;
  /** Waits until every line is written; absent where a line is when `writeLine` is done. */
  flush?(): Promise<void>;
  /** Writes bytes as they are, where the output takes some. */
  writeBytes?(bytes: Uint8Array): Promise<void>;
  /** Writes a line for a person: progress, faults. */
  writeNote(line: string): Promise<void>;
  /** Whether notes go to a terminal, where a progress bar can be drawn. */
  readonly isTerminal: boolean;
  /** Whether results go to one, which may show pictures. */
  readonly isOutputTerminal?: boolean;
  /** Takes the bar that is drawn below what is written, and nothing where there is none any more. */
  setBar?(bar: HiddenLine | undefined): void;
}

/** A line at the end of a terminal, which makes room for others. */
export interface HiddenLine {
  /** Makes room, until {@linkcode HiddenLine.show} was called as often. */
  hide(): void;
  /** Takes the room again, below what was written. */
  show(): void;
}

/** A mistake on the command line; exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** One option of a command. `options.ts` makes them. */
export interface Option<Value> {
  /** What it does, in one line. */
  readonly summary: string;
  /** What stands for its value in help; absent where it takes none. */
  readonly placeholder?: string;
  /** The words that it takes, each with what it means, where it takes no others. */
  readonly choices?: ReadonlyMap<string, string | undefined>;
  /** What holds where it is not given. */
  readonly default?: string | number;
  /** Whether its value is the path of a file. */
  readonly isPath?: boolean;
  /** Whether that file is written. */
  readonly isOutput?: boolean;
  /**
   * Reads its value.
   *
   * @param given What was given; `undefined` if nothing was, and empty if it takes no value.
   * @param name With its dashes, for errors.
   * @throws {UsageError} If it is none that the option takes.
   */
  read(given: string | undefined, name: string): Value;
}

/** Options of a command by their names, without dashes. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** The values of options by their names. */
export type OptionValues<Options extends OptionTable> = {
  readonly [Name in keyof Options]: Options[Name] extends Option<infer Value> ? Value : never;
};

/** Options that every command has besides its own. */
export const COMMON_OPTIONS: Readonly<Record<"verbose" | "help", Option<boolean>>> = {
  verbose: {
    summary: "print the causes and the stack of an error",
    read: (given) => given !== undefined,
  },
  help: { summary: "print this", read: (given) => given !== undefined },
};

/** What a command is given. */
export interface CommandInput<Options extends OptionTable = OptionTable> {
  readonly values: OptionValues<Options & typeof COMMON_OPTIONS>;
  /** The arguments that are no options. */
  readonly operands: readonly string[];
}

/** What stands behind a command's name, besides options. */
export interface Operands {
  /** Their name in help, in the plural: `"SHARDS"`. */
  readonly name: string;
  /** What is missing where there is none: `"a shard"`; absent if there may be none. */
  readonly required?: string;
  /** How many of them are files; all where it is not given. */
  readonly files?: number;
  /** The name of the last of them, where that is another thing: `"OUT"`. */
  readonly last?: string;
  /** The words of which one is taken, where it is not files that are named. */
  readonly choices?: readonly string[];
}

/** A permission that Deno must be given. */
export interface Permission {
  /** As help shows it: `"--allow-net=HOST"`. */
  readonly flag: string;
  /** What it is for: `"for shards on a host"`. */
  readonly purpose: string;
  /** What these very arguments take; `undefined` if they do without. */
  exact(input: CommandInput): string | undefined;
}

/** One command of the command line. */
export interface Command<Options extends OptionTable = OptionTable> {
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** The same at length: paragraphs of any width, which help breaks into lines. */
  readonly details: readonly string[];
  readonly operands?: Operands;
  readonly options: Options;
  /** What Deno must allow; none where it needs nothing. */
  readonly permissions: readonly Permission[];
  /** Arguments to try, each with the command's name. */
  readonly examples: readonly string[];
  /**
   * Runs the command.
   *
   * @returns The exit code: 0 fine, 1 faults in the data. Usage faults are thrown.
   */
  run(input: CommandInput<Options>, output: CommandOutput): Promise<number>;
}

/** The command itself; its options' values have the types that its options say. */
export function defineCommand<const Options extends OptionTable>(
  command: Command<Options>,
): Command<Options> {
  return command;
}

/** A command's own options and those that every command has, with their dashes. */
export function listOptions({ options }: Command): [name: string, option: Option<unknown>][] {
  return Object.entries({ ...options, ...COMMON_OPTIONS })
    .map(([name, option]) => [`--${name}`, option]);
}
