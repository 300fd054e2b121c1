/**
 * Standard output and standard error, whose reader may go.
 *
 * @module
 */
import { type DenoOutputLike, denoScope, type NodeOutputLike, nodeProcess } from "../runtime.ts";
import type { CommandOutput } from "./command.ts";
import { LineWriter } from "./line_writer.ts";

/** The reader of a pipe has gone: no fault, there is just nothing left to do. */
export class ClosedPipeError extends Error {
  override readonly name: string = "ClosedPipeError";
}

/** Standard output and standard error. */
export function openTerminal(): CommandOutput {
  const deno = denoScope();
  if (deno === undefined) {
    const [out, notes] = [nodeWriter(nodeProcess().stdout), nodeWriter(nodeProcess().stderr)];
    return {
      writeLine: (line) => out(`${line}\n`),
      writeBytes: out,
      writeNote: (line) => notes(`${line}\n`),
      isTerminal: isNodeTerminal("stderr"),
      isOutputTerminal: isNodeTerminal("stdout"),
    };
  }
  const [out, notes] = [denoWriter(deno.stdout), denoWriter(deno.stderr)];
  const lines = new LineWriter(out);
  return {
    writeLine: (line) => lines.write(`${line}\n`),
    flush: () => lines.flush(),
    async writeBytes(bytes) {
      await lines.flush();
      await out(bytes);
    },
    async writeNote(line) {
      // Lines that cannot be written are no reason to say nothing.
      await lines.flush().catch(() => {});
      await notes(`${line}\n`);
    },
    isTerminal: deno.stderr.isTerminal(),
    isOutputTerminal: deno.stdout.isTerminal(),
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
