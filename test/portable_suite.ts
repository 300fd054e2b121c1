/** The half of the suite whose cases need neither files nor processes. */
import { portableCases } from "./all.ts";
import { register } from "./register.ts";

register(portableCases);
