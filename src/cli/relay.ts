/**
 * The relay: it sends the signals that procline gets on to the command.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { Stat } from "../parse/stat.ts";
import type { RunningCommand } from "./child.ts";
import { readStat, stopProcess } from "./job_control.ts";
import type { Screen } from "./screen.ts";
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

/** What the relay needs of a command. */
type Receiver = Pick<RunningCommand, "pid" | "running" | "kill">;

/**
 * Sends signals on to a command, also those that come before it runs: they reach it once it does.
 *
 * What a terminal has sent to both is not sent again. Deno does not tell who has sent a signal: one
 * of those that is sent by hand to procline alone, while it is in the foreground of a terminal,
 * cannot be told from that, and does not go on.
 */
export class SignalRelay {
  readonly #reader: ProcReader;
  #command: Receiver | null = null;
  #screen: Screen | null = null;
  #early: SignalName[] = [];

  /** `reader` reads the procfs that this process is in. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** The command runs: it gets the signals that came before, and all further ones. */
  attach(command: Receiver): void {
    this.#command = command;
    const early = this.#early;
    this.#early = [];
    for (const name of early) this.take(name);
  }

  /** A screen is drawn: it is left before this program stops. */
  attachScreen(screen: Screen): void {
    this.#screen = screen;
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
    if (STOPS.has(name)) {
      if (this.#screen === null) stopProcess(this.#reader);
      else this.#screen.stop();
    }
    return true;
  }

  /** Whether a terminal has sent a signal to the command too: they are in one process group. */
  #hasGoneToBoth(name: SignalName, { pid }: Receiver): boolean {
    const isForeground = FOREGROUND.has(name);
    if (!isForeground && !BACKGROUND.has(name)) return false;
    const own = this.#stat("self");
    // A process without a terminal has the foreground group -1.
    if (own === null || own.tpgid < 0) return false;
    return (own.tpgid === own.pgrp) === isForeground &&
      this.#stat(pid)?.pgrp === own.pgrp;
  }

  #stat(pid: number | "self"): Stat | null {
    return readStat(this.#reader, pid);
  }
}
