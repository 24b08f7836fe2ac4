/**
 * The signals that end a run or go on to its command, and how they end it.
 *
 * @module
 */

/** The signals that ask a program to end. */
export const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The signals that go on to a command that runs under procline. */
export const FORWARDED_SIGNALS = [
  ...ENDING_SIGNALS,
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
] as const;

/**
 * The signal of a file that may not grow any more, see setrlimit(2). It kills a program that does
 * not listen; in one that does, the write fails, and there is a sentence to print.
 */
export const FILE_SIZE_SIGNAL = "SIGXFSZ";

/** A signal that procline knows. */
export type SignalName =
  | typeof FORWARDED_SIGNALS[number]
  | typeof FILE_SIZE_SIGNAL;

/** Reports signals: the process's own, or a test's. */
export interface Signals {
  /** Calls `listener` for each of the signals, until the returned function is called. */
  listen(
    names: readonly SignalName[],
    listener: (name: SignalName) => void,
  ): () => void;
}

/** The signals that this process gets. */
export const processSignals: Signals = {
  listen(names, listener) {
    const listeners = names.map((name) => ({
      name,
      call: () => listener(name),
    }));
    for (const { name, call } of listeners) Deno.addSignalListener(name, call);
    return () => {
      for (const { name, call } of listeners) {
        Deno.removeSignalListener(name, call);
      }
    };
  },
};

/** The signals 1 to 31 of Linux on x86 and ARM, see signal(7). */
const NAMES = [
  ..."SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE".split(" "),
  ..."SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM".split(" "),
  ..."SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU".split(" "),
  ..."SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO".split(" "),
  ..."SIGPWR SIGSYS".split(" "),
];

/** The exit code after an end by a signal: 128 + n for signal n. */
export function signalExitCode(name: string): number {
  return 129 + NAMES.indexOf(name);
}

/** The first and the last real-time signal that a program may use under glibc, see signal(7). */
const SIGRTMIN = 34;
const SIGRTMAX = 64;
/** `kill -l` of bash counts the signals above this one down from the last. */
const MIDDLE = 49;

/** The name of a signal, real-time ones as `kill -l` of bash names them. */
export function signalName(number: number): string {
  const name = NAMES[number - 1];
  if (name !== undefined) return name;
  if (number === SIGRTMIN) return "SIGRTMIN";
  if (number === SIGRTMAX) return "SIGRTMAX";
  if (number > SIGRTMIN && number <= MIDDLE) {
    return `SIGRTMIN+${number - SIGRTMIN}`;
  }
  if (number > MIDDLE && number < SIGRTMAX) {
    return `SIGRTMAX-${SIGRTMAX - number}`;
  }
  return `SIG${number}`;
}

/** How long the line that is being written may take once a signal has come. */
const DEADLINE_MS = 1000;

/**
 * How a signal ends a run: no further sample is taken, the line that is being written is finished,
 * and a second later the run is over even if nobody takes that line.
 *
 * It waits for signals until it is disposed of.
 */
export class Interruption implements Disposable {
  readonly #samples = new AbortController();
  readonly #lines = new AbortController();
  readonly #late = Promise.withResolvers<void>();
  readonly #unlisten: () => void;
  #caught: SignalName | null = null;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  /**
   * `goesOn` may take a signal for itself: it then does not end the run. Default: none is taken.
   */
  constructor(
    signals: Signals,
    names: readonly SignalName[],
    goesOn: (name: SignalName) => boolean = () => false,
  ) {
    this.#unlisten = signals.listen(names, (name) => {
      if (!goesOn(name)) this.#interrupt(name);
    });
  }

  /** Ends the samples; its reason is the name of the signal, if one ended them. */
  get samples(): AbortSignal {
    return this.#samples.signal;
  }

  /** Ends the output after the line that is being written. */
  get lines(): AbortSignal {
    return this.#lines.signal;
  }

  /** The exit code after the signal that came; 0 if none did. */
  get exitCode(): number {
    return this.#caught === null ? 0 : signalExitCode(this.#caught);
  }

  /** Ends the samples, though no signal came. */
  endSamples(): void {
    this.#samples.abort();
  }

  /** Resolves when `work` does, or once a signal's deadline is over. */
  async orDeadline(work: Promise<void>): Promise<void> {
    await Promise.race([work, this.#late.promise]);
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    // The first clearTimeout of a program loads modules for some milliseconds.
    if (this.#deadline !== undefined) clearTimeout(this.#deadline);
    this.#unlisten();
  }

  #interrupt(name: SignalName): void {
    this.#caught ??= name;
    this.#samples.abort(name);
    this.#lines.abort();
    this.#deadline ??= setTimeout(this.#late.resolve, DEADLINE_MS);
  }
}
