import { decodeJpeg, init } from "../../mod.ts";

await init();
decodeJpeg(await Deno.readFile(Deno.args[0]));
