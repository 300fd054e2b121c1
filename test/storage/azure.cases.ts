/** Containers of Azure's Blob Storage: names that no XML can hold. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import type { SourceError } from "../../src/errors.ts";
import { type StoredObject, toStore } from "../../src/storage/mod.ts";
import { rejection } from "./bytes.ts";

/** A listing with blobs of these names, as they are written. */
async function listBlobs(...names: string[]): Promise<StoredObject[]> {
  const blobs = names.map((name) =>
    `<Blob>${name}<Properties><Content-Length>7</Content-Length></Properties></Blob>`
  );
  const page = `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ` +
    `ServiceEndpoint="https://a.blob.core.windows.net/" ContainerName="box"><Blobs>${
      blobs.join("")
    }</Blobs><NextMarker/></EnumerationResults>`;
  const fetch = (() => Promise.resolve(new Response(page))) as typeof globalThis.fetch;
  const listed: StoredObject[] = [];
  for await (const object of toStore("az://box", { fetch, az: { account: "acct" } }).list!()) {
    listed.push(object);
  }
  return listed;
}

export const cases: TestCase[] = [
  {
    name: "az: names that are said to be encoded are decoded, and no others",
    async run() {
      const listed = await listBlobs(
        '<Name Encoded="true">in/a%EF%BF%BE%EF%BF%BFb%25%20c.tar</Name>',
        "<Name>in/a%20b.tar</Name>",
        '<Name Encoded="false">in/c%20d.tar</Name>',
        "<Name Encoded='true' >d%2Be&amp;f.tar</Name>",
      );
      assert.deepEqual(
        listed.map(({ name }) => name),
        ["in/a\ufffe\uffffb% c.tar", "in/a%20b.tar", "in/c%20d.tar", "d+e&f.tar"],
      );
    },
  },
  {
    name: "az: a name that is said to be encoded and is not, or is none, is a typed error",
    async run() {
      for (const name of ['<Name Encoded="true">100%.tar</Name>', "<Name/>", ""]) {
        assert.equal((await rejection(listBlobs(name)) as SourceError).code, "source/http", name);
      }
    },
  },
];
