/** A page: posts its report to where it came from. */
import { webdataset } from "../../mod.ts";
import { evaluation } from "../../src/image/mod.ts";
import { type CaseResult, computeDigests, fetchFixtures, runGroup } from "./portable.ts";
import { readHosts } from "./read_hosts.ts";

const { origin, search } = location as { origin: string; search: string };
const query = new URLSearchParams(search);
const shards = query.getAll("shard").map((path) => `${origin}${path}`);
const fixtures = fetchFixtures(origin);

/** Workers of a page decode the same bytes as the page does. */
async function checkWorkers(): Promise<CaseResult> {
  const name = "webdataset() with workers yields what it yields without";
  try {
    const read = async (workers: number): Promise<string> => {
      const parts: string[] = [];
      const sample = `${origin}/fixtures/sample.tar`;
      const tensors = webdataset(sample, { workers }).transform(evaluation({ size: 64 }));
      for await (const { key, image } of tensors) parts.push(`${key} ${image.join()}`);
      return parts.join("\n");
    };
    const [alone, together] = [await read(0), await read(2)];
    if (alone !== together || alone === "") throw new Error("they differ");
    return { group: "dataset", name, status: "passed" };
  } catch (error) {
    return { group: "dataset", name, status: "failed", error: String(error) };
  }
}

const results: CaseResult[] = [];
let digests = {};
try {
  for (const group of query.getAll("group")) results.push(...await runGroup(group, fixtures));
  results.push(await checkWorkers());
  if (query.has("faults")) results.push(...await readHosts(query));
  digests = await computeDigests(fixtures, shards);
} catch (error) {
  results.push({ group: "dataset", name: "the page", status: "failed", error: String(error) });
}
await fetch("/report", { method: "POST", body: JSON.stringify({ results, digests }) });
