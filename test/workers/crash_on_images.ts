import { crashOnAnswer } from "./crash_on_answer.ts";

crashOnAnswer((message) => message.kind === "decoded");
