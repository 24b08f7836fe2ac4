/** What a consumer of procline's lines is, and what it is given to work with. */
import type { Finished } from "../support/procline.ts";
import type { HostileTree } from "./_hostile.ts";

/** A program that reads what procline prints. One module each, and one row in `main.ts`. */
export interface Consumer {
  /** As in `deno task consumers NAME`. */
  readonly name: string;
  /** Whether it runs by default and in `.ci/run`, or by its name alone. */
  readonly set: "small" | "large";
  /** What must be there; where one is missing, the consumer is left out. */
  readonly needs: readonly Need[];
  /**
   * Feeds it with real lines, and compares what it has read with them, value by value.
   *
   * @throws {Error} If it has read anything else.
   */
  check(context: Context): Promise<Checked>;
}

/** What a consumer has read. */
export interface Checked {
  /** As the consumer says it itself. */
  readonly version: string;
  /** How many lines it was fed with. */
  readonly lines: number;
  /** What was compared, in a few words. */
  readonly compared: string;
}

/** Something that must be there: see `needs.ts`. */
export interface Need {
  /** Such as `promtool` or `ajv@8.20.0`. */
  readonly name: string;
  /** How a person gets it, as a command. */
  readonly hint: string;
  /** Its path: a program, or a directory of modules; null if it is not there. */
  find(): Promise<string | null>;
  /**
   * Fetches it into the directory of fetched things, without installing it.
   *
   * @throws {Error} If that fails.
   */
  fetch(): Promise<void>;
}

/** What a consumer's check works with. */
export interface Context {
  /** A directory of its own, which is removed after the check. */
  readonly directory: string;
  /** The path of what it needs, by the name of the need. */
  path(need: string): string;
  /** Runs a program to its end; the name of a need stands for its path. */
  run(argv: readonly string[], options?: RunOptions): Promise<Finished>;
  /** The same, and returns its stdout. Throws if it exits with a code other than 0. */
  runWell(argv: readonly string[], options?: RunOptions): Promise<string>;
  /** Starts a program that runs until the end of the block. */
  start(argv: readonly string[], options?: RunOptions): Daemon;
  /** Runs procline from its source, and returns its stdout. Throws if it fails. */
  procline(args: readonly string[]): Promise<string>;
  /** The command that runs procline from its source, to be started. */
  readonly proclineCommand: readonly string[];
  /**
   * Starts processes whose names and arguments are odd: quotes, newlines, a backslash at the end,
   * controls, emoji, bytes that are no UTF-8, `# EOF`, 4,000 bytes. They end with the block.
   */
  startHostileTree(): Promise<HostileTree>;
}

/** How a program is run. */
export interface RunOptions {
  /** What it gets on its standard input. Default: nothing. */
  readonly input?: string;
  /** Besides this program's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the context's directory. */
  readonly cwd?: string;
}

/** A running program. It is ended when its block is left. */
export interface Daemon extends AsyncDisposable {
  readonly pid: number;
  /** What it has printed up to now, stdout and stderr. */
  output(): string;
  /** Ends it by SIGTERM, and waits; SIGKILL after five seconds. */
  stop(): Promise<void>;
}
