/** The part of the suite whose cases are about images, and need neither files nor processes. */
import { portableGroups } from "./all.ts";
import { register } from "./register.ts";

register(portableGroups.image);
