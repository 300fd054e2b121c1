import { crashOnAnswer } from "./crash_on_answer.ts";

crashOnAnswer((message) =>
  message.kind === "decoded" &&
  message.outcomes.some((outcome) =>
    "fault" in outcome && outcome.fault.fault?.code === "jpeg/not-jpeg"
  )
);
