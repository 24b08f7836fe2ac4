/**
 * A terminal that shows one picture after the other in the same place: on the alternate screen, so
 * that what was there before is there again afterwards.
 *
 * The control sequences are those of xterm, which the emulators of today and the Linux console
 * know: ctlseqs of xterm, console_codes(4).
 *
 * @module
 */

import type { TextWindow } from "../format/format.ts";
import { ConsumerGoneError } from "./errors.ts";
import {
  type ByteStream,
  LineOutput,
  type Terminal,
  type TextOutput,
} from "./output.ts";
import { type SignalName, type Signals, STOP_SIGNALS } from "./signals.ts";

/** The alternate screen; lines that are too long do not wrap; no cursor. */
const ENTER = "\u001b[?1049h\u001b[?7l\u001b[?25l";
/**
 * It is erased first: after a change of its size, tmux 3.3 would show parts of it among what was
 * there before.
 */
const LEAVE = "\u001b[2J\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const ERASE_LINE = "\u001b[K";
const ERASE_BELOW = "\u001b[J";

/** Of a terminal that does not say, as VT100. */
const USUAL_SIZE = { columns: 80, rows: 24 };
/** A block, an empty line, and the line of the cursor fill the window. */
const ROWS_AROUND_BLOCK = 2;
/** The last block, with the line that says how the run ended. */
const ROWS_AROUND_LAST = 3;
/** How long the terminal may take to be restored. It may have been stopped, with Ctrl-S. */
const DEADLINE_MS = 1000;

const STOPS: ReadonlySet<string> = new Set(STOP_SIGNALS);

/** The window of a terminal for blocks of text, one after the other. */
export function windowForBlocks(
  terminal: Terminal | undefined,
): (() => TextWindow) | undefined {
  return terminal && (() => windowOf(terminal, ROWS_AROUND_BLOCK));
}

function windowOf(terminal: Terminal, rowsAround: number): TextWindow {
  const { columns, rows } = terminal.size() ?? USUAL_SIZE;
  const { hasColor } = terminal;
  return { columns, rows: Math.max(rows - rowsAround, 1), hasColor };
}

/** What a screen needs. */
export interface ScreenOptions {
  /** Leads to the terminal. */
  readonly stream: ByteStream;
  /** The terminal. */
  readonly terminal: Terminal;
  /** Once it is aborted, no further picture is drawn. */
  readonly signal: AbortSignal;
  /** Reports that the window has changed, and that the program is to stop or goes on. */
  readonly signals: Signals;
  /** Keeps sentences for a person back, until the returned function is called. */
  readonly hold: () => () => void;
  /** Whether the screen listens to the signals that stop a program; if not, somebody else does. */
  readonly hearsStops: boolean;
  /** Stops this program, until it is continued. */
  readonly stop: () => void;
  /** Whether the terminal belongs to other programs at the moment. */
  readonly isInBackground: () => boolean;
}

/** Draws pictures in place. It has to be left at the end, whatever that is. */
export class Screen implements TextOutput {
  readonly #options: ScreenOptions;
  readonly #output: LineOutput;
  readonly #unlisten: () => void;
  readonly #release: () => void;
  #picture: Iterable<string> = [];
  /** What is being written, and what comes after it. */
  #work: Promise<void> = Promise.resolve();
  /** Why a picture that nobody waited for could not be drawn. */
  #failure: Error | null = null;
  #isEntered = false;
  #hasLeft = false;

  /** Writes nothing before the first picture. */
  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#output = new LineOutput(options.stream, options.signal);
    this.#release = options.hold();
    this.#unlisten = options.signals.listen(
      [
        "SIGWINCH",
        "SIGCONT",
        ...(options.hearsStops ? STOP_SIGNALS : []),
      ],
      (name) => this.#hear(name),
    );
  }

  /** The window as it is now. */
  get window(): TextWindow {
    const rowsAround = this.#hasLeft ? ROWS_AROUND_LAST : 0;
    return windowOf(this.#options.terminal, rowsAround);
  }

  /** Draws a picture in place of the one before; no lines are none. */
  async write(lines: Iterable<string>): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (Array.isArray(lines) && lines.length === 0) return;
    this.#picture = lines;
    await this.#enqueue(() => this.#draw());
  }

  /**
   * Leaves the screen. After an end without a signal, the last picture and the last lines stay
   * below what was there before.
   */
  async writeLast(lines: Iterable<string>): Promise<void> {
    await this.leave();
    await this.#output.write([...this.#picture, ...lines]);
  }

  /** Restores what was there before. It gives up if the terminal takes nothing for a second. */
  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#unlisten();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, DEADLINE_MS);
    try {
      await Promise.race([
        this.#enqueue(() => this.#restore()).catch(unlessConsumerIsGone),
        late.promise,
      ]);
    } finally {
      clearTimeout(timer);
      this.#release();
    }
  }

  /** One after the other. */
  #enqueue(step: () => Promise<void>): Promise<void> {
    const work = this.#work.then(step);
    this.#work = work.catch(() => {});
    return work;
  }

  /** Restores the terminal, and then stops this program. */
  stop(): void {
    this.#begin(() => this.#stop());
  }

  #hear(name: SignalName): void {
    if (STOPS.has(name)) this.stop();
    else {
      this.#begin(() => {
        // Whoever had the terminal meanwhile may have left it in any state.
        if (name === "SIGCONT") this.#isEntered = false;
        return this.#draw();
      });
    }
  }

  /** Does something that nobody waits for. */
  #begin(step: () => Promise<void>): void {
    this.#enqueue(step).catch((error: unknown) => {
      if (!(error instanceof Error)) throw error;
      this.#failure = error;
    });
  }

  async #draw(): Promise<void> {
    const { signal, isInBackground } = this.#options;
    if (signal.aborted || this.#hasLeft) return;
    const lines = Array.from(this.#picture, (line) => line.replace(/\n$/, ""));
    if (lines.at(-1) === "") lines.pop();
    if (lines.length === 0) return;
    if (isInBackground()) return await this.#stop();
    const enter = this.#isEntered ? "" : ENTER;
    this.#isEntered = true;
    await this.#output.write([`${enter}${inPlace(lines)}`]);
  }

  /** Stops as a program does that has nothing to restore; goes on with SIGCONT. */
  async #stop(): Promise<void> {
    await this.#restore();
    this.#options.stop();
  }

  async #restore(): Promise<void> {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    await this.#output.writeLast([LEAVE]);
  }
}

/**
 * Lines at their places. Each is erased before it is written: behind its last character, the cursor
 * may stand on that.
 */
function inPlace(lines: readonly string[]): string {
  const drawn = lines.map((line, i) => {
    const erase = i === lines.length - 1 ? ERASE_BELOW : ERASE_LINE;
    return `\u001b[${i + 1};1H${erase}${line}`;
  });
  return `${drawn.join("")}${HOME}`;
}

function unlessConsumerIsGone(error: unknown): void {
  // A terminal that is gone need not be restored.
  if (!(error instanceof ConsumerGoneError)) throw error;
}
