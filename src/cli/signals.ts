/**
 * The signals that end a run or go on to its command.
 *
 * @module
 */

import { constants } from "node:os";

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

/** The exit code that tells of an end by a signal: 128 + n for signal n. */
export function signalExitCode(name: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[name] ?? 0);
}
