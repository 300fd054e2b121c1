/** The suite: every case but those that move gigabytes, which `memory/memory_test.ts` has. */
import { portableCases } from "./all.ts";
import { nativeCases } from "./all_native.ts";
import { register } from "./register.ts";

register([...portableCases, ...nativeCases]);
