/** Leaves a dataset with workers early; a worker that stayed would keep this process from ending. */

import { evaluation, sampleShard, webdataset } from "../../mod.ts";

let seen = 0;
const dataset = webdataset([sampleShard(), sampleShard()], { workers: 2 });
for await (const _ of dataset.transform(evaluation({ size: 32 }))) if (++seen === 5) break;
console.log(`left after ${seen}`);
