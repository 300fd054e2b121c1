/** The half of the suite whose cases need files, sockets or processes of their own. */
import { nativeCases } from "./all_native.ts";
import { register } from "./register.ts";

register(nativeCases);
