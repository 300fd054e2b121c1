import type { Fixtures } from "../case.ts";

/** Reads a JSON file below `test/fixtures/`. */
export async function readJson<T>(fixtures: Fixtures, path: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await fixtures.read(path))) as T;
}
