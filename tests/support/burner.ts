/** Compiles burner.c, and reads the lines of a run. */

import {
  type Child,
  compile,
  splitLines,
  TemporaryDirectory,
} from "./procline.ts";

/** A line of any kind. */
// deno-lint-ignore no-explicit-any
export type AnyLine = Readonly<Record<string, any>>;

/** A directory with the compiled burner. It is removed at the end of the block. */
export class Burner extends TemporaryDirectory {
  /** The program; see burner.c for its arguments. */
  readonly program: string = `${this.path}/burner`;

  static async compile(): Promise<Burner> {
    using made = new DisposableStack();
    const burner = made.use(new Burner());
    await compile("burner", burner);
    made.move();
    return burner;
  }
}

/**
 * All lines of a run, up to its line of kind `end`. The test has its whole patience for each line.
 */
export async function linesToEnd(procline: Child): Promise<AnyLine[]> {
  const lines: AnyLine[] = [];
  while (lines.at(-1)?.kind !== "end") {
    lines.push(JSON.parse(await procline.line()));
  }
  return lines;
}

/** The lines of the next sample, up to its tree's, with what stands before it at the start. */
export async function nextSample(procline: Child): Promise<AnyLine[]> {
  const lines: AnyLine[] = [];
  while (lines.at(-1)?.kind !== "tree") {
    lines.push(JSON.parse(await procline.line()));
  }
  return lines;
}

/** The lines of a text. Throws if the last one is torn. */
export function parseLines(text: string): AnyLine[] {
  return splitLines(text).map((line) => JSON.parse(line));
}

/** The lines of one kind. */
export function ofKind(lines: readonly AnyLine[], kind: string): AnyLine[] {
  return lines.filter((line) => line.kind === kind);
}

/**
 * The CPU seconds of a tree's lines: the totals of the first line, and for each further line its
 * percentage times its interval.
 */
export function integrate(trees: readonly AnyLine[]): number {
  return trees.reduce(
    (sum, tree) =>
      sum +
      (tree.interval_seconds === null
        ? tree.user_cpu_seconds_total + tree.kernel_cpu_seconds_total
        : tree.cpu_percentage / 100 * tree.interval_seconds),
    0,
  );
}

/**
 * The CPU seconds that the process lines alone report: for each process, those that were seen last.
 */
export function addUpProcesses(processes: readonly AnyLine[]): number {
  const last = new Map<string, number>();
  for (const line of processes) {
    last.set(
      `${line.pid} ${line.start_ticks}`,
      line.user_cpu_seconds_total + line.kernel_cpu_seconds_total,
    );
  }
  return last.values().reduce((sum, seconds) => sum + seconds, 0);
}
