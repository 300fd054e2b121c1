/** The part of the suite whose cases need files, sockets or threads. */
import { fileCases } from "./all_native.ts";
import { register } from "./register.ts";

register(fileCases);
