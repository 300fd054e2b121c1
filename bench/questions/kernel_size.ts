/**
 * How large is the kernel that is sent to a browser?
 *
 * @module
 */
import { makeVerdict } from "../harness/aims.ts";
import type { Effort, Question } from "../harness/question.ts";
import { formatTable } from "../harness/table.ts";

const MOST_KB = 64;

export async function makeQuestion(_effort: Effort): Promise<Question> {
  const folder = new URL("../../src/kernel/", import.meta.url);
  const sizes = await Promise.all(
    ["wdstream.wasm", "bytes.ts", "encoder.wasm", "encoder_bytes.ts"].map(async (name) => {
      const bytes = await Deno.readFile(new URL(name, folder));
      return { name, kB: bytes.length / 1000, gzippedKB: await gzip(bytes) / 1000 };
    }),
  );
  const rows = sizes.map(({ name, kB, gzippedKB }) => [name, kB.toFixed(1), gzippedKB.toFixed(1)]);
  return {
    title: "Size of the kernel",
    task:
      "The binary, and the module that carries it in base64; the encoder's come with the first picture that is encoded",
    unit: "files",
    amount: sizes.length,
    contestants: [],
    conclude: () => ({
      text: formatTable([["", "KB", "KB gzipped"], ...rows]).join("\n"),
      data: sizes,
      verdicts: [makeVerdict({
        what: "kernel size, as base64 module, gzipped",
        against: "",
        goal: `at most ${MOST_KB} KB`,
        most: MOST_KB,
        unit: "KB",
        values: [sizes[1].gzippedKB],
      })],
    }),
  };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = ReadableStream.from([bytes]).pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}
