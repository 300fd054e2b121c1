/**
 * Numbers with their nouns, and texts of others.
 *
 * @module
 */

/** `1 shard`, `2 shards`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A span of time as hours, minutes and seconds: `00:01:30`. */
export function clockText(spanMs: number): string {
  const seconds = Math.max(0, Math.round(spanMs / 1000));
  const pad = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

/** A text on one line, without what a terminal would take for a command: names in shards are anybody's. */
export function plainText(text: string): string {
  return escapeSigns(text, CONTROLS);
}

/** The same of a text of several lines, with tabulators. */
export function plainLines(text: string): string {
  return escapeSigns(text, CONTROLS_IN_LINES);
}

/** A text whose escape sequences are our own, without those that JSON leaves as they are. */
export function withoutLateControls(text: string): string {
  return text.replace(LATE_CONTROLS, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

// deno-lint-ignore no-control-regex -- These are what is looked for, and so it is below.
const CONTROLS = /[\0-\x1f\x7f-\x9f]/g;
// deno-lint-ignore no-control-regex
const CONTROLS_IN_LINES = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;
const LATE_CONTROLS = /[\x80-\x9f]/g;

function escapeSigns(text: string, signs: RegExp): string {
  return text.replace(
    signs,
    (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
