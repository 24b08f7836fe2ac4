/** Texts of metrics: of the recordings, and of processes with odd names. */
import { assert, assertEquals } from "@std/assert";
import {
  readMetrics,
  type ReadSample,
  unescapeControls,
} from "../support/metrics.ts";
import type { Context } from "./consumer.ts";
import { linesOf, replayAll } from "./_recorded.ts";

/** A text, and what it must be read as. */
export interface MetricsText {
  /** Where it comes from. */
  readonly name: string;
  readonly text: string;
  readonly samples: readonly ReadSample[];
}

/** Texts of all recordings and of a live tree, in one format. */
export async function metricTexts(
  context: Context,
  format: "prometheus" | "openmetrics",
): Promise<MetricsText[]> {
  const texts = await replayAll(context, ["--format", format]);
  texts.push({ name: "live", text: await hostileText(context, format) });
  return texts.filter(({ text }) => text !== "").map(({ name, text }) => ({
    name,
    text,
    samples: readMetrics(text),
  }));
}

/** The text of a tree with odd names, whose groups are those that records have. */
async function hostileText(
  context: Context,
  format: string,
): Promise<string> {
  await using tree = await context.startHostileTree();
  const path = `${context.directory}/${format}.prom`;
  const lines = await context.procline([
    ..."--collect host,cgroup,smaps_rollup --count 1 --group-by comm".split(
      " ",
    ),
    ...["--export", `${format}=${path}`, "--keep"],
    ...["--label", 'a.b="\\', "--pid", `${tree.pid}`],
  ]);
  const text = await Deno.readTextFile(path);
  const groups = linesOf(lines).map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === "group");
  assert(groups.length > 10);
  const read = readMetrics(text).filter(({ name }) =>
    name === "namedprocess_namegroup_num_procs"
  );
  assertEquals(
    read.map(({ labels, value }) => [
      unescapeControls(labels.get("groupname") ?? ""),
      labels.get("a_b"),
      Number(value),
    ]),
    groups.map(({ group, num_processes: count }) => [group, '"\\', count]),
  );
  return text;
}

/** A sample as one text, the labels in the order of their names. */
export function showSample(
  name: string,
  labels: Iterable<readonly [string, string]>,
  value: number,
): string {
  return JSON.stringify([name, [...labels].toSorted(), value]);
}

/** All samples of a text, each as one text, sorted. */
export function shownSamples({ samples }: MetricsText): string[] {
  return samples.map(({ name, labels, value }) =>
    showSample(name, labels, Number(value))
  ).toSorted();
}
