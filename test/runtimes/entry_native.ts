/** Deno, Node and Bun: prints the report as the last line. */
import process from "node:process";
import { fileFixtures } from "../fixtures.ts";
import { computeDigests, GROUPS, runGroup } from "./portable.ts";

const results = [];
for (const group of GROUPS) results.push(...await runGroup(group, fileFixtures));
const digests = await computeDigests(fileFixtures, process.argv.slice(2));
console.log(JSON.stringify({ results, digests }));
