import { decodeJpeg, init } from "../../src/image/jpeg/mod.ts";

await init();
decodeJpeg(await Deno.readFile(Deno.args[0]));
