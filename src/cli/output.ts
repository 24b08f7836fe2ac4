/**
 * Where the lines go: a stream that may be slow, full or gone.
 *
 * @module
 */

import { isConsumerGone } from "../kernel/deno_errors.ts";
import { CommandLineError, ConsumerGoneError, OutputError } from "./errors.ts";

/** What takes bytes: `Deno.stdout`, a file, a test's own. */
export interface ByteStream {
  /** Takes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** The terminal that it leads to. Default: it leads to none. */
  readonly terminal?: Terminal;
}

/** A terminal that shows what is written to a stream. */
export interface Terminal {
  /** Whether control sequences can draw on it, see term(7): it is not a dumb one. */
  readonly canDraw: boolean;
  /** Whether text on it may have colours: the person has not set `NO_COLOR`, see no-color.org. */
  readonly hasColor: boolean;
  /** The number of its device, as `tty_nr` of proc_pid_stat(5); null if it is not known. */
  readonly device: number | null;
  /** Its window as it is now; null if it does not say. */
  size(): { readonly columns: number; readonly rows: number } | null;
}

/** Takes the text of a run. */
export interface TextOutput {
  /** Takes the lines that open a run, or those of a sample. */
  write(lines: Iterable<string>): Promise<void>;
  /** Takes the lines that close it. */
  writeLast(lines: Iterable<string>): Promise<void>;
}

/**
 * The capacity of a pipe. No more is written at once, so that a signal can stop the output at the
 * end of a line.
 */
const MAX_WRITE_BYTES = 64 * 1024;
/**
 * Lines are joined up to this length and then encoded: the runtime copies a longer string into a
 * separate block first.
 */
const MIN_TEXT_LENGTH = 16 * 1024;
/** How long to wait before retrying a full non-blocking stream. */
const RETRY_MS = 10;
const NEWLINE = 10;

/** Writes whole lines, and waits for their consumer. */
export class LineOutput implements TextOutput {
  readonly #stream: ByteStream;
  readonly #signal: AbortSignal;
  readonly #encoder = new TextEncoder();
  readonly #buffer = new Uint8Array(MAX_WRITE_BYTES);

  /**
   * Once `signal` is aborted, the line that is being written is finished, and no other is begun.
   */
  constructor(stream: ByteStream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
  }

  /**
   * Writes lines, each with its newline. A short write is continued; nothing is written twice.
   *
   * @throws {ConsumerGoneError} If nobody reads any more.
   * @throws {OutputError} If the disk is full, or the stream fails otherwise.
   */
  async write(lines: Iterable<string>): Promise<void> {
    await this.#write(lines, () => this.#signal.aborted);
  }

  /**
   * Writes the last lines of all, also if the signal is aborted. Throws as {@linkcode write} does.
   */
  async writeLast(lines: Iterable<string>): Promise<void> {
    await this.#write(lines, () => false);
  }

  async #write(lines: Iterable<string>, isCut: () => boolean): Promise<void> {
    // A line may go on in the next bytes.
    let isInLine = false;
    for (const bytes of this.#encode(lines)) {
      let written = 0;
      while (written < bytes.length) {
        if (isCut() && !isInLine) return;
        const end = isCut() ? endOfLine(bytes, written) : bytes.length;
        try {
          written += await this.#stream.write(bytes.subarray(written, end));
        } catch (error) {
          if (!(error instanceof Deno.errors.WouldBlock)) {
            throw toOutputError(error);
          }
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
        if (written > 0) isInLine = bytes[written - 1] !== NEWLINE;
      }
    }
  }

  /**
   * The bytes of the lines, as much at once as a write takes: valid until the next are asked for.
   */
  *#encode(lines: Iterable<string>): Generator<Uint8Array> {
    let length = 0;
    for (const text of joinedTexts(lines, MIN_TEXT_LENGTH)) {
      let rest = text;
      while (rest !== "") {
        const room = this.#buffer.subarray(length);
        const { read, written } = this.#encoder.encodeInto(rest, room);
        length += written;
        rest = rest.slice(read);
        if (rest === "") break;
        yield this.#buffer.subarray(0, length);
        length = 0;
      }
    }
    if (length > 0) yield this.#buffer.subarray(0, length);
  }
}

/**
 * Texts of several parts, each of `minLength` characters but for the last one: to encode each part
 * by itself would be dearer.
 */
export function* joinedTexts(
  parts: Iterable<string>,
  minLength: number,
): Generator<string> {
  let text = "";
  for (const part of parts) {
    text += part;
    if (text.length < minLength) continue;
    yield text;
    text = "";
  }
  yield text;
}

/** The end of the line that `at` stands in, as far as its bytes are there. */
function endOfLine(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline < 0 ? bytes.length : newline + 1;
}

function toOutputError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CommandLineError) {
    return error;
  }
  return isConsumerGone(error)
    ? new ConsumerGoneError()
    : new OutputError(error.message);
}

/** Opens the text of a run: also if a signal has come, as the text that closes it comes too. */
export async function openText(
  output: TextOutput,
  opening: Iterable<string>,
  signal: AbortSignal,
): Promise<void> {
  await (signal.aborted ? output.writeLast(opening) : output.write(opening));
}

/** Waits for all of them, whatever becomes of one, and throws what one has thrown. */
export async function settled(works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) {
    if (result.status === "rejected") throw result.reason;
  }
}
