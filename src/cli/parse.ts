/**
 * Arguments to the values of a command's options.
 *
 * @module
 */
import { type Command, type CommandInput, listOptions, UsageError } from "./command.ts";
import { findNearest } from "./nearest.ts";
import { readTokens } from "./tokens.ts";

/**
 * Parses the arguments of a command. The last of several values of an option counts.
 *
 * @throws {UsageError} If an option is unknown, lacks its value or has one that it does not take, or if there are more
 * or fewer other arguments than the command takes.
 */
export function parseArguments(command: Command, args: readonly string[]): CommandInput {
  const options = new Map(listOptions(command));
  const given = new Map<string, string>();
  const operands: string[] = [];
  const takesValue = (name: string): boolean => options.get(name)?.placeholder !== undefined;
  for (const token of readTokens(args, takesValue)) {
    if (token.name === undefined) {
      operands.push(token.value);
      continue;
    }
    const { name, value, isInline } = token;
    const option = options.get(name);
    if (option === undefined) throw unknownOptionError(name, options.keys());
    given.set(name, checkValue(name, option.placeholder, value, isInline));
  }
  checkOperands(command, operands);
  const values = Object.fromEntries(
    [...options].map(([name, option]) => [name.slice(2), option.read(given.get(name), name)]),
  );
  return { values: values as CommandInput["values"], operands };
}

function checkValue(
  name: string,
  placeholder: string | undefined,
  value: string | undefined,
  isInline: boolean,
): string {
  if (placeholder === undefined) {
    if (value === undefined) return "";
    throw new UsageError(`${name} takes no value`);
  }
  if (value === undefined) throw new UsageError(`${name} takes a value: ${name} ${placeholder}`);
  // A "-" is standard input or output.
  if (isInline || !/^-./.test(value)) return value;
  throw new UsageError(
    `${name} takes a value, not an option: ${name} ${placeholder}, or ${name}=${value}`,
  );
}

function unknownOptionError(name: string, names: Iterable<string>): UsageError {
  const nearest = findNearest(name, names);
  return new UsageError(
    `there is no option ${name}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`,
  );
}

function checkOperands({ name, operands }: Command, given: readonly string[]): void {
  if (given.length === 0 && operands?.required !== undefined) {
    throw new UsageError(`${name} needs ${operands.required}`);
  }
  const most = operands === undefined ? 0 : operands.choices === undefined ? Infinity : 1;
  if (given.length > most) throw new UsageError(`${name} does not take "${given[most]}"`);
  const [first] = given;
  if (first === undefined || operands?.choices === undefined) return;
  if (operands.choices.includes(first)) return;
  throw new UsageError(`${name} takes ${operands.choices.join(", ")}, not "${first}"`);
}
