/** Thrown for a command line that cannot be run: the program says why and ends with 2. */
export class UsageError extends Error {
  /** Says what was wrong, with which value. */
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
