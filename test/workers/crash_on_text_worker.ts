import "./crash_on_text.ts";
import "../../src/workers/main.ts";
