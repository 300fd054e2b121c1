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
import { timeWork } from "../harness/clock.ts";
import type { Contestant, Cost, Effort, OurSide, Question } from "../harness/question.ts";

/** What a file stream gives at a time on most runtimes. */
const CHUNK_BYTES = 65536;
const MEMBER_BYTES = 100_000;
const OURS = "wdstream readTar";
const OURS_WHOLE = "wdstream readTar, whole";
const TARFILE = "tarfile, Python";

const countMembers = ({ short }: Effort): number => short ? 320 : 1280;

/** An archive of members of 100 KB each. */
async function makeArchive(count: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(MEMBER_BYTES).map((_, i) => (i * 2654435761) >>> 24);
  const entries = Array.from({ length: count }, (_, i) => ({
    path: `${String(i).padStart(8, "0")}.jpg`,
    bytes,
  }));
  return new Uint8Array(await new Response(ReadableStream.from(writeTar(entries))).arrayBuffer());
}

export async function startOurs(effort: Effort, checkout: Checkout): Promise<OurSide> {
  const archive = await makeArchive(countMembers(effort));
  const expected = countMembers(effort) * MEMBER_BYTES;
  const deno = await Wdstream.start([archive], { checkout });
  return {
    title: "Reading a tar archive",
    task: `An archive of ${Math.round(archive.length / 1e6)} MB in memory, members of ` +
      `${MEMBER_BYTES / 1000} KB, in chunks of ${CHUNK_BYTES / 1024} KiB, to the bytes of every ` +
      "member, one after the other",
    unit: "MB",
    amount: archive.length / 1e6,
    contestants: [
      deno.contestant({ task: "tar", name: OURS, work: { settings: { expected } } }),
      deno.contestant({
        task: "tar",
        name: OURS_WHOLE,
        note: "the whole archive in one buffer; bodies are views",
        // Once is over too soon to be timed.
        work: { settings: { expected, isWhole: true }, times: WHOLE_TIMES },
        amount: archive.length / 1e6 * WHOLE_TIMES,
      }),
    ],
    close: () => deno.close(),
  };
}

const WHOLE_TIMES = 10;

export async function makeQuestion(effort: Effort): Promise<Question> {
  const archive = await makeArchive(countMembers(effort));
  const expected = countMembers(effort) * MEMBER_BYTES;
  const ours = await startOurs(effort, HERE);
  const python = await PythonWorkers.start([archive]);
  const others = TAR_LIBRARIES.map(({ name, isWhole, read }): Contestant => ({
    name,
    of: isWhole ? OURS_WHOLE : undefined,
    note: isWhole ? "the whole archive in one buffer; bodies are views" : undefined,
    pass: () =>
      timeWork(async () => {
        const count = await read(archive, CHUNK_BYTES);
        if (count !== expected) throw new Error(`${count} bytes of bodies, not ${expected}`);
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
        value: ({ cpuSeconds }: Cost): number => archive.length / 1e9 * Number(times) / cpuSeconds,
      })),
    ],
    close: () => [ours, python].forEach((each) => each.close()),
  };
}
