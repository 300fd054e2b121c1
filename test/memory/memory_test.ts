/** The cases that move gigabytes through the module and measure the memory that it takes. */
import { register } from "../register.ts";
import { cases as blob } from "./blob.native.ts";
import { cases as parquet } from "./parquet.native.ts";
import { cases as stream } from "./stream.native.ts";

register([...blob, ...parquet, ...stream]);
