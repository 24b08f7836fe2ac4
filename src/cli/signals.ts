/**
 * The signals that end a run or go on to its command, and how they end it.
 *
 * @module
 */

import type { CLibrary, SignalAction } from "./libc.ts";

/**
 * The signals that end a run: those that end a program which does not listen, see signal(7). Not
 * those by which it reports a fault of its own, and not `SIGPIPE`, as a write says the same.
 */
export const ENDING_SIGNALS = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTERM",
  "SIGSTKFLT",
  "SIGXCPU",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
  "SIGPWR",
] as const;

/** The signals that stop a program which does not listen, as a terminal sends them. */
export const STOP_SIGNALS = ["SIGTSTP", "SIGTTIN", "SIGTTOU"] as const;

/** The signals that do nothing to a program which does not listen. */
export const HARMLESS_SIGNALS = ["SIGCONT", "SIGURG", "SIGWINCH"] as const;

/**
 * The signals that go on to a command that runs under procline: all that a program can listen to,
 * but for those that procline brings upon itself: `SIGCHLD`, `SIGPIPE`, `SIGXFSZ`. Deno can listen
 * neither to `SIGILL`, `SIGFPE` and `SIGSEGV` nor to real-time signals: those end procline alone.
 */
export const FORWARDED_SIGNALS = [
  ...ENDING_SIGNALS,
  ...STOP_SIGNALS,
  ...HARMLESS_SIGNALS,
  "SIGTRAP",
  "SIGABRT",
  "SIGBUS",
  "SIGSYS",
] as const;

/**
 * The signal of a file that may not grow any more, see setrlimit(2). It kills a program that does
 * not listen; in one that does, the write fails, and there is a sentence to print.
 */
export const FILE_SIZE_SIGNAL = "SIGXFSZ";

/** The signal at which a file that lines are added to is opened anew. */
export const REOPEN_SIGNAL = "SIGHUP";

/** The signal of a child that has ended. */
export const CHILD_SIGNAL = "SIGCHLD";

/** A signal that procline knows. */
export type SignalName =
  | typeof FORWARDED_SIGNALS[number]
  | typeof FILE_SIZE_SIGNAL
  | typeof CHILD_SIGNAL;

/** How signals are listened to. */
export interface ListenOptions {
  /** Whether also those are heard that were ignored at the start. Default: they stay ignored. */
  readonly evenIgnored?: boolean;
}

/** Reports signals: the process's own, or a test's. */
export interface Signals {
  /** Calls `listener` for each of the signals, until the returned function is called. */
  listen(
    names: readonly SignalName[],
    listener: (name: SignalName) => void,
    options?: ListenOptions,
  ): () => void;
  /** Those that were ignored at the start. Default: none. */
  readonly ignored?: ReadonlySet<string>;
}

/**
 * The signals that this process gets.
 *
 * One that was ignored when it started, as `nohup` and a shell's `&` in a script make it, stays
 * ignored: by this process, and by a command that it starts. But for `SIGCHLD`: while that is
 * ignored, the kernel does not say how a child ended.
 */
class ProcessSignals implements Signals {
  readonly ignored: ReadonlySet<string>;
  readonly #library: CLibrary | null;
  /** What Deno did at a signal that is ignored again. */
  readonly #before = new Map<string, SignalAction>();
  /** Those that are heard though they were ignored at the start. */
  readonly #heard = new Set<string>();
  #isKept = false;

  /**
   * `ignored` are the signals that were ignored when this process started; `library` makes it
   * ignore them again.
   */
  constructor(ignored: ReadonlySet<string>, library: CLibrary | null) {
    this.ignored = ignored;
    this.#library = library;
  }

  /**
   * Calls `listener` for each of the signals that is not ignored. See {@linkcode Signals.listen}.
   */
  listen(
    names: readonly SignalName[],
    listener: (name: SignalName) => void,
    { evenIgnored = false }: ListenOptions = {},
  ): () => void {
    const listeners = names
      .filter((name) =>
        evenIgnored || name === CHILD_SIGNAL || !this.ignored.has(name)
      )
      .map((name) => ({ name, call: () => listener(name) }));
    for (const { name, call } of listeners) {
      if (evenIgnored) this.#stopIgnoring(name);
      Deno.addSignalListener(name, call);
    }
    this.#keepIgnoring();
    return () => {
      for (const { name, call } of listeners) {
        Deno.removeSignalListener(name, call);
      }
    };
  }

  /**
   * Once anything is listened to, Deno 2.9 listens to some signals itself, also to ignored ones. If
   * the C library cannot be called, these are at least heard and dropped here; a command would not
   * ignore them then.
   */
  #keepIgnoring(): void {
    const taken = TAKEN_BY_DENO
      .filter((name) => this.ignored.has(name) && !this.#heard.has(name));
    if (taken.length === 0 || this.#isKept) return;
    this.#isKept = true;
    for (const name of taken) {
      const library = this.#library;
      if (library === null) Deno.addSignalListener(name, () => {});
      else this.#before.set(name, library.ignore(signalNumber(name)));
    }
  }

  /** Takes back what {@linkcode #keepIgnoring} has done to a signal: Deno installs nothing anew. */
  #stopIgnoring(name: SignalName): void {
    this.#heard.add(name);
    const before = this.#before.get(name);
    if (before === undefined) return;
    this.#before.delete(name);
    this.#library?.setAction(signalNumber(name), before);
  }
}

/**
 * Listens to the signals of this process.
 *
 * @param status The text of its `status`, from before the first signal is listened to.
 */
export async function openSignals(status: string): Promise<Signals> {
  const ignored = ignoredSignals(status);
  const library = TAKEN_BY_DENO.some((name) => ignored.has(name))
    ? await openLibrary()
    : null;
  return new ProcessSignals(ignored, library);
}

/** The C library; null if there is none, or this program may not call it. */
async function openLibrary(): Promise<CLibrary | null> {
  // Without the permission, Deno would ask the user for it.
  const { state } = Deno.permissions.querySync({ name: "ffi" });
  if (state !== "granted") return null;
  const { CLibrary } = await import("./libc.ts");
  try {
    return new CLibrary();
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/** The signals that Deno may listen to itself. */
const TAKEN_BY_DENO = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** The signals 1 to 31 of Linux on x86 and ARM, see signal(7). */
const NAMES = [
  ..."SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE".split(" "),
  ..."SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM".split(" "),
  ..."SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU".split(" "),
  ..."SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO".split(" "),
  ..."SIGPWR SIGSYS".split(" "),
];

/** The number of a signal; 0 for a name that is none. */
export function signalNumber(name: string): number {
  return 1 + NAMES.indexOf(name);
}

/** The exit code after an end by a signal: 128 + n for signal n. */
export function signalExitCode(name: string): number {
  return 128 + signalNumber(name);
}

/** The mask of ignored signals in proc_pid_status(5): bit n - 1 stands for signal n. */
const IGNORED = /^SigIgn:\t([0-9a-f]+)$/m;

/** The signals that a process ignores, from the text of its `status`; none if it does not say. */
export function ignoredSignals(status: string): ReadonlySet<string> {
  const mask = BigInt(`0x${IGNORED.exec(status)?.[1] ?? "0"}`);
  return new Set(NAMES.filter((_, i) => (mask >> BigInt(i) & 1n) === 1n));
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

  /** Ends the samples, after the one that is being taken. */
  get samples(): AbortSignal {
    return this.#samples.signal;
  }

  /** Ends the output after the line that is being written, and drops a sample under way. */
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
    this.#samples.abort();
    this.#lines.abort();
    this.#deadline ??= setTimeout(this.#late.resolve, DEADLINE_MS);
  }
}
