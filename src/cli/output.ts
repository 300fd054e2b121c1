/**
 * Standard output and standard error, whose reader may go.
 *
 * @module
 */
import { type DenoOutputLike, denoScope, type NodeOutputLike, nodeProcess } from "../runtime.ts";
import type { CommandOutput, HiddenLine } from "./command.ts";
import { LineWriter } from "./line_writer.ts";
import { plainLines, withoutLateControls } from "./words.ts";

/** The reader of a pipe has gone: no fault, there is just nothing left to do. */
export class ClosedPipeError extends Error {
  override readonly name: string = "ClosedPipeError";
}

/** Standard output and standard error. */
export function openTerminal(): CommandOutput {
  const deno = denoScope();
  const [out, notes] = deno === undefined
    ? [nodeWriter(nodeProcess().stdout), nodeWriter(nodeProcess().stderr)]
    : [denoWriter(deno.stdout), denoWriter(deno.stderr)];
  const isTerminal = deno === undefined ? isNodeTerminal("stderr") : deno.stderr.isTerminal();
  const isOutputTerminal = deno === undefined ? isNodeTerminal("stdout") : deno.stdout.isTerminal();
  let bar: HiddenLine | undefined;
  /** Writes above the bar. */
  const above = (write: Writer): Writer => async (text) => {
    const shown = bar;
    shown?.hide();
    try {
      await write(text);
    } finally {
      shown?.show();
    }
  };
  // What goes into a file or a pipe is not in the bar's way.
  const toOut = isOutputTerminal ? above(out) : out;
  const toNotes = isTerminal ? above(notes) : notes;
  const lines = deno === undefined ? undefined : new LineWriter(toOut);
  const writeText = lines === undefined ? toOut : (text: string) => lines.write(text);
  return {
    // What is read by another program is as it is; a terminal does what it is told by anybody's names.
    writeLine: (line) => writeText(`${isOutputTerminal ? withoutLateControls(line) : line}\n`),
    flush: async () => await lines?.flush(),
    async writeBytes(bytes) {
      await lines?.flush();
      await toOut(bytes);
    },
    async writeNote(line) {
      // Lines that cannot be written are no reason to say nothing.
      await lines?.flush().catch(() => {});
      await toNotes(`${plainLines(line)}\n`);
    },
    isTerminal,
    isOutputTerminal,
    setBar: (line) => void (bar = line),
  };
}

type Writer = (output: string | Uint8Array) => Promise<void>;

const isNodeTerminal = (stream: "stdout" | "stderr"): boolean =>
  nodeProcess()[stream].isTTY === true;

function denoWriter(output: DenoOutputLike): Writer {
  const encoder = new TextEncoder();
  let last: Promise<void> = Promise.resolve();
  const write = async (text: string | Uint8Array): Promise<void> => {
    try {
      for (let rest = typeof text === "string" ? encoder.encode(text) : text; rest.length > 0;) {
        rest = rest.subarray(await output.write(rest));
      }
    } catch (error) {
      throw outputError(error);
    }
  };
  // One after the other, for a write may take only some of the bytes.
  return (text) => last = last.then(() => write(text), () => write(text));
}

function nodeWriter(stream: NodeOutputLike): Writer {
  // Without a listener, a failed write would end the process with a stack besides failing here.
  stream.on("error", () => {});
  return (text) =>
    new Promise((resolve, reject) => {
      try {
        stream.write(
          text,
          (error) => error ? reject(outputError(error)) : resolve(),
        );
      } catch (error) {
        reject(outputError(error));
      }
    });
}

function outputError(error: unknown): Error {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  if (code === "EPIPE" || name === "BrokenPipe") return new ClosedPipeError("the pipe is closed");
  return new Error(`Cannot write the output: ${message ?? error}`, { cause: error });
}
