/** The part of the suite whose cases are about all but images, and need neither files nor processes. */
import { portableGroups } from "./all.ts";
import { register } from "./register.ts";

const { image: _, ...others } = portableGroups;
register(Object.values(others).flat());
