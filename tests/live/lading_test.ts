/**
 * Compares the format `lading` with the names, kinds and labels of lading's own observer. They were
 * written down from its sources, in testdata/lading/metrics.json.
 */
// deno-lint-ignore-file camelcase -- the names are those on the lines.
import { assertEquals } from "@std/assert";
import { CHECKOUT, runProcline, splitLines } from "../support/procline.ts";

/** A metric of lading. In its name, `<...>` stands for what the kernel calls it. */
interface Metric {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
}

interface Line {
  readonly metric_name: string;
  readonly metric_kind: string;
}

const TABLE: readonly Metric[] = JSON.parse(
  await Deno.readTextFile(`${CHECKOUT}testdata/lading/metrics.json`),
);

/** The gauges of lading's first observer, which its present one no longer has. */
const FIRST: readonly Metric[] = [
  ...[
    "rss_bytes",
    "rsslim_bytes",
    "vsize_bytes",
    "num_threads",
    "cpu_percentage",
    "kernel_cpu_percentage",
    "user_cpu_percentage",
  ].map((name) => ({ name, kind: "gauge", labels: ["pid", "exe"] })),
  { name: "num_processes", kind: "gauge", labels: [] },
];

/** The metrics that procline leaves out, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  process_skipped: "no process is",
  "cgroup.v2.io.max.read_limit": "lading cannot parse what kernels print",
  "cgroup.v2.io.max.write_limit": "lading cannot parse what kernels print",
};

const FRAME: ReadonlySet<string> = new Set([
  "run_id",
  "time",
  "fetch_index",
  "metric_name",
  "metric_kind",
  "value",
]);

const CASES = ["collectors", "cgroup_throttled", "wss"] as const;

async function replay(name: string): Promise<string> {
  const { code, stdout, stderr } = await runProcline([
    "--replay",
    `${CHECKOUT}testdata/recordings/${name}.ndjson`,
    "--format",
    "lading",
  ]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}

/** The table, sorted so that a precise name comes before a vague pattern. */
const BY_PRECISION = TABLE.toSorted((one, other) =>
  literal(other).length - literal(one).length
);

/** The fixed text of a name, without its `<...>`. */
function literal({ name }: Metric): string {
  return name.replaceAll(/<[^>]+>/g, "");
}

/**
 * Whether a metric has this name. `<file>` stands for a controller and a file, as in
 * `memory.current`.
 */
function isNamed({ name }: Metric, metricName: string): boolean {
  const pattern = name.split(/(<[^>]+>)/).map((part) => {
    if (part === "<file>") return "\\w+\\.\\w+";
    return part.startsWith("<") ? "[\\w-]+" : RegExp.escape(part);
  }).join("");
  return new RegExp(`^${pattern}$`).test(metricName);
}

/** The entry of the table for a line. */
function entryOf(line: Line): Metric | undefined {
  const isOfProcess = "pid" in line || line.metric_name === "num_processes";
  const table = isOfProcess ? [...FIRST, ...BY_PRECISION] : BY_PRECISION;
  return table.find((metric) => isNamed(metric, line.metric_name));
}

for (const name of CASES) {
  Deno.test(`procline --format lading prints the expected lines of ${name}`, async () => {
    assertEquals(
      splitLines(await replay(name)),
      splitLines(
        await Deno.readTextFile(`${CHECKOUT}testdata/lading/${name}.ndjson`),
      ),
    );
  });

  Deno.test(`procline --format lading names the metrics of ${name} as lading does`, async () => {
    const strange = new Set<string>();
    for (const text of splitLines(await replay(name))) {
      const line: Line = JSON.parse(text);
      const entry = entryOf(line);
      // lading labels the figures of a cgroup with the role of its target, procline with the
      // cgroup.
      const labels = Object.keys(line).filter((key) => !FRAME.has(key))
        .map((key) => key === "cgroup" ? "focus" : key).sort();
      if (
        entry?.kind !== line.metric_kind ||
        JSON.stringify(labels) !== JSON.stringify(entry.labels.toSorted())
      ) {
        strange.add(`${line.metric_name} ${line.metric_kind} ${labels}`);
      }
    }
    assertEquals([...strange], []);
  });
}

Deno.test("procline --format lading leaves out no metric that its files report", async () => {
  const printed = new Set<string>();
  for (const name of CASES) {
    for (const text of splitLines(await replay(name))) {
      const entry = entryOf(JSON.parse(text));
      if (entry !== undefined) printed.add(entry.name);
    }
  }
  const missing = TABLE.map(({ name }) => name).filter((name) =>
    !printed.has(name)
  );
  assertEquals(missing.sort(), Object.keys(LEFT_OUT).sort());
});
