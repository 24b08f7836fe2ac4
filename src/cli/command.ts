/**
 * What a command line asks for.
 *
 * @module
 */

import type { CollectorName } from "../collect/collectors.ts";
import type { Format } from "../format/format.ts";
import type { FormatName, SORTS } from "../format/formats.ts";
import type { LineKind } from "../model/field.ts";
import type { View } from "../view/view.ts";
import type { UsageError } from "./errors.ts";

/**
 * A process, by its id or its name; a cgroup, by its path or as that of a unit; all processes; or a
 * command to run with its arguments.
 */
export type CommandRoot =
  | { readonly pid: number }
  | { readonly name: string }
  | { readonly cgroup: string }
  | { readonly unit: string }
  | { readonly all: true }
  | { readonly argv: readonly string[] };

/** What is written beside the lines. */
export interface Export {
  /** The name of its format. */
  readonly name: FormatName;
  /** Its format. */
  readonly format: Format;
  /** What is done to its samples before they are written. */
  readonly views: readonly View[];
  /** The file that takes it. */
  readonly path: string;
}

/** What the lines look like. */
export interface OutputOptions {
  /** The output format. */
  readonly format: Format;
  /** Whether the person has asked for it. */
  readonly isFormatGiven: boolean;
  /** What the rows of a table are sorted by; undefined: by CPU. */
  readonly sort: typeof SORTS[number] | undefined;
  /** What is done to samples before they are printed, in this order. */
  readonly views: readonly View[];
  /** The kinds of line to print; undefined: all. */
  readonly only: readonly LineKind[] | undefined;
  /** The fields of processes, groups and the rest to print; undefined: all. */
  readonly fields: readonly string[] | undefined;
  /** Names and values that stand on every line. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the name of the host and the id of the run stand on every line. */
  readonly hostname: boolean;
  /** The file that takes the lines; undefined: stdout. */
  readonly output: string | undefined;
  /** Whether they are added to what is in the file. */
  readonly append: boolean;
  /** What is written beside the lines. */
  readonly exports: readonly Export[];
  /** Whether an export that is replaced at each sample stays after the run. */
  readonly keep: boolean;
  /** The number of samples; undefined: no such end. */
  readonly count: number | undefined;
  /** Whether there is a summary at the end; undefined: of a command, on a terminal. */
  readonly summary: boolean | undefined;
}

/** What to sample and how long. */
export interface SampleCommand extends OutputOptions {
  /** What is to be done. */
  readonly kind: "sample";
  /** The root of the tree. */
  readonly root: CommandRoot;
  /** Milliseconds from sample to sample. */
  readonly intervalMs: number;
  /** The milliseconds to sample; undefined: no such end. */
  readonly durationMs: number | undefined;
  /** The collectors that were asked for. */
  readonly collect: readonly CollectorName[];
  /** The names of the variables that the collector `env` reads; empty: it does not run. */
  readonly env: readonly string[];
  /** The collector `smaps` reads in the first of this many samples. */
  readonly smapsEvery: number;
  /** The collector `numa` reads in the first of this many samples. */
  readonly numaEvery: number;
  /** The collector `wss` reads in the first of this many samples. */
  readonly wssEvery: number;
  /** Whether there are lines for starts, ends, execs and new parents. */
  readonly events: boolean;
  /** Whether to go on after the root has ended. */
  readonly orphans: boolean;
  /** Whether to go on while the cgroup is gone, until it is made again. */
  readonly restarts: boolean;
  /** Whether to end once standard input is closed. */
  readonly untilStdinCloses: boolean;
  /** The directory that stands for /proc. */
  readonly proc: string;
  /** The directory that stands for /sys. */
  readonly sys: string;
  /** The file that takes a recording of what is read; undefined: none. */
  readonly record: string | undefined;
  /** Whether the recording may take the place of what is in its file. */
  readonly force: boolean;
}

/** What to print again. */
export interface ReplayCommand extends OutputOptions {
  /** What is to be done. */
  readonly kind: "replay";
  /** The file that holds it, a recording or lines; a dash: standard input. */
  readonly recording: string;
  /** The file of another run that it is shown beside; undefined: there is none. */
  readonly before: string | undefined;
  /** The name of the format. */
  readonly formatName: FormatName;
  /**
   * Why what was asked makes no sense of a recording, whose lines are of processes before a view
   * has grouped them; undefined: it does.
   */
  readonly refusal: UsageError | undefined;
}

/** A shell that completes options. */
export type Shell = "bash" | "zsh" | "fish";

/** What a command line asks for. */
export type Command =
  | SampleCommand
  | ReplayCommand
  | { readonly kind: "help"; readonly isShort: boolean }
  | { readonly kind: "completions"; readonly shell: Shell }
  | { readonly kind: "man" }
  | { readonly kind: "schema" }
  | { readonly kind: "version" };
