/** Holds the format `influx` to what the format `records` prints of the same samples. */
import { assert, assertEquals } from "@std/assert";
import { type Point, pointsOf } from "../support/influx_lines.ts";
import { splitLines, TemporaryDirectory } from "../support/procline.ts";
import { testEachWay, type Way } from "../support/ways.ts";

/** Uses CPU time for a while, in two processes of one name. */
const COMMAND = [
  "sh",
  "-c",
  "(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done) & sleep 0.9; wait",
];

/** Fields of a process in both formats. */
const SAME = [
  ["memory_rss", "rss_bytes"],
  ["memory_vms", "vsize_bytes"],
  ["cpu_usage", "cpu_percentage"],
  ["cpu_time_user", "user_cpu_seconds_total"],
  ["cpu_time_system", "kernel_cpu_seconds_total"],
  ["num_threads", "num_threads"],
  ["num_fds", "num_fds"],
  ["read_bytes", "io_read_chars_bytes_total"],
  ["disk_write_bytes", "io_written_bytes_total"],
  ["minor_faults", "minor_faults_total"],
] as const;

interface Line {
  readonly kind: string;
  // The names are those on the lines.
  // deno-lint-ignore camelcase
  readonly epoch_ms: number;
  readonly pid?: number;
  readonly comm?: string;
  readonly [field: string]: unknown;
}

/** A run that prints Influx lines, and records beside them. */
async function runBoth(
  procline: Way,
  options: readonly string[],
): Promise<{ readonly points: Point[]; readonly lines: Line[] }> {
  using directory = new TemporaryDirectory();
  const { code, stdout, stderr } = await procline.run([
    ...["--format", "influx", "--collect", "stat,io,fd", "--interval", "100ms"],
    ...["--export", `records=${directory.path}/lines`],
    ...options,
    "--",
    ...COMMAND,
  ]);
  assertEquals(code, 0, stderr);
  const text = await Deno.readTextFile(`${directory.path}/lines`);
  return {
    points: pointsOf(stdout),
    lines: splitLines(text).map((line) => JSON.parse(line)),
  };
}

function of(points: readonly Point[], measurement: string): Point[] {
  return points.filter((point) => point.measurement === measurement);
}

function numberOf(point: Point, name: string): number | null {
  const value = point.fields[name]?.value;
  return value === undefined ? null : Number(value);
}

testEachWay(
  "influx prints of each process and of the tree what records prints",
  async (procline) => {
    const { points, lines } = await runBoth(procline, ["--tag-pid"]);
    const processes = lines.filter(({ kind }) => kind === "process");
    const shown = of(points, "procstat");
    assert(processes.length > 4);
    assertEquals(shown.length, processes.length);
    for (const [i, line] of processes.entries()) {
      const point = shown[i];
      assert(point !== undefined);
      assertEquals(point.time, BigInt(line.epoch_ms) * 1_000_000n);
      assertEquals(point.tags, {
        process_name: `${line.comm}`,
        pid: `${line.pid}`,
      });
      for (const [name, field] of SAME) {
        assertEquals(numberOf(point, name), line[field], name);
      }
    }
    const trees = lines.filter(({ kind }) => kind === "tree");
    const shownTrees = of(points, "procline_tree");
    assertEquals(shownTrees.length, trees.length);
    for (const [i, line] of trees.entries()) {
      const point = shownTrees[i];
      assert(point !== undefined);
      for (const name of ["rss_bytes", "cpu_percentage", "num_processes"]) {
        assertEquals(numberOf(point, name), line[name], name);
      }
    }
    const starts = new Map<string, Set<bigint | string>>();
    for (const { tags, fields } of shown) {
      const created = starts.get(tags.pid ?? "") ?? new Set();
      starts.set(tags.pid ?? "", created.add(`${fields.created_at?.value}`));
    }
    for (const created of starts.values()) assertEquals(created.size, 1);
  },
);

testEachWay(
  "influx prints groups by name, whose sums are those of records",
  async (procline) => {
    const { points, lines } = await runBoth(procline, []);
    const processes = lines.filter(({ kind }) => kind === "process");
    const groups = of(points, "procstat");
    assert(groups.length > 2);
    let most = 0;
    for (const group of groups) {
      assertEquals(Object.keys(group.tags), ["process_name"]);
      const members = processes.filter((line) =>
        line.comm === group.tags.process_name &&
        BigInt(line.epoch_ms) * 1_000_000n === group.time
      );
      most = Math.max(most, members.length);
      assertEquals(numberOf(group, "num_processes"), members.length);
      const rssBytes = members.reduce(
        (sum, line) => sum + Number(line.rss_bytes ?? 0),
        0,
      );
      assertEquals(numberOf(group, "memory_rss"), rssBytes);
    }
    assert(most >= 2, "No two processes have one name");
    for (const name of ["cpu_time_user", "read_bytes", "minor_faults"]) {
      const values = groups.filter(({ tags }) => tags.process_name === "sh")
        .map((group) => numberOf(group, name) ?? NaN);
      assertEquals(values, values.toSorted((a, b) => a - b), name);
    }
  },
);

testEachWay(
  "influx replays the lines of processes that it printed",
  async (procline) => {
    using directory = new TemporaryDirectory();
    const recording = `${directory.path}/run`;
    const live = await procline.run([
      ...["--format", "influx", "--events", "--interval", "100ms"],
      ...["--record", recording, "--label", "job=a b", "--", ...COMMAND],
    ]);
    const replayed = await procline.run([
      ...["--format", "influx", "--replay", recording],
    ]);
    // Of the tree's line, what the program itself used is not in a recording.
    const linesOf = (text: string) =>
      splitLines(text).filter((line) => !line.startsWith("procline_tree"));
    assertEquals(replayed.code, 0, replayed.stderr);
    assertEquals(linesOf(replayed.stdout), linesOf(live.stdout));
    assert(live.stdout.includes("procline_exit,process_name=sleep,job=a\\ b "));
  },
);
