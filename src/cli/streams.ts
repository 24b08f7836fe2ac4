/**
 * The command's output streams: lines go to standard output, sentences for a person to standard
 * error.
 *
 * Whoever shares standard output may switch it to O_NONBLOCK at any time (open(2), Node does so
 * with its pipes). `Deno.stdout` then throws EAGAIN for a write of which the consumer got a
 * part, and does not report how much (Deno 2.4 to 2.9: it writes through a line buffer). Here each
 * byte is written once.
 *
 * @module
 */

import type { UsedFile } from "./files.ts";
import type { ByteStream, Terminal } from "./output.ts";
import type { NonBlockingFile } from "./non_blocking_file.ts";

const STDOUT = "/proc/self/fd/1";
const STDOUT_INFO = "/proc/self/fdinfo/1";

/** A pipe without a name: opened again, it leads to the same consumer. */
const REOPENABLE = /^pipe:\[/;

/** The flags of a descriptor, an octal number: proc_pid_fdinfo(5). */
const FLAGS = /^flags:\t([0-7]+)$/m;
const O_NONBLOCK = 0o4000;

/** The line buffer takes this much of a line without writing it. It has room for 1,024 bytes. */
const MAX_PART_BYTES = 1000;
const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/**
 * Standard output.
 *
 * A pipe is opened again, and has flags of its own then. Files, terminals, sockets and named pipes
 * are left as they are, as is what this user may not open: they are written line by line while they
 * do not block.
 */
export function openStdout(): ByteStream {
  try {
    if (REOPENABLE.test(Deno.readLinkSync(STDOUT))) {
      return new Pipe(STDOUT);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  return withTerminal(ofKind(kindOfStdout()), Deno.stdout);
}

/** What standard output is written as. */
function ofKind(kind: StdoutKind): ByteStream {
  switch (kind) {
    case "null":
      return NULL_STREAM;
    case "file":
      return Deno.stdout;
    case "other":
      return countingStream(Deno.stdout, isNonBlocking);
  }
}

/** `/dev/null`: a write to it never waits, and needs no other thread. */
const NULL_STREAM: ByteStream = {
  // deno-lint-ignore require-await -- what is thrown rejects the promise.
  write: async (bytes) => Deno.stdout.writeSync(bytes),
};

/** What writes without waiting is loaded for a run that writes more often. */
const FEW_WRITES = 8;

/**
 * A pipe, opened again by its path: its flags are nobody else's.
 *
 * The runtime hands a write to another thread, as it may have to wait: of a small tree that costs
 * more than to encode its lines. A pipe that is opened not to block takes what it has room for at
 * once, and only for the rest is there something to wait for.
 */
class Pipe implements ByteStream {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** How many were handed to another thread. */
  #writes = 0;
  /** How many of them are under way. */
  #waiting = 0;
  /** Null: it is not open, or cannot be. */
  #direct: NonBlockingFile | null = null;

  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { write: true });
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    // Another write may wait still: a signal has ended the run meanwhile. This one is behind it.
    const written = this.#waiting > 0 ? 0 : this.#direct?.write(bytes) ?? 0;
    if (written > 0) return written;
    this.#waiting++;
    try {
      // If there is a fault, it is found again here, and thrown.
      const length = await this.#file.write(bytes);
      if (++this.#writes === FEW_WRITES) {
        const { openNonBlocking } = await import("./non_blocking_file.ts");
        this.#direct = openNonBlocking(this.#path);
      }
      return length;
    } finally {
      this.#waiting--;
    }
  }
}

/** Standard error. */
export function openStderr(): ByteStream {
  const stream = {
    write: async (bytes: Uint8Array) => await Deno.stderr.write(bytes),
  };
  return withTerminal(stream, Deno.stderr);
}

/** The device `/dev/null`, 1:3, see null(4). */
const NULL_DEVICE = 0x103;

/**
 * What standard output leads to, as far as it matters. A write to a regular file never comes back
 * with EAGAIN, as O_NONBLOCK does nothing there, see open(2), and neither does one to `/dev/null`.
 */
type StdoutKind = "null" | "file" | "other";

/** Which file it is cannot change. */
function kindOfStdout(): StdoutKind {
  try {
    const { isFile, isCharDevice, rdev } = Deno.statSync(STDOUT);
    if (isFile) return "file";
    return isCharDevice === true && rdev === NULL_DEVICE ? "null" : "other";
  } catch (error) {
    if (error instanceof Error) return "other";
    throw error;
  }
}

function withTerminal(
  stream: ByteStream,
  standard: { isTerminal(): boolean },
): ByteStream {
  return standard.isTerminal() ? { ...stream, terminal: TERMINAL } : stream;
}

/** The terminal of this program. */
const TERMINAL: Terminal = {
  get device() {
    try {
      return Deno.statSync(STDOUT).rdev;
    } catch (error) {
      if (error instanceof Error) return null;
      throw error;
    }
  },
  get canDraw() {
    const name = Deno.env.get("TERM") ?? "";
    return name !== "" && name !== "dumb";
  },
  get hasColor() {
    return !Deno.noColor;
  },
  size() {
    try {
      const { columns, rows } = Deno.consoleSize();
      // A line that nobody has told how wide it is: a serial one.
      return columns > 0 && rows > 0 ? { columns, rows } : null;
    } catch (error) {
      if (error instanceof Error) return null;
      throw error;
    }
  },
};

/**
 * Wraps a line-buffered stream so that `write` reports exactly how many bytes were accepted; if it
 * throws EAGAIN, none were.
 *
 * If the stream does not block, a newline goes alone: it reaches the consumer or does not. A short
 * part of a line without its newline is in the buffer once it was written, also if the buffer could
 * not be emptied then, and counts as accepted: the line has begun. Writing nothing tries again to
 * empty the buffer.
 */
export function countingStream(
  buffered: ByteStream,
  isNonBlocking: () => boolean,
): ByteStream {
  let holdsPart = false;
  return {
    async write(bytes) {
      if (holdsPart) {
        await buffered.write(NOTHING);
        holdsPart = false;
      }
      if (!isNonBlocking()) return await buffered.write(bytes);
      if (bytes[0] === NEWLINE) {
        return await buffered.write(bytes.subarray(0, 1));
      }
      const line = bytes.indexOf(NEWLINE);
      const end = line < 0 ? bytes.length : line;
      const part = bytes.subarray(0, Math.min(end, MAX_PART_BYTES));
      try {
        return await buffered.write(part);
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        holdsPart = true;
        return part.length;
      }
    },
  };
}

function isNonBlocking(): boolean {
  try {
    const flags = FLAGS.exec(Deno.readTextFileSync(STDOUT_INFO))?.[1];
    return (parseInt(flags ?? "0", 8) & O_NONBLOCK) !== 0;
  } catch (error) {
    if (error instanceof Error) return true;
    throw error;
  }
}

const STANDARD_FILES = [
  { name: "standard input", path: "/proc/self/fd/0", isWritten: false },
  { name: "standard output", path: STDOUT, isWritten: true },
  { name: "standard error", path: "/proc/self/fd/2", isWritten: true },
] as const;

/** The files behind standard input, output and error, as far as the kernel shows which they are. */
export function standardFiles(): UsedFile[] {
  return STANDARD_FILES.flatMap(({ name, path, isWritten }) => {
    try {
      return [{ name, info: Deno.statSync(path), isWritten }];
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return [];
    }
  });
}

/** This many sentences may wait for a stream that is stuck; further ones are lost. */
const MAX_WAITING = 100;
/** How long the end of a run waits for its last sentence to be taken. */
const DEADLINE_MS = 1000;

/**
 * Writes sentences, one after the other, to a stream that may be stuck, full or closed: none of
 * that holds up the lines, or a signal.
 */
export class StderrWriter {
  readonly #stream: ByteStream;
  #waiting = 0;
  #isBroken = false;
  #last: Promise<void> = Promise.resolve();

  /** Writes to a stream. */
  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Writes a sentence, without waiting for anyone to take it. */
  warn(sentence: string): void {
    this.show(`procline: ${sentence}\n`);
  }

  /** Writes a text of whole lines, without waiting for anyone to take it. */
  show(text: string): void {
    if (this.#waiting >= MAX_WAITING) return;
    this.#waiting++;
    const before = this.#last;
    this.#last = this.#write(text, before);
  }

  /** Keeps all further sentences back until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = before.then(() => promise);
    return resolve;
  }

  /** Resolves once all is written, or nobody has taken it for a second. */
  async flush(): Promise<void> {
    if (this.#waiting === 0) return;
    const late = new Promise<void>((resolve) =>
      setTimeout(resolve, DEADLINE_MS)
    );
    await Promise.race([this.#last, late]);
  }

  async #write(text: string, before: Promise<void>): Promise<void> {
    await before;
    const bytes = new TextEncoder().encode(text);
    try {
      for (let at = 0; at < bytes.length && !this.#isBroken;) {
        at += await this.#stream.write(bytes.subarray(at));
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // There is nobody else to report it to.
      this.#isBroken = true;
    }
    this.#waiting--;
  }
}
