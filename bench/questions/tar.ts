/**
 * How fast is an archive read, every body in memory?
 *
 * @module
 */
import { writeTar } from "../../src/tar/mod.ts";
import { PythonWorkers } from "../contestants/python.ts";
import { TAR_LIBRARIES } from "../contestants/tar_libraries.ts";
import { Wdstream } from "../contestants/wdstream.ts";
import { type Checkout, HERE } from "../harness/checkout.ts";
import { timeItems } from "../harness/clock.ts";
import type { Contestant, Cost, Effort, OurSide, Question } from "../harness/question.ts";

/** What a file stream gives at a time on most runtimes. */
const CHUNK_BYTES = 65536;
const MEMBER_BYTES = 100_000;
const OURS = "wdstream readTar";
const OURS_WHOLE = "wdstream readTar, whole";
const TARFILE = "tarfile, Python";

/** Of each archive: so few that one is now and then read without being disturbed. */
const MEMBERS = 64;
const EXPECTED = MEMBERS * MEMBER_BYTES;

/** Archives of members of 100 KB each. */
async function makeArchives({ short }: Effort): Promise<Uint8Array<ArrayBuffer>[]> {
  const bytes = new Uint8Array(MEMBER_BYTES).map((_, i) => (i * 2654435761) >>> 24);
  const entries = Array.from({ length: MEMBERS }, (_, i) => ({
    path: `${String(i).padStart(8, "0")}.jpg`,
    bytes,
  }));
  const stream = ReadableStream.from(writeTar(entries));
  const archive = new Uint8Array(await new Response(stream).arrayBuffer());
  return Array.from({ length: short ? 5 : 20 }, () => archive.slice());
}

function countMegabytes(archives: readonly Uint8Array[]): number {
  return archives.reduce((sum, { length }) => sum + length, 0) / 1e6;
}

export async function startOurs(effort: Effort, checkout: Checkout): Promise<OurSide> {
  const archives = await makeArchives(effort);
  const amount = countMegabytes(archives);
  const deno = await Wdstream.start(archives, { checkout });
  return {
    title: "Reading a tar archive",
    task: `${archives.length} archives, ${Math.round(amount)} MB in memory, members of ` +
      `${MEMBER_BYTES / 1000} KB, in chunks of ${CHUNK_BYTES / 1024} KiB, to the bytes of every ` +
      "member, one after the other",
    unit: "MB",
    amount,
    contestants: [
      deno.contestant({ task: "tar", name: OURS, work: { settings: { expected: EXPECTED } } }),
      deno.contestant({
        task: "tar",
        name: OURS_WHOLE,
        note: "the whole archive in one buffer; bodies are views",
        // Once is over too soon to be timed.
        work: { settings: { expected: EXPECTED, isWhole: true }, times: WHOLE_TIMES },
        amount: amount * WHOLE_TIMES,
      }),
    ],
    close: () => deno.close(),
  };
}

const WHOLE_TIMES = 10;

export async function makeQuestion(effort: Effort): Promise<Question> {
  const archives = await makeArchives(effort);
  const ours = await startOurs(effort, HERE);
  const { amount } = ours;
  const python = await PythonWorkers.start(archives);
  const others = TAR_LIBRARIES.map(({ name, isWhole, read }): Contestant => ({
    name,
    of: isWhole ? OURS_WHOLE : undefined,
    note: isWhole ? "the whole archive in one buffer; bodies are views" : undefined,
    pass: () =>
      timeItems(archives, async (archive) => {
        const count = await read(archive, CHUNK_BYTES);
        if (count !== EXPECTED) throw new Error(`${count} bytes of bodies, not ${EXPECTED}`);
      }),
  }));
  return {
    ...ours,
    contestants: [
      ...ours.contestants,
      ...others,
      ...python.contestants({ task: "tar", needs: "python", name: TARFILE }),
    ],
    absent: python.missing("python", "tarfile"),
    aims: [
      ...["tar-stream*", "modern-tar*", `${TARFILE}*`].map((against) => ({
        what: "tar, members of 100 KB, in chunks",
        against,
        goal: "more than 1",
        least: 1,
      })),
      {
        what: "the same from one buffer",
        against: "nanotar*",
        ours: OURS_WHOLE,
        goal: "more than 1",
        least: 1,
        value: (theirs: Cost, ours: Cost): number =>
          theirs.cpuSeconds * WHOLE_TIMES / ours.cpuSeconds,
      },
      ...[[OURS, 1], [OURS_WHOLE, WHOLE_TIMES]].map(([ours, times]) => ({
        what: ours === OURS ? "tar from memory, in chunks" : "tar from memory, from one buffer",
        against: String(ours),
        ours: String(ours),
        goal: "at least 3 GB/s",
        least: 3,
        unit: "GB/s",
        value: ({ cpuSeconds }: Cost): number => amount / 1000 * Number(times) / cpuSeconds,
      })),
    ],
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
