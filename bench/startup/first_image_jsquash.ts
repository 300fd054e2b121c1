import decode, { init } from "@jsquash/jpeg/decode.js";

const url = new URL("codec/dec/mozjpeg_dec.wasm", import.meta.resolve("@jsquash/jpeg/decode.js"));
await init(await WebAssembly.compile(await Deno.readFile(url)));
await decode((await Deno.readFile(Deno.args[0])).buffer);
