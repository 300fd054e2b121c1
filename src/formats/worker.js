// JavaScript, because neither bundlers nor npm's copies of this package know a worker by a `.ts` name.
import { REGISTERED } from "../image/codecs/lazy.ts";
import { registerCodec } from "../image/codecs/mod.ts";
import "../workers/main.ts";

// No message comes before this.
for (const codec of REGISTERED) registerCodec(codec);
