/**
 * `wdstream preview`: a contact sheet of shards.
 *
 * @module
 */
import { encodePng } from "../../image/encode/png.ts";
import { imagenetLabels } from "../../imagenet/labels.ts";
import "../../formats/mod.ts";
import { mayReadEnvironment, readEnvironment } from "../../runtime.ts";
import { type ContactSheet, makeContactSheet } from "../../tools/contact_sheet.ts";
import { formatContactSheetPage } from "../../tools/contact_sheet_page.ts";
import {
  type Command,
  type CommandOutput,
  defineCommand,
  type Permission,
  UsageError,
} from "../command.ts";
import { describeBriefly } from "../describe_error.ts";
import { Interrupt } from "../interrupt.ts";
import { LABELS_OPTION, readLabels } from "../labels.ts";
import { choice, count, flag, text } from "../options.ts";
import { sourcePermissions } from "../permissions.ts";
import { FIELD_OPTION, listSources, READ_OPTIONS } from "../shard_options.ts";
import { findProtocol, formatPicture, type PictureProtocol } from "../show_picture.ts";
import { describeTransform, TRANSFORM_OPTIONS } from "../transform_options.ts";
import { countText } from "../words.ts";
import { writeFileWhole } from "../write_file.ts";

const WRITE_PERMISSION: Permission = {
  flag: "--allow-write",
  purpose: "for --output",
  exact: ({ values }) => typeof values.output === "string" ? "--allow-write" : undefined,
};

const { preset, resize, size } = TRANSFORM_OPTIONS;

const OPTIONS = {
  output: text("FILE", "write FILE.png or FILE.html, and show nothing", {
    isPath: true,
    isOutput: true,
  }),
  show: choice("how the terminal takes pictures (default: as it says of itself)", [
    "kitty",
    "iterm2",
    "sixel",
  ]),
  count: count("show the first N samples", { default: 64 }),
  columns: count("pictures side by side", { default: 8 }),
  edge: count("edge of a picture in pixels", { default: 128 }),
  crop: flag("darken what a model does not see of each image, by --preset, --resize and --size"),
  preset,
  resize,
  size,
  labels: LABELS_OPTION,
  field: FIELD_OPTION,
  ...READ_OPTIONS,
} as const;

/** Shows images. */
export const command: Command = defineCommand({
  name: "preview",
  summary: "the images of shards side by side, on the terminal, as PNG or HTML",
  details: [
    "Draws a contact sheet of the first samples, each with its class or key. With --output it is written, as one picture " +
    "or as one page that needs nothing else. Without, it is shown on terminals that take pictures (kitty, Ghostty, " +
    "Konsole, iTerm2, WezTerm, those with sixels), with a line for each sample; if standard output is no terminal and " +
    "--show is not given, the PNG file goes there.",
    "With --crop, the part that evaluation gives a model is bright and the rest dark.",
  ],
  operands: { name: "SHARDS", required: "a shard" },
  options: OPTIONS,
  permissions: [...sourcePermissions(), WRITE_PERMISSION],
  examples: [
    "preview train-0000.tar",
    "preview train-0000.tar --count 200 --columns 20 --output sheet.png",
    "preview val-0000.tar --crop --size 224 --resize 256 --labels imagenet --output sheet.html",
  ],
  async run({ values, operands }, output) {
    const { output: path, show, field, crop, edge, columns } = values;
    if (path !== undefined && !/\.(png|html?)$/i.test(path)) {
      throw new UsageError(`--output takes FILE.png or FILE.html, not "${path}"`);
    }
    const sources = await listSources(operands, values, output);
    const named = await readLabels(values.labels, sources.map(({ name }) => name), false);
    const interrupt = new Interrupt();
    const notes: string[] = [];
    try {
      const sheet = await makeContactSheet(sources, {
        count: values.count,
        columns,
        size: edge,
        ...(crop && { crop: describeTransform({ ...TRANSFORM_DEFAULTS, ...values }, "uint8") }),
        labels: named === "imagenet" ? await imagenetLabels() : named || undefined,
        image: field,
        onFault: (fault) => void notes.push(`not shown: ${describeBriefly(fault)}`),
        read: { endOfArchive: values["end-of-archive"] },
        signal: interrupt.signal,
      });
      for (const note of notes) await output.writeNote(note);
      if (path !== undefined && !/\.png$/i.test(path)) {
        await writeFileWhole(path, await formatContactSheetPage(sheet, operands.join(" ")));
      } else {
        const png = await encodePng(sheet.image);
        if (path !== undefined) await writeFileWhole(path, png);
        else if (show === undefined && !output.isOutputTerminal) await output.writeBytes!(png);
        else await showSheet(sheet, png, show, output);
      }
      if (path !== undefined) {
        await output.writeLine(`${path}: ${countText(sheet.cells.length, "sample")}`);
      }
      return notes.length > 0 ? 1 : 0;
    } catch (error) {
      if (interrupt.code === undefined) throw error;
      return interrupt.code;
    } finally {
      interrupt.close();
    }
  },
});

/** As the preset. */
const TRANSFORM_DEFAULTS = { interpolation: undefined, resampler: "pillow" } as const;

async function showSheet(
  { image, cells }: ContactSheet,
  png: Uint8Array,
  given: PictureProtocol | undefined,
  output: CommandOutput,
): Promise<void> {
  const protocol = given ??
    findProtocol((name) => mayReadEnvironment(name) ? readEnvironment(name) : undefined);
  if (protocol === undefined) {
    throw new UsageError(
      "this terminal does not say that it takes pictures: name its way by --show, or a file by --output",
    );
  }
  await output.writeLine(formatPicture(image, png, protocol));
  for (const { key, caption, imageSize } of cells) {
    const size = imageSize === undefined ? "not decoded" : imageSize.join("x");
    await output.writeLine(JSON.stringify(key).slice(1, -1) + `  ${size}  ${caption}`);
  }
}
