/**
 * @napi-rs/image: Rust's decoders (zune-jpeg), native.
 *
 * @module
 */
import type { ImageLibrary } from "./image_library.ts";
import { versionOf } from "./versions.ts";

export const name = "@napi-rs/image";

export async function load(): Promise<ImageLibrary> {
  const { Transformer } = await import("@napi-rs/image");
  return {
    name: `@napi-rs/image ${versionOf("@napi-rs/image")}`,
    note: "native code",
    decode: (file) => new Transformer(file).rawPixelsSync(),
  };
}
