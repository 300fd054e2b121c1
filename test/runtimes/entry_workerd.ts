/** A Worker: one request runs a group, another computes the digests. The kernel and the encoder come as modules. */
import encoder from "./encoder.wasm";
import kernel from "./wdstream.wasm";
import { init } from "../../mod.ts";
import { initEncoder } from "../../src/tools/mod.ts";
import { computeDigests, fetchFixtures, runGroup } from "./portable.ts";
import { readHosts } from "./read_hosts.ts";

await init(kernel);
await initEncoder(encoder);

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
