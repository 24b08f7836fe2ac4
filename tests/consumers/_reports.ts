/** Reports of runs of every kind, as pages in a directory. */
import { writeBuild } from "../../.ci/_build.ts";
import { recordingCases } from "../support/recordings.ts";
import type { Context } from "./consumer.ts";
import { until } from "./_context.ts";

/** Recordings of which a report is looked at: many processes, one sample, limits, odd names. */
const SHOWN: ReadonlySet<string> = new Set([
  "busy_tree",
  "cgroup_throttled",
  "gone_mid_sample",
  "hostile_names",
]);

/** A shell whose memory grows by a megabyte twenty times a second. */
const LEAK = "for i in {1..40}; do kept+=$(printf %1000000s); sleep 0.05; done";

/** How long a run is stopped: many of its intervals. */
const STOPPED_MS = 1000;

/** Writes a page for each kind of run. */
export async function writeReports(context: Context): Promise<void> {
  const { directory } = context;
  const write = async (name: string, args: readonly string[]) => {
    const page = await context.procline(["--format", "html", ...args]);
    await Deno.writeTextFile(`${directory}/${name}.html`, page);
  };
  for (const { name, path } of recordingCases()) {
    if (SHOWN.has(name)) await write(name, ["--replay", path]);
  }
  await using tree = await context.startHostileTree();
  const pid = ["--pid", `${tree.pid}`];
  await write("hostile", [
    ..."--collect all --interval 100ms --count 8".split(" "),
    ...pid,
  ]);
  await write("one_sample", ["--count", "1", ...pid]);
  await write("leak", [
    ..."--collect smaps_rollup --interval 50ms -- bash -c".split(" "),
    LEAK,
  ]);
  // Ends before a second sample, and before its first.
  await write("short", ["--", "true"]);
  const empty = `${directory}/empty.ndjson`;
  const [run = "", end = ""] = (await context.procline(["--", "true"]))
    .split("\n").filter((line) => /"kind":"(?:run|end)"/.test(line));
  await Deno.writeTextFile(empty, `${run}\n${end}\n`);
  await write("empty", ["--replay", empty]);
  const before = `${directory}/before.ndjson`;
  const after = `${directory}/after.ndjson`;
  await build(context, before, {
    files: 40,
    functions: 60,
    slowFunctions: 100,
  });
  await build(context, after, { files: 40, functions: 10, slowFunctions: 10 });
  await write("build", ["--replay", before]);
  await write("two_runs", ["--replay", before, "--replay", after]);
  await writeMissed(context, ["--format", "html", ...pid]);
}

/** The lines of a real build. */
async function build(
  { directory, procline }: Context,
  lines: string,
  options: Parameters<typeof writeBuild>[1],
): Promise<void> {
  const sources = await Deno.makeTempDir({ dir: directory });
  await writeBuild(sources, options);
  await procline([
    ..."--interval 50ms --events --output".split(" "),
    lines,
    ..."-- make -s -j2 -C".split(" "),
    sources,
  ]);
}

/** A run that is stopped in its middle, as by a host that has no time for it. */
async function writeMissed(
  context: Context,
  args: readonly string[],
): Promise<void> {
  const { directory } = context;
  const lines = `${directory}/missed.ndjson`;
  await using run = context.start([
    ...context.proclineCommand,
    ..."--interval 50ms --count 40 --export".split(" "),
    `records=${lines}`,
    "--output",
    `${directory}/missed.html`,
    ...args,
  ]);
  await until(
    "lines",
    async () =>
      await Deno.readTextFile(lines).then((text) =>
        text.includes('"seq":10') || undefined
      ),
  );
  Deno.kill(run.pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
  Deno.kill(run.pid, "SIGCONT");
  await until(
    "the page",
    async () =>
      await Deno.readTextFile(`${directory}/missed.html`).then((text) =>
        text.endsWith("</html>\n") || undefined
      ),
  );
}
