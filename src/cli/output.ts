/**
 * Standard output and standard error, whose reader may go.
 *
 * @module
 */
import process from "node:process";
import type { CommandOutput } from "./command.ts";

/** The reader of a pipe has gone: no fault, there is just nothing left to do. */
export class ClosedPipeError extends Error {
  override readonly name: string = "ClosedPipeError";
}

type Stream = Pick<NodeJS.WritableStream, "write">;

/** Standard output and standard error. */
export function openTerminal(): CommandOutput {
  // Without a listener, a failed write would end the process with a stack besides failing here.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return {
    writeLine: (line) => writeText(process.stdout, `${line}\n`),
    writeNote: (line) => writeText(process.stderr, `${line}\n`),
    isTerminal: process.stderr.isTTY === true,
  };
}

function writeText(stream: Stream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    try {
      stream.write(
        text,
        (error?: Error | null) => error ? reject(outputError(error)) : resolve(),
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
