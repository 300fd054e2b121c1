/**
 * The portable cases without a test framework, for runtimes that have none, and the digests that must be the
 * same everywhere.
 */
import {
  decodeJpeg,
  evaluation,
  init,
  resize,
  training,
  transformImage,
  webdataset,
} from "../../mod.ts";
import { seededRandom } from "../../src/numbers/mod.ts";
import { portableGroups } from "../all.ts";
import type { Fixtures } from "../case.ts";

/** What became of a case. */
export interface CaseResult {
  readonly group: string;
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly error?: string;
}

/** What a runtime reports. */
export interface RuntimeReport {
  readonly results: readonly CaseResult[];
  /** SHA-256 of pixels and tensors by what they are of. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Names of the groups. */
export const GROUPS: readonly string[] = Object.keys(portableGroups);

/** Runs a group of cases, one after the other. */
export async function runGroup(group: string, fixtures: Fixtures): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { name, skip, run } of portableGroups[group]) {
    if (skip !== undefined) {
      results.push({ group, name, status: "skipped" });
      continue;
    }
    try {
      await limited(run(fixtures));
      results.push({ group, name, status: "passed" });
    } catch (error) {
      const text = error instanceof Error ? `${error.stack ?? error}` : String(error);
      results.push({ group, name, status: "failed", error: text.slice(0, 2000) });
    }
  }
  return results;
}

/** How long a case may wait before it fails by its name: far more than any takes on a busy machine. */
const CASE_LIMIT_MS = 300_000;

/** A case that waits forever fails, and the others are run. */
export async function limited(running: void | Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = (): void => reject(new Error(`it did not end within ${CASE_LIMIT_MS / 1000} s`));
    timer = setTimeout(late, CASE_LIMIT_MS);
  });
  try {
    await Promise.race([running, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function sha256(data: ArrayBufferView<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", data);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const PICTURES = "jpeg/pictures";

/** Digests of the fixtures, and of the shards at the given URLs. */
export async function computeDigests(
  fixtures: Fixtures,
  shards: readonly string[],
): Promise<Record<string, string>> {
  await init();
  const digests: Record<string, string> = {};
  for (const name of await fixtures.list(PICTURES)) {
    const bytes = await fixtures.read(`${PICTURES}/${name}`);
    const image = decodeJpeg(bytes);
    digests[`${name} rgb`] = await sha256(image.data);
    const small = resize(image, { width: 47, height: 61, interpolation: "lanczos" });
    digests[`${name} lanczos`] = await sha256(small.data);
    for (const interpolation of ["bicubic", "bilinear", "hamming"] as const) {
      const transform = evaluation({ size: 96, interpolation });
      digests[`${name} ${interpolation}`] = await sha256(transformImage(bytes, transform).data);
    }
    const random = seededRandom(5, { epoch: 1, shard: 0, index: 2 });
    const crop = transformImage(bytes, training({ size: 64, seed: 5 }), { random });
    digests[`${name} training`] = await sha256(crop.data);
  }
  const transform = evaluation({ size: 224, cropRatio: 0.875, interpolation: "bicubic" });
  for (const shard of shards) {
    for await (const { key, fields } of webdataset(shard)) {
      digests[`${key}.jpg rgb`] = await sha256(decodeJpeg(fields.jpg).data);
      digests[`${key}.jpg f32`] = await sha256(transformImage(fields.jpg, transform).data);
    }
  }
  return digests;
}

/** Fixtures behind a server of {@link serveFixtures}. */
export function fetchFixtures(origin: string, fetchIt: typeof fetch = fetch): Fixtures {
  return {
    async read(path) {
      const response = await fetchIt(`${origin}/fixtures/${path}`);
      if (!response.ok) throw new Error(`No fixture ${path}: HTTP ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    async list(folder) {
      return await (await fetchIt(`${origin}/list/${folder}`)).json() as string[];
    },
  };
}
