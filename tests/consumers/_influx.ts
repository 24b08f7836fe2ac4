/** Influx lines for the programs that read them. */
import { assert } from "@std/assert";
import {
  type FieldValue,
  type Point,
  pointsOf,
} from "../support/influx_lines.ts";
import type { Context } from "./consumer.ts";
import { replayAll } from "./_recorded.ts";

/** What one run prints. */
export interface Printed {
  /** A name for it, of small letters, digits and underscores. */
  readonly name: string;
  readonly text: string;
  /** Its points, as the reader of this repository has them. */
  readonly points: readonly Point[];
}

/** Runs on a tree of odd names: as groups, as processes, with labels that have to be escaped. */
export async function liveRuns(context: Context): Promise<Printed[]> {
  await using tree = await context.startHostileTree();
  const runs: Printed[] = [];
  for (
    const [name, options] of [
      ["by_comm", "--collect all --events --hostname"],
      ["by_cgroup", "--collect all --group-by cgroup --top 1"],
      ["by_pid", "--collect all --events --tag-pid"],
    ] as const
  ) {
    const text = await context.procline([
      ...`--format influx --interval 200ms --count 3 ${options}`.split(" "),
      ...["--label", "team=a b,c=d\\", "--label", 'odd.key="🙂\n'],
      ...["--pid", `${tree.pid}`],
    ]);
    runs.push({ name, text, points: pointsOf(text) });
  }
  return runs;
}

/** The recordings, as groups and as processes. */
export async function recordedRuns(context: Context): Promise<Printed[]> {
  const runs: Printed[] = [];
  for (const [way, ...more] of [["comm"], ["pid", "--tag-pid"]]) {
    const options = ["--format", "influx", ...more];
    for (const { name, text } of await replayAll(context, options)) {
      runs.push({ name: `${name}_${way}`, text, points: pointsOf(text) });
    }
  }
  return runs;
}

/** How many lines they have. */
export function linesIn(runs: readonly Printed[]): number {
  return runs.reduce((sum, { points }) => sum + points.length, 0);
}

/** Sends lines to a server, which must take all of them. */
export async function send(url: string, text: string): Promise<void> {
  const response = await fetch(url, { method: "POST", body: text });
  const answer = await response.text();
  assert(response.status === 204, `${response.status}: ${answer}`);
}

/** A value in words that are the same for each reader. */
export function inWords({ type, value }: FieldValue): string {
  return `${type} ${value}`;
}
