/** The part of the suite whose cases start commands. */
import { commandCases } from "./all_native.ts";
import { register } from "./register.ts";

register(commandCases);
