/**
 * Numbers in JSON that are replaced, with all else left as it stands.
 *
 * @module
 */

/** A string, what opens or closes, or a run of anything else but blanks. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/**
 * Replaces integers of an object's own members, of those that it has; the text is the same otherwise.
 *
 * @param text JSON that was found to be sound; of what is no object nothing is replaced.
 */
export function replaceIntegers(text: string, values: Readonly<Record<string, number>>): string {
  let made = "";
  let copied = 0;
  let depth = 0;
  let name: string | undefined;
  let isValue = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      depth++;
      // Members of a list within have no names.
      isValue = false;
    } else if (token === "}" || token === "]") depth--;
    else if (token === ":") isValue = true;
    else if (token === ",") isValue = false;
    else if (depth === 1 && !isValue) name = token;
    else if (depth === 1 && isValue && /^\d+$/.test(token)) {
      const key = readName(name);
      if (key === undefined || !Object.hasOwn(values, key)) continue;
      made += text.slice(copied, index) + String(values[key]);
      copied = index + token.length;
    }
  }
  return made + text.slice(copied);
}

function readName(token: string | undefined): string | undefined {
  try {
    return token === undefined ? undefined : JSON.parse(token);
  } catch {
    return undefined;
  }
}
