import "./crash_on_groups.ts";
import "../../src/workers/main.ts";
