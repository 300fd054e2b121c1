/** Vercel's sandbox, which forbids compiling: the kernel must say so, and then take a module. */
import { init, type WdsError } from "../../mod.ts";
import { initEncoder } from "../../src/tools/mod.ts";
import { type CaseResult, computeDigests, fetchFixtures, runGroup } from "./portable.ts";

declare const KERNEL: WebAssembly.Module;
declare const ENCODER: WebAssembly.Module;

async function checkForbidden(): Promise<CaseResult> {
  const name =
    "init() says how to load the kernel where compiling is forbidden, and can be tried again";
  const result = { group: "image", name } as const;
  try {
    await init();
    return { ...result, status: "failed", error: "compiling is not forbidden here" };
  } catch (error) {
    const { code, message } = error as WdsError;
    if (code === "kernel/compile-forbidden" && /wdstream\.wasm/.test(message)) {
      return { ...result, status: "passed" };
    }
    return { ...result, status: "failed", error: String(error) };
  }
}

let forbidden: CaseResult | undefined;

addEventListener("fetch", (event) => {
  const { request, respondWith } = event as Event & {
    request: Request;
    respondWith(response: Promise<Response>): void;
  };
  const answer = async (): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    const fixtures = fetchFixtures(searchParams.get("fixtures") ?? "");
    forbidden ??= await checkForbidden();
    await init(KERNEL);
    await initEncoder(ENCODER);
    if (pathname === "/digests") {
      return Response.json(await computeDigests(fixtures, searchParams.getAll("shard")));
    }
    const results = await runGroup(pathname.slice(1), fixtures);
    return Response.json(pathname === "/image" ? [forbidden, ...results] : results);
  };
  respondWith.call(event, answer());
});
