/**
 * Are the photographs that we draw like real ones, to a decoder?
 *
 * @module
 */
import { encodeAll, nameEncoder, recodeAll } from "../corpus/encode.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { drawPhotograph, SUBJECT_COUNT } from "../corpus/photographs.ts";
import { averageStatistics, countFile, type FileStatistics } from "../corpus/statistics.ts";
import { formatTable } from "../harness/table.ts";
import type { Effort, Question } from "../harness/question.ts";

const QUALITIES = [50, 75, 90, 95];
/** The size of most of ImageNet's. */
const [WIDTH, HEIGHT] = [500, 375];

const COLUMNS: readonly (readonly [string, keyof FileStatistics])[] = [
  ["bits a pixel", "bitsPerPixel"],
  ["luma coefficients a block", "luma"],
  ["chroma coefficients a block", "chroma"],
  ["symbols a block", "symbols"],
  ["refinement symbols", "refinementSymbols"],
  ["correction bits", "corrections"],
];

export async function makeQuestion({ short }: Effort): Promise<Question> {
  const { images, description } = await loadCorpus(short ? 12 : 50);
  const pictures = Array.from(
    { length: SUBJECT_COUNT },
    (_, i) => drawPhotograph(i, WIDTH, HEIGHT),
  );
  const rows: { quality: number; drawn: FileStatistics; real?: FileStatistics }[] = [];
  for (const quality of QUALITIES) {
    const coding = { quality, sampling: "4:4:4" } as const;
    const drawn = await encodeAll(pictures.map((picture) => ({ picture, coding })));
    const real = await recodeAll(images.map((file) => ({ file, progressive: false, ...coding })));
    rows.push({
      quality,
      drawn: averageStatistics(drawn.map(countFile)),
      real: real && averageStatistics(real.map(countFile)),
    });
  }
  const cells = rows.flatMap(({ quality, drawn, real }) => [
    [`drawn, q${quality}`, ...COLUMNS.map(([, key]) => drawn[key].toFixed(2))],
    ...real ? [[`real, q${quality}`, ...COLUMNS.map(([, key]) => real[key].toFixed(2))]] : [],
  ]);
  return {
    title: "The photographs that are drawn here",
    task:
      `${pictures.length} drawn photographs of ${WIDTH}x${HEIGHT} beside ${description}; both encoded by ${await nameEncoder()} ` +
      "at the same quality, 4:4:4. Coefficients are AC ones that are not zero; refinement symbols and correction bits are " +
      "what the refining scans of libjpeg's progressive layout have, a block of any component",
    unit: "files",
    amount: pictures.length,
    contestants: [],
    conclude: () => ({
      text: formatTable([["", ...COLUMNS.map(([name]) => name)], ...cells]).join("\n"),
      data: rows,
    }),
  };
}
