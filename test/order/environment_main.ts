/** Prints the share that the environment of this process names, or why it names none. */
import { splitFromEnvironment, WdsError } from "../../mod.ts";

try {
  console.log(JSON.stringify(splitFromEnvironment()));
} catch (error) {
  if (!(error instanceof WdsError)) throw error;
  console.log(JSON.stringify({ code: error.code, reason: error.reason }));
}
