/**
 * What the parts of the command are given.
 *
 * @module
 */

import type { UsedFile } from "./files.ts";
import type { ByteStream } from "./output.ts";
import type { Signals } from "./signals.ts";
import type { ByteSource } from "./stdin.ts";

/** The streams and the signals of a program. */
export interface CommandIo {
  /**
   * Gives what is replayed, or is read until it is closed, if that is to end a run. Default: it is
   * closed.
   */
  readonly stdin?: ByteSource;
  /** Takes the lines. */
  readonly stdout: ByteStream;
  /** Takes sentences for people. */
  readonly stderr: ByteStream;
  /** Reports signals. */
  readonly signals: Signals;
  /** The files behind standard input, output and error. Default: there are none. */
  readonly standardFiles?: () => readonly UsedFile[];
}

/** {@linkcode CommandIo} as the parts of the command take it. */
export interface CommandContext extends CommandIo {
  /** Gives what is replayed, or is read until it is closed, if that is to end a run. */
  readonly stdin: ByteSource;
  /** The files behind standard input, output and error. */
  readonly standardFiles: () => readonly UsedFile[];
  /** Warns the user, in a sentence. */
  readonly warn: (sentence: string) => void;
  /** Shows the user a text of whole lines. */
  readonly show: (text: string) => void;
  /** Keeps further sentences back until the returned function is called. */
  readonly hold: () => () => void;
}
