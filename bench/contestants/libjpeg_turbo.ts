/**
 * Native libjpeg-turbo, by a loop in C around the system's library, which is compiled when a question needs it. Where there is
 * no compiler or no `jpeglib.h` (Debian: `apt-get install gcc libjpeg62-turbo-dev`), it is not there.
 *
 * `WDSTREAM_LIBJPEG` names the folder of another build, with `include/` and `lib/libjpeg.a`.
 *
 * @module
 */
import type { Contestant } from "../harness/question.ts";
import { KEEP_MEMORY, type Work, WorkProcess } from "../harness/work_process.ts";

/** The program at work on a corpus. */
export class LibjpegTurbo {
  readonly #process: WorkProcess;
  readonly #folder: string;

  private constructor(process: WorkProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  /** Compiles and starts it, which keeps the memory that it frees; a line of why not where that fails. */
  static async start(blobs: readonly Uint8Array[]): Promise<LibjpegTurbo | string> {
    const folder = await Deno.makeTempDir({ prefix: "wdstream-bench-" });
    const program = `${folder}/libjpeg_turbo`;
    const source = new URL("./libjpeg_turbo.c", import.meta.url).pathname;
    const other = Deno.env.get("WDSTREAM_LIBJPEG");
    const library = other === undefined
      ? ["-ljpeg"]
      : [`-I${other}/include`, `${other}/lib/libjpeg.a`];
    const why = await compile([source, "-O2", "-o", program, ...library]);
    if (why !== undefined) {
      await Deno.remove(folder, { recursive: true });
      return `native libjpeg-turbo, as its loop does not compile (${why})`;
    }
    return new LibjpegTurbo(
      await WorkProcess.start([program], blobs, { env: KEEP_MEMORY }),
      folder,
    );
  }

  /** Decoding to RGB in one buffer. */
  contestant(work?: Work, of?: string, amount?: number): Contestant {
    return {
      name: this.name,
      note: "native code without Python around it, into one buffer; the same pixels",
      of,
      amount,
      pass: () => this.#process.work("decode", work),
    };
  }

  /** An upper bound for it: the quick DCT, and no smooth upsampling. */
  fastContestant(): Contestant {
    return {
      name: `libjpeg-turbo's quickest, ${this.#version}`,
      note: "fast integer DCT and no fancy upsampling: other pixels",
      pass: () => this.#process.work("decode_fast"),
    };
  }

  get name(): string {
    return `libjpeg-turbo ${this.#version}`;
  }

  get #version(): string {
    const { libjpegTurbo, libjpeg } = this.#process.facts;
    return libjpegTurbo ?? `(libjpeg ${libjpeg})`;
  }

  close(): void {
    this.#process.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

async function compile(args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command("cc", { args: [...args] }).output();
    if (success) return undefined;
    return new TextDecoder().decode(stderr).trim().split("\n")[0];
  } catch {
    return "there is no compiler";
  }
}
