/** A Worker: one request runs a group, another computes the digests. The kernel comes as a module. */
import kernel from "./wdstream.wasm";
import { init } from "../../mod.ts";
import { computeDigests, fetchFixtures, runGroup } from "./portable.ts";
import { readHosts } from "./read_hosts.ts";

await init(kernel);

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const fixtures = fetchFixtures(searchParams.get("fixtures") ?? "");
    if (pathname === "/digests") {
      return Response.json(await computeDigests(fixtures, searchParams.getAll("shard")));
    }
    if (pathname === "/hosts") return Response.json(await readHosts(searchParams));
    return Response.json(await runGroup(pathname.slice(1), fixtures));
  },
};
