/** What a command writes to; a terminal's streams, or a test's. */
export interface CommandOutput {
  /** Writes a line of results. */
  writeLine(line: string): Promise<void>;
  /** Writes a line for a person: progress, faults. */
  writeNote(line: string): Promise<void>;
  /** Whether notes go to a terminal, where a progress bar can be drawn. */
  readonly isTerminal: boolean;
}

/** One command of the command line. */
export interface Command {
  /** What `--help` prints. */
  readonly help: string;
  /**
   * Runs the command.
   *
   * @param args Arguments after the command's name.
   * @returns The exit code: 0 fine, 1 faults in the data. Usage faults are thrown.
   */
  run(args: string[], output: CommandOutput): Promise<number>;
}

/** A mistake on the command line; exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
