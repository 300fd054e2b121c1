/**
 * `wdstream reshard`: shards to other shards.
 *
 * @module
 */
import { type Command, defineCommand } from "../command.ts";
import { count } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { readRules, RULE_OPTIONS } from "../rule_options.ts";
import { listSources, openFolder, READ_OPTIONS } from "../shard_options.ts";
import { sumSizes } from "../sum_sizes.ts";
import { reshard } from "../../tools/reshard.ts";
import {
  OUT_PERMISSION,
  runWriting,
  splitOperands,
  WRITE_OPTIONS,
  writtenOptions,
} from "../write_options.ts";

/** Merges, splits, filters and mixes. */
export const command: Command = defineCommand({
  name: "reshard",
  summary: "shards to other shards: mixed, merged, split by count or bytes, filtered",
  details: [
    "Writes the samples of shards into new shards in OUT, a folder or s3://BUCKET/PATH. They are mixed by default, with a seed: as many " +
    "places of the data as there are lanes are read in turns, so that memory holds lanes times window samples however " +
    "large the data is. What is sorted by class is mixed as well as there are lanes.",
    "The output depends on the samples, the seed and the options alone. Shards appear when they are whole, and " +
    "NAME.reshard.json says which are: after Ctrl-C or a crash the same command goes on from there, and what it writes " +
    "in the end has the bytes of a run that nothing stopped.",
    'A condition of --where has names of fields and what is in them ("json.width", "cls", "txt", "key"), numbers, ' +
    "texts in quotes, lists, + - * / %, == != < <= > >=, in, and, or, not.",
  ],
  operands: { name: "SHARDS", last: "OUT", required: "a shard, and where to write" },
  options: {
    ...WRITE_OPTIONS,
    lanes: count("places of the data that are mixed at any time", { default: 32 }),
    window: count("samples of a lane that are permuted among themselves", { default: 16 }),
    ...RULE_OPTIONS,
    ...READ_OPTIONS,
  },
  permissions: [...sourcePermissions(), OUT_PERMISSION],
  examples: [
    'reshard "raw/*.tar" mixed --max-count 1000 --seed 7 --info',
    'reshard "train-{000..127}.tar" large --where "json.width * json.height >= 65536"',
    'reshard "laion/*.tar" labelled --add "cls=json.label" --where "json.label != null"',
    "reshard a.tar b.tar merged --order as-is --keys numbered --drop-fields json",
  ],
  async run({ values, operands }, output) {
    const [inputs, out] = splitOperands(operands, "a shard");
    const { lanes, window } = values;
    const options = writtenOptions(values);
    const rules = readRules(values);
    const sources = await listSources(inputs, values, output);
    const store = await openFolder(out, values, output);
    return await runWriting(
      values,
      output,
      async () => ({ bytes: await sumSizes(sources) }),
      (callbacks) =>
        reshard(sources, store, {
          ...options,
          ...rules,
          lanes,
          window,
          read: { onError: values["on-error"], endOfArchive: values["end-of-archive"] },
          ...callbacks,
        }),
    );
  },
});
