import "./crash_on_images.ts";
import "../../src/workers/main.ts";
