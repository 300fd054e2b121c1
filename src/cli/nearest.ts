/**
 * What somebody who mistyped a word may have meant.
 *
 * @module
 */

/** The word that takes the fewest changes to become the one that was typed; `undefined` if none is near. */
export function findNearest(typed: string, words: Iterable<string>): string | undefined {
  // Longer words may have more mistakes. What shares next to nothing with a word is no mistake in it.
  let fewest = Math.max(1, Math.floor(typed.length / 3)) + 1;
  let nearest: string | undefined;
  for (const word of words) {
    const changes = countChanges(typed, word);
    if (changes >= fewest) continue;
    fewest = changes;
    nearest = word;
  }
  return nearest;
}

/** Letters that must be put in, left out, replaced, or swapped with their neighbour. */
function countChanges(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = last[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, replaced);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[to.length];
}
