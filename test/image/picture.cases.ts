import { assert } from "chai";
import { makePicture } from "../../src/image/transform/picture.ts";
import { init } from "../../src/image/mod.ts";
import type { TestCase } from "../case.ts";

interface Golden {
  readonly files: Record<string, Record<string, [width: number, height: number, digest: string]>>;
}

/** Tests of the pictures of the edge handler. */
export const cases: TestCase[] = [
  {
    name: "makePicture() matches Pillow's draft, resize and thumbnail",
    async run(fixtures) {
      await init();
      const text = new TextDecoder().decode(await fixtures.read("edge/golden.json"));
      const { files } = JSON.parse(text) as Golden;
      let count = 0;
      for (const [name, entries] of Object.entries(files)) {
        const bytes = await fixtures.read(`jpeg/pictures/${name}`);
        for (const [what, [width, height, digest]] of Object.entries(entries)) {
          const [fit, size] = what.split("-");
          const image = await makePicture(bytes, {
            size: Number(size),
            fit: fit === "cover" ? "cover" : "contain",
          });
          assert.deepEqual([image.width, image.height], [width, height], `${name} ${what}`);
          const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", image.data));
          const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
          assert.equal(hex, digest, `${name} ${what}`);
          count++;
        }
      }
      assert.isAbove(count, 90);
    },
  },
];
