import "./crash_on_groups.ts";
import "../../src/batch/worker_main.ts";
