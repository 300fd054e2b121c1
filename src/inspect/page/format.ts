/**
 * Numbers for people.
 *
 * @module
 */

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"] as const;

/** `1,234`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}

/** `1 sample`, `1,234 samples`. */
export function formatNoun(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `999 bytes`, `1.50 kB`, `10.0 GB`: powers of a thousand, three digits. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return formatNoun(Math.round(bytes), "byte");
  const text = value < 9.995
    ? value.toFixed(2)
    : value < 99.95
    ? value.toFixed(1)
    : value.toFixed(0);
  return `${text} ${UNITS[unit]}`;
}

/** `20 – 50 kB`: from a step of 1, 2, 5, 10 and so on to the next. */
export function formatStep(least: number, next: number): string {
  const unit = Math.floor(Math.log10(Math.max(least, 1)) / 3);
  const [from, to] = [least / 1000 ** unit, next / 1000 ** unit];
  return to < 1000 || unit === UNITS.length - 1
    ? `${from} – ${to} ${UNITS[unit]}`
    : `${from} ${UNITS[unit]} – 1 ${UNITS[unit + 1]}`;
}

/** `37%` of a whole: 0 and 100 are said of none and all alone. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return "0%";
  const percent = Math.round(100 * part / whole);
  if (part > 0 && percent === 0) return "<1%";
  if (part < whole && percent >= 100) return ">99%";
  return `${percent}%`;
}
