/**
 * How fast is an image turned into a model's input in a browser, beside what the browser has itself?
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { installRuntime } from "../../test/runtimes/install.ts";
import { bundleEntry, findChromium, installPackages, TOOLS } from "../../test/runtimes/tools.ts";
import type { Cost, Effort, Question } from "../harness/question.ts";
import { loadCorpus } from "../corpus/imagenet.ts";

const FOLDER = fileURLToPath(new URL("../contestants/", import.meta.url));
const CANVAS = "createImageBitmap and OffscreenCanvas";

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const { images, description } = await loadCorpus(short ? 20 : 100);
  const tools = await installPackages(TOOLS);
  const folder = await Deno.makeTempDir();
  const script = await bundleEntry(tools, `${FOLDER}browser_page.ts`, folder);
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const [, index] = /^\/image\/([0-9]+)$/.exec(pathname) ?? [];
      if (index !== undefined) return new Response(images[Number(index)]);
      if (pathname === "/page.js") {
        const headers = { "content-type": "text/javascript" };
        return new Response(await Deno.readFile(script), { headers });
      }
      return new Response('<!doctype html><script type="module" src="/page.js"></script>', {
        headers: { "content-type": "text/html" },
      });
    },
  );
  const host = new Deno.Command(await installRuntime("node"), {
    args: [
      `${FOLDER}browser_host.mjs`,
      `${tools}/node_modules/playwright-core/index.js`,
      await findChromium(),
      `http://127.0.0.1:${server.addr.port}/?images=${images.length}`,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = host.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = host.stdin.getWriter();
  let rest = "";
  const readLine = async (): Promise<string> => {
    while (!rest.includes("\n")) {
      const { done, value } = await lines.read();
      if (done) throw new Error("The browser's host has ended");
      rest += value;
    }
    const end = rest.indexOf("\n");
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    return line;
  };
  const version = (await readLine()).replace("ready ", "");
  // A page does not know its CPU time; each pass is one thread's work for the most part.
  const pass = (name: string) => async (): Promise<Cost> => {
    await writer.write(new TextEncoder().encode(`${name}\n`));
    const wallSeconds = Number(await readLine()) / 1000;
    return { wallSeconds, cpuSeconds: wallSeconds };
  };
  return {
    title: "In a browser",
    task:
      `${description}, from JPEG to float32 [3, 224, 224] in Chromium ${version}, by the wall clock`,
    unit: "images",
    amount: images.length,
    contestants: [
      { name: "wdstream transformImage", pass: pass("wdstream") },
      {
        name: CANVAS,
        note: "the browser's own code, whose pixels are not Pillow's",
        pass: pass("canvas"),
      },
    ],
    aims: [{
      what: "evaluation in a browser",
      against: CANVAS,
      goal: "at least 3 times",
      least: 3,
    }],
    close: () => {
      host.kill();
      server.shutdown().catch(() => {});
    },
  };
}
