/**
 * The signals that end a run or go on to its command.
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
 * The signal of a file that may not grow any more, see setrlimit(2). It kills a program that does not listen; with one that does, the
 * write fails, and there is a sentence to say.
 */
export const FILE_SIZE_SIGNAL = "SIGXFSZ";

/** A signal that procline knows. */
export type SignalName =
  | typeof FORWARDED_SIGNALS[number]
  | typeof FILE_SIZE_SIGNAL;

/** Tells of signals: the process's own, or a test's. */
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

/** The exit code that tells of an end by a signal: 128 + n for signal n. */
export function signalExitCode(name: string): number {
  return 129 + NAMES.indexOf(name);
}
