/**
 * A card of a sample: its picture and its facts in one answer, so that a page of samples takes one request for each.
 *
 * @module
 */
import type { Sample } from "../sample/sample.ts";
import { describeSample } from "./describe.ts";
import type { View } from "./parameters.ts";
import { type Problem, toProblem } from "./problem.ts";
import type { RenderContext, Rendered } from "./rendered.ts";

/** Most bytes of fields whose values a card has. */
const MAX_VALUE_BYTES = 32_768;

/** Makes the picture of a sample. */
type MakePicture = (
  sample: Sample,
  view: View,
  context: RenderContext,
) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Renders a card: `multipart/form-data` with `facts`, which are those of `?as=json`, and `picture`, a PNG file. A sample
 * whose picture cannot be made has none, and its facts say why: `problem: { code, detail }`.
 *
 * @throws {Problem} Where the handler is at fault, and not the sample.
 */
export async function renderCard(
  sample: Sample,
  view: View,
  context: RenderContext,
  makePicture: MakePicture,
): Promise<Rendered> {
  const facts = await describeSample(sample, context, MAX_VALUE_BYTES);
  let picture: Uint8Array<ArrayBuffer> | undefined;
  let problem: Problem | undefined;
  try {
    picture = await makePicture(sample, view, context);
  } catch (error) {
    problem = toProblem(error);
    if (problem.status >= 500 && problem.code !== "no-compression") throw error;
  }
  const told = { ...facts, ...(problem && { problem: tell(problem) }) };
  return await joinParts(new TextEncoder().encode(JSON.stringify(told)), picture);
}

function tell({ code, message }: Problem): { code: string; detail: string } {
  return { code, detail: message };
}

/** Exact: RFC 7578. The boundary is a digest of what it bounds, so that nothing in there can be one. */
async function joinParts(
  facts: Uint8Array<ArrayBuffer>,
  picture: Uint8Array<ArrayBuffer> | undefined,
): Promise<Rendered> {
  const content = new Blob(picture === undefined ? [facts] : [facts, picture]);
  const digest = await crypto.subtle.digest("SHA-256", await content.arrayBuffer());
  const boundary = Array.from(
    new Uint8Array(digest, 0, 16),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  const parts: BlobPart[] = [openPart(boundary, 'name="facts"'), facts];
  if (picture !== undefined) {
    const file = 'name="picture"; filename="picture.png"\r\nContent-Type: image/png';
    parts.push(`\r\n${openPart(boundary, file)}`, picture);
  }
  parts.push(`\r\n--${boundary}--\r\n`);
  return {
    body: new Uint8Array(await new Blob(parts).arrayBuffer()),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

function openPart(boundary: string, disposition: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`;
}
