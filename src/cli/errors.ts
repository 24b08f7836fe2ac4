/**
 * The errors that end the command with a sentence, and their exit codes.
 *
 * @module
 */

/** The exit codes of procline; those of a command that it runs come on top. */
export const EXIT = { done: 0, cannotGoOn: 1, wrongUsage: 2 } as const;

/** Thrown for whatever ends the command in a way that is explained to the person. */
export class CommandLineError extends Error {
  /** What the program ends with. */
  readonly exitCode: number;

  /** Says what was wrong, with which value. */
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Thrown for a command line that cannot be run. */
export class UsageError extends CommandLineError {
  /** Says what was wrong, with which value. */
  constructor(message: string) {
    super(message, EXIT.wrongUsage);
    this.name = "UsageError";
  }
}

/** Thrown if a command cannot be started. */
export class CommandError extends CommandLineError {
  /**
   * Says which command, and why not; the exit code is 127 if it is not found, 126 if it cannot be
   * run.
   */
  constructor(message: string, exitCode: 126 | 127) {
    super(message, exitCode);
    this.name = "CommandError";
  }
}

/** Thrown if a file that the user named cannot be opened, read or written. */
export class FileError extends CommandLineError {
  /** Says which file, and why not. */
  constructor(message: string) {
    super(message, EXIT.cannotGoOn);
    this.name = "FileError";
  }
}

/** Thrown if the lines cannot be written: a full disk. */
export class OutputError extends CommandLineError {
  /** `detail` is what the system reported. */
  constructor(detail: string) {
    super(`Cannot write the output: ${detail}`, EXIT.cannotGoOn);
    this.name = "OutputError";
  }
}

/** Thrown if the consumer of the lines has gone away: not a fault, the run is over. */
export class ConsumerGoneError extends Error {
  /** The consumer has gone. */
  constructor() {
    super("The consumer of the output has gone away");
    this.name = "ConsumerGoneError";
  }
}
