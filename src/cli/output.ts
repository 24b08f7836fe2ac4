/**
 * Where the lines go: a stream that may be slow, full or gone.
 *
 * @module
 */

/** What takes bytes: `Deno.stdout`, a file, a test's own. */
export interface ByteStream {
  /** Takes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Thrown where the reader of the lines has gone away: no fault, the run is over. */
export class ReaderGoneError extends Error {
  /** The reader has gone. */
  constructor() {
    super("The reader of the output has gone away");
    this.name = "ReaderGoneError";
  }
}

/** Thrown where the lines cannot be written: a full disk. */
export class OutputError extends Error {
  /** Says what the system said. */
  constructor(detail: string) {
    super(`Cannot write the output: ${detail}`);
    this.name = "OutputError";
  }
}

/** A pipe holds as much: what is handed over at once can be ended within a line. */
const MAX_WRITE_BYTES = 64 * 1024;
/** How long to wait for a reader that does not make the writer wait. */
const RETRY_MS = 10;
const NEWLINE = 10;

/** Writes whole lines, and waits for their reader. */
export class LineOutput {
  readonly #stream: ByteStream;
  readonly #signal: AbortSignal;
  readonly #encoder = new TextEncoder();
  #buffer = new Uint8Array(MAX_WRITE_BYTES);

  /** Once `signal` is aborted, the line that is being written is finished, and no other begun. */
  constructor(stream: ByteStream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
  }

  /**
   * Writes lines, each with its newline. A short write is gone on with; nothing is written twice.
   *
   * @throws {ReaderGoneError} If nobody reads any more.
   * @throws {OutputError} If the disk is full, or the stream fails otherwise.
   */
  async write(lines: string): Promise<void> {
    await this.#write(lines, () => this.#signal.aborted);
  }

  /** Writes the last lines of all, also where the signal is aborted. Throws as {@linkcode write} does. */
  async writeLast(lines: string): Promise<void> {
    await this.#write(lines, () => false);
  }

  async #write(lines: string, isCut: () => boolean): Promise<void> {
    const bytes = this.#encode(lines);
    let written = 0;
    while (written < bytes.length) {
      const end = isCut()
        ? endOfLine(bytes, written)
        : Math.min(written + MAX_WRITE_BYTES, bytes.length);
      if (end === written) return;
      try {
        written += await this.#stream.write(bytes.subarray(written, end));
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw ending(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** The text's bytes, in a buffer that the next text takes again. */
  #encode(text: string): Uint8Array {
    for (;;) {
      const { read, written } = this.#encoder.encodeInto(text, this.#buffer);
      if (read === text.length) return this.#buffer.subarray(0, written);
      this.#buffer = new Uint8Array(
        2 * Math.max(this.#buffer.length, text.length),
      );
    }
  }
}

/** Where the line ends that `at` stands in; `at` itself between two lines. */
function endOfLine(bytes: Uint8Array, at: number): number {
  return at === 0 || bytes[at - 1] === NEWLINE
    ? at
    : bytes.indexOf(NEWLINE, at) + 1;
}

/** EPIPE, and EIO of a terminal that was closed: the reader has gone. */
function ending(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return error instanceof Deno.errors.BrokenPipe ||
      error.message.includes("(os error 5)")
    ? new ReaderGoneError()
    : new OutputError(error.message);
}
