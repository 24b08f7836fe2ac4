/** Metrics of live trees, by all the ways in which procline runs. */
// deno-lint-ignore-file camelcase -- the names are those on the lines.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readMetrics, type ReadSample } from "../support/metrics.ts";
import { splitLines, TemporaryDirectory } from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

/** The samples of a metric, by the values of one of its labels. */
function byLabel(
  samples: readonly ReadSample[],
  name: string,
  label: string,
): Map<string, number> {
  return new Map(
    samples.filter((sample) => sample.name === name)
      .map(({ labels, value }) => [labels.get(label) ?? "", Number(value)]),
  );
}

/** The value of a metric that has one sample. */
function only(samples: readonly ReadSample[], name: string): number {
  const found = samples.filter((sample) => sample.name === name);
  assertEquals(found.length, 1, name);
  return Number(found[0]?.value);
}

/** A line of a group or a tree, as far as the test looks at it. */
interface Line {
  readonly kind: string;
  readonly group?: string;
  readonly user_cpu_seconds_total: number;
}

testEachWay(
  "the last counters of a command stay in its file, finished",
  async (procline) => {
    using directory = new TemporaryDirectory();
    const path = `${directory.path}/build.prom`;
    const { code, stdout } = await procline.run([
      ..."--interval 50ms --group-by comm --export".split(" "),
      `prometheus=${path}`,
      ..."-- sh -c".split(" "),
      // Most is used by a child that ends before the last sample.
      "dd if=/dev/zero of=/dev/null bs=64k count=40000 2>/dev/null; sleep 0.2",
    ]);
    assertEquals(code, 0);
    const samples = readMetrics(await Deno.readTextFile(path));
    assertEquals(only(samples, "procline_run_finished"), 1);
    const lines: Line[] = splitLines(stdout).map((line) => JSON.parse(line));
    assertEquals(
      only(samples, "procline_tree_user_cpu_seconds_total"),
      lines.findLast(({ kind }) => kind === "tree")?.user_cpu_seconds_total,
    );
    // All was used in the run: the lines of groups say the same.
    const metrics = byLabel(
      samples.filter(({ labels }) => labels.get("mode") === "user"),
      "namedprocess_namegroup_cpu_seconds_total",
      "groupname",
    );
    assert(metrics.has("sh") && metrics.has("dd"), [...metrics.keys()].join());
    for (const [name, value] of metrics) {
      const last = lines.findLast(({ group }) => group === name);
      assertEquals(value, last?.user_cpu_seconds_total);
    }
  },
);

testEachWay("one sample of openmetrics is one whole text", async (procline) => {
  const { code, stdout, stderr } = await procline.run([
    ..."--format openmetrics --count 1 --group-by exe --pid".split(" "),
    `${Deno.pid}`,
  ]);
  assertEquals([code, stderr], [0, ""]);
  const samples = readMetrics(stdout);
  assertStringIncludes(stdout, "\n# UNIT procline_tree_rss_bytes bytes\n");
  assertEquals(stdout.split("# EOF\n").length, 2);
  assertEquals(only(samples, "procline_run_finished"), 0);
  const counts = byLabel(
    samples,
    "namedprocess_namegroup_num_procs",
    "groupname",
  );
  assertEquals(
    [...counts.values()].reduce((sum, count) => sum + count),
    only(samples, "procline_tree_num_processes"),
  );
});
