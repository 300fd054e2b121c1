/**
 * Errors as people read them on a terminal.
 *
 * @module
 */
import { WdsError } from "../errors.ts";
import { redactText } from "../storage/redact.ts";

/**
 * One line for a person, and, where asked for, the causes and stacks behind it. URLs show nothing that may be secret,
 * wherever the text comes from.
 */
export function describeError(error: unknown, verbose: boolean): string {
  const line = `wdstream: ${describeBriefly(error)}`;
  if (!verbose) return line;
  const lines = [line];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    lines.push(`${cause === error ? "" : "caused by "}${cause.stack ?? cause.message}`);
  }
  return redactText(lines.join("\n"));
}

/** The message of an error on one line. */
export function describeBriefly(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const oneLine = message.replace(/\s*\n\s*/g, " ");
  return redactText(error instanceof WdsError ? `${oneLine} (${error.code})` : oneLine);
}
