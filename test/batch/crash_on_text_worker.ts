import "./crash_on_text.ts";
import "../../src/batch/worker_main.ts";
