/**
 * The relay: it sends the signals that procline gets on to the command.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseStat, type Stat } from "../parse/stat.ts";
import type { RunningCommand } from "./child.ts";
import { HARMLESS_SIGNALS, type SignalName, STOP_SIGNALS } from "./signals.ts";

/** The signals that a terminal sends to its foreground process group, see termios(3). */
const FOREGROUND: ReadonlySet<string> = new Set([
  "SIGINT",
  "SIGQUIT",
  "SIGTSTP",
  "SIGWINCH",
]);

/** Those that it sends to a group in the background that uses it. */
const BACKGROUND: ReadonlySet<string> = new Set(["SIGTTIN", "SIGTTOU"]);

const STOPS: ReadonlySet<string> = new Set(STOP_SIGNALS);
const HARMLESS: ReadonlySet<string> = new Set(HARMLESS_SIGNALS);

/**
 * Sends signals on to a command, also those that come before it runs: they reach it once it does.
 *
 * What a terminal has sent to both is not sent again. Deno does not tell who has sent a signal: one
 * of those that is sent by hand to procline alone, while it is in the foreground of a terminal,
 * cannot be told from that, and does not go on.
 */
export class SignalRelay {
  readonly #reader: ProcReader;
  #command: RunningCommand | null = null;
  #early: SignalName[] = [];

  /** `reader` reads the procfs that this process is in. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** The command runs: it gets the signals that came before, and all further ones. */
  attach(command: RunningCommand): void {
    this.#command = command;
    const early = this.#early;
    this.#early = [];
    for (const name of early) this.take(name);
  }

  /**
   * Takes a signal; returns false for one that has to end the run, as the command has ended and the
   * signal would have ended this program.
   */
  take(name: SignalName): boolean {
    const command = this.#command;
    if (command === null) {
      this.#early.push(name);
      return true;
    }
    if (command.running) {
      if (!this.#hasGoneToBoth(name, command)) command.kill(name);
    } else if (!STOPS.has(name) && !HARMLESS.has(name)) return false;
    if (STOPS.has(name)) this.#stop();
    return true;
  }

  /** Whether a terminal has sent a signal to the command too: they are in one process group. */
  #hasGoneToBoth(name: SignalName, { pid }: RunningCommand): boolean {
    const isForeground = FOREGROUND.has(name);
    if (!isForeground && !BACKGROUND.has(name)) return false;
    const own = this.#stat("self");
    // A process without a terminal has the foreground group -1.
    if (own === null || own.tpgid < 0) return false;
    return (own.tpgid === own.pgrp) === isForeground &&
      this.#stat(pid)?.pgrp === own.pgrp;
  }

  /**
   * Stops this program, as the signal would have done if nobody listened: not in a process group
   * that nobody would continue.
   */
  #stop(): void {
    if (!this.#isOrphanedGroup()) Deno.kill(Deno.pid, "SIGSTOP");
  }

  /**
   * Whether no parent of a process in our group is in another group of our session, see
   * setpgid(2): the kernel does not stop such a group. Looks at the line of our parents.
   */
  #isOrphanedGroup(): boolean {
    const own = this.#stat("self");
    let above = own === null ? null : this.#stat(own.ppid);
    while (own !== null && above !== null && above.session === own.session) {
      if (above.pgrp !== own.pgrp) return false;
      above = this.#stat(above.ppid);
    }
    return true;
  }

  #stat(pid: number | "self"): Stat | null {
    return this.#reader.read(`/proc/${pid}/stat`, parseStat).value;
  }
}
