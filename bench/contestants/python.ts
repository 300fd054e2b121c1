/**
 * Python: Pillow, torchvision, torch's tensor path, tarfile, DataLoader. Each interpreter that is there takes part: Debian's own,
 * those of a folder that Debian 13 was unpacked into, and what the caller names.
 *
 * @module
 */
import type { Contestant } from "../harness/question.ts";
import { type Facts, KEEP_MEMORY, type Work, WorkProcess } from "../harness/work_process.ts";

/** An interpreter, and what it has. */
export interface Python {
  /** The command up to the interpreter's arguments. */
  readonly command: readonly string[];
  /** By package. */
  readonly versions: Facts;
  /** How it sees a file of this system. */
  path(file: string): string;
}

/** Where Debian 13 is looked for; README.md says how it comes there. */
export const DEBIAN13 = "/var/tmp/wdstream-debian13";

// In namespaces of its own, which end with it: the other system sees this one's files below /host.
const ENTER = 'mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && ' +
  'mkdir -p "$1/host" && mount --rbind / "$1/host" && root=$1 && shift && exec chroot "$root" "$@"';

const ENV = { OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1", UCX_LOG_LEVEL: "fatal" };

const PROBE = `
import json
versions = {}
try:
    import PIL
    versions["pillow"] = PIL.__version__
except ImportError:
    pass
print(json.dumps(versions))
`;

let pythons: Promise<readonly Python[]> | undefined;

/** The interpreters that are there: this system's first, then Debian 13's, then those of `WDSTREAM_PYTHONS`. */
export function listPythons(): Promise<readonly Python[]> {
  return pythons ??= findPythons();
}

/** The first one that has Pillow, else the first one. */
export async function findPython(): Promise<Python | undefined> {
  const all = await listPythons();
  return all.find(({ versions }) => versions.pillow !== undefined) ?? all[0];
}

async function findPythons(): Promise<readonly Python[]> {
  const root = Deno.env.get("WDSTREAM_DEBIAN13") ?? DEBIAN13;
  const named = (Deno.env.get("WDSTREAM_PYTHONS") ?? "").split(":").filter((path) => path !== "");
  const own = (file: string): string => file;
  const candidates: Pick<Python, "command" | "path">[] = [
    { command: ["/usr/bin/python3"], path: own },
    {
      command: ["unshare", "--mount", "sh", "-c", ENTER, "sh", root, "/usr/bin/python3"],
      // A link would lead out of what it sees.
      path: (file) => `/host${Deno.realPathSync(file)}`,
    },
    ...named.map((path) => ({ command: [path], path: own })),
  ];
  const found: Python[] = [];
  for (const candidate of candidates) {
    const versions = await probe(candidate.command);
    if (versions !== undefined) found.push({ ...candidate, versions });
  }
  return found;
}

async function probe([command, ...args]: readonly string[]): Promise<Facts | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: [...args, "-c", PROBE],
      env: ENV,
      stderr: "null",
    }).output();
    return success ? JSON.parse(new TextDecoder().decode(stdout)) : undefined;
  } catch {
    return undefined;
  }
}

/** What a contestant is called and does. */
export interface PythonTask {
  /** A function of `python_worker.py`. */
  readonly task: string;
  /** The package that it needs, whose version follows its name. */
  readonly needs: string;
  readonly name: string;
  readonly note?: string;
  readonly work?: Work;
  readonly amount?: number;
  readonly of?: string;
}

/** All interpreters at work on one corpus. */
export class PythonWorkers {
  readonly #workers: readonly { readonly python: Python; readonly process: WorkProcess }[];

  private constructor(workers: readonly { python: Python; process: WorkProcess }[]) {
    this.#workers = workers;
  }

  /** Starts them, with torch or with {@linkcode KEEP_MEMORY} where that is asked for. */
  static async start(
    blobs: readonly Uint8Array[],
    { extras, torch = false, keepsMemory = false }: {
      readonly extras?: readonly unknown[];
      readonly torch?: boolean;
      readonly keepsMemory?: boolean;
    } = {},
  ): Promise<PythonWorkers> {
    const env = { ...ENV, ...keepsMemory ? KEEP_MEMORY : {} };
    const script = await Deno.readTextFile(new URL("./python_worker.py", import.meta.url));
    const workers: { python: Python; process: WorkProcess }[] = [];
    for (const python of await listPythons()) {
      const command = [...python.command, "-u", "-c", script, torch ? "torch" : ""];
      const process = await WorkProcess.start(command, blobs, { extras, env });
      workers.push({ python, process });
    }
    return new PythonWorkers(workers);
  }

  /** A contestant for each interpreter that has the package and fits. */
  contestants(
    { task, needs, name, note, work, amount, of }: PythonTask,
    fits: (facts: Facts) => boolean = () => true,
  ): Contestant[] {
    return this.#workers.filter(({ process: { facts } }) => needs in facts && fits(facts)).map((
      { process },
    ) => ({
      name: `${name} ${process.facts[needs]}`,
      note,
      amount,
      of,
      pass: () => process.work(task, work),
    }));
  }

  /**
   * Torch's own resizing of tensors, without Pillow: on uint8 where a Python is new enough, else through float32, which
   * gives other pixels. The names say which.
   */
  tensorPath(interpolation: "bilinear" | "bicubic" = "bicubic", of?: string): Contestant[] {
    const suffix = interpolation === "bicubic" ? "" : ` ${interpolation},`;
    const about = {
      task: "evaluation_tensor",
      needs: "torchvision",
      work: { settings: { interpolation } },
      of,
    };
    return [
      ...this.contestants({
        ...about,
        name: `torch's tensor path,${suffix} torchvision`,
        note: "decode_jpeg and Resize on a uint8 tensor, native code; other pixels than Pillow's",
      }, ({ tensorPath }) => tensorPath === "uint8"),
      ...this.contestants({
        ...about,
        name: `torch's tensor path through float32,${suffix} torchvision`,
        note: "as torch resized before 2.1; other pixels again",
      }, ({ tensorPath }) => tensorPath !== "uint8"),
    ];
  }

  /** The same by what each interpreter is given, which may be a path as it sees it. */
  each<T>(make: (process: WorkProcess, python: Python) => T[]): T[] {
    return this.#workers.flatMap(({ process, python }) => make(process, python));
  }

  /** Who is missing of what was wanted. */
  missing(needs: string, what: string): string[] {
    return this.#workers.some(({ process: { facts } }) => needs in facts)
      ? []
      : [`${what}, as no Python here has ${needs}`];
  }

  close(): void {
    for (const { process } of this.#workers) process.close();
  }
}
