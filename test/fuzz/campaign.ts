/** Damaged files by number: a seed and a number always give the same file. */
import { assert } from "chai";
import { decodeJpeg } from "../../src/image/mod.ts";
import { seededRandom } from "../../src/numbers/seeded_random.ts";
import { pick } from "./edit.ts";
import { decodeInEveryMode, type Outcome } from "./modes.ts";
import { type Mutant, mutate } from "./mutate.ts";

/** An intact file, or one that is broken already. */
export interface Origin {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A damaged file, and what became of it. */
export interface Trial {
  readonly origin: string;
  readonly mutant: Mutant;
  /** `undefined` where a check failed. */
  readonly outcome?: Outcome;
  readonly failure?: Error;
}

/** What a file decodes to before anything is damaged. */
export interface KnownImage extends Origin {
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** Decodes the files that are decoded again and again between damaged ones. */
export function rememberImages(origins: readonly Origin[]): KnownImage[] {
  return origins.map((origin) => ({ ...origin, pixels: decodeJpeg(origin.bytes).data }));
}

/** Damages a file and decodes it in every mode, and then one of the known images. */
export function tryMutant(
  origins: readonly Origin[],
  known: readonly KnownImage[],
  seed: number,
  number: number,
): Trial {
  const random = seededRandom(8, { epoch: seed, shard: 0, index: number });
  const { name: origin, bytes } = pick(random, origins);
  const mutant = mutate(bytes, pick(random, origins).bytes, random);
  try {
    const outcome = decodeInEveryMode(mutant.bytes, random);
    const image = known[number % known.length];
    assertEqualBytes(decodeJpeg(image.bytes).data, image.pixels, image.name);
    return { origin, mutant, outcome };
  } catch (error) {
    return { origin, mutant, failure: error as Error };
  }
}

function assertEqualBytes(actual: Uint8Array, expected: Uint8Array, name: string): void {
  assert.lengthOf(actual, expected.length, name);
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) {
      assert.fail(`${name} decodes differently afterwards, from ${i} on`);
    }
  }
}

/** A trial in words. */
export function describeTrial(number: number, { origin, mutant, failure }: Trial): string {
  const what = failure === undefined ? "fine" : failure.message.split("\n")[0];
  return `mutant ${number} of ${origin} (${mutant.history.join(", ")}): ${what}`;
}
