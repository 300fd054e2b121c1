/**
 * `wdstream reshard`: shards to other shards.
 *
 * @module
 */
import { type Command, defineCommand, UsageError } from "../command.ts";
import { choice, count, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { readRules, RULE_OPTIONS } from "../rule_options.ts";
import { listSources, openFolder, openNamed, READ_OPTIONS } from "../shard_options.ts";
import { sumSizes } from "../sum_sizes.ts";
import { reshard, type ReshardReport } from "../../tools/reshard.ts";
import { TABLE_NAME } from "../../tools/table.ts";
import { countText } from "../words.ts";
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
    "texts in quotes, lists, + - * / %, == != < <= > >=, in, and, or, not. Names of any letters stand in brackets: " +
    "json['aesthetic score'], json.tags[0]; fields['row'] is the sample's field of that name.",
    "--add-from joins a table to the samples by their keys. --add and --where know its columns as row.COLUMN; where --add " +
    "names none, its caption becomes txt, its class cls, and all other columns json. A key that comes twice in it is an " +
    "error, and so is a sample without a row, unless --missing says what becomes of it.",
  ],
  operands: { name: "SHARDS", last: "OUT", required: "a shard, and where to write" },
  options: {
    ...WRITE_OPTIONS,
    lanes: count("places of the data that are mixed at any time", { default: 32 }),
    window: count("samples of a lane that are permuted among themselves", { default: 16 }),
    ...RULE_OPTIONS,
    "add-from": text("TABLE", "add fields by a table with keys: .csv, .tsv, .jsonl or .parquet", {
      isPath: true,
    }),
    "key-column": text(
      "COLUMN",
      "column of the table with the keys (default: key, file_name, …)",
    ),
    missing: choice("samples without a row in the table", {
      error: "end the command (default)",
      skip: "are left out",
      keep: "stay without what it would add",
    }),
    "max-table-bytes": count("memory that the rows of the table may take (default: 1073741824)"),
    ...READ_OPTIONS,
  },
  permissions: [...sourcePermissions(), OUT_PERMISSION],
  examples: [
    'reshard "raw/*.tar" mixed --max-count 1000 --seed 7 --info',
    'reshard "train-{000..127}.tar" large --where "json.width * json.height >= 65536"',
    'reshard "laion/*.tar" labelled --add "cls=json.label" --where "json.label != null"',
    'reshard "laion/*.tar" captioned --add-from captions.parquet --drop-fields txt --missing skip',
    'reshard train.tar good --add-from scores.csv --key-column id --where "row.score > 0.5"',
    "reshard a.tar b.tar merged --order as-is --keys numbered --drop-fields json",
  ],
  async run({ values, operands }, output) {
    const [inputs, out] = splitOperands(operands, "a shard");
    const { lanes, window } = values;
    const options = writtenOptions(values);
    const { "add-from": table, "key-column": keyColumn, missing } = values;
    const { "max-table-bytes": maxBytes } = values;
    checkTable(values);
    const rules = readRules(values, { withTable: table !== undefined });
    const sources = await listSources(inputs, values, output);
    const store = await openFolder(out, values, output);
    const [source] = table === undefined ? [] : await openNamed([table], values, output);
    let report: ReshardReport | undefined;
    const code = await runWriting(
      values,
      output,
      async () => ({ bytes: await sumSizes(sources) }),
      async (callbacks) =>
        report = await reshard(sources, store, {
          ...options,
          ...rules,
          addFrom: source && { table: source, keyColumn, missing, maxBytes },
          lanes,
          window,
          read: { onError: values["on-error"], endOfArchive: values["end-of-archive"] },
          ...callbacks,
        }),
    );
    if (report?.joined !== undefined && !values.quiet) {
      const { joined } = report;
      const parts: string[] = [];
      if (joined.missing > 0) {
        const became = missing === "skip" ? "left out" : "kept";
        parts.push(`${countText(joined.missing, "sample")} without a row ${became}`);
      }
      if (joined.unused > 0) parts.push(`${countText(joined.unused, "row")} of no sample`);
      if (parts.length > 0) await output.writeNote(parts.join(", "));
    }
    return code;
  },
});

/** What of the options goes together. */
function checkTable(
  values: {
    readonly [Name in "add-from" | "key-column" | "missing" | "max-table-bytes"]?: string | number;
  },
): void {
  const table = values["add-from"];
  if (table !== undefined) {
    if (TABLE_NAME.test(String(table))) return;
    throw new UsageError(`--add-from takes a .csv, .tsv, .jsonl or .parquet file, not "${table}"`);
  }
  for (const name of ["key-column", "missing", "max-table-bytes"] as const) {
    if (values[name] !== undefined) throw new UsageError(`--${name} takes a table, --add-from`);
  }
}
