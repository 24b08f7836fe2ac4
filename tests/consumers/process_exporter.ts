/** process-exporter, whose metrics procline has: both on the same processes. */
import { assert, assertEquals } from "@std/assert";
import { freePort, until } from "./_context.ts";
import type { Consumer, Context } from "./consumer.ts";
import { program } from "./needs.ts";
import { besidesMissed } from "../support/procline.ts";
import { readMetrics, type ReadSample } from "../support/metrics.ts";

const NAMES = ["pe-busy", "pe-idle", "pe-threads"];

/**
 * A process that does some work, says so, and waits: with a file, with memory, in threads of names,
 * which work once more.
 */
const WORK = `
import ctypes, os, sys, threading, time
size, threads = int(sys.argv[1]), int(sys.argv[2])
def work():
    until = time.thread_time() + 0.3
    while time.thread_time() < until: pass
sys.stdin.readline()
memory = bytearray(size << 20)
for at in range(0, len(memory), 4096): memory[at] = 1
with open(sys.argv[3], "wb") as file:
    file.write(memory); file.flush(); os.fsync(file.fileno())
work()
hold, again, worked = threading.Event(), threading.Event(), threading.Semaphore(0)
def run(i):
    ctypes.CDLL(None).prctl(15, b"pe-work-%d" % (i % 2))
    work(); worked.release(); again.wait(); work(); worked.release(); hold.wait()
for i in range(threads): threading.Thread(target=run, args=[i], daemon=True).start()
for _ in range(threads): worked.acquire()
print("done", flush=True)
sys.stdin.readline()
again.set()
for _ in range(threads): worked.acquire()
print("done", flush=True)
sys.stdin.readline()
`;

/** How far two readings of the same thing may be apart: the kernel batches the counts of pages. */
const PAGES = 512 * 1024;

/** process-exporter, its names, labels, types and values. */
export const processExporter: Consumer = {
  name: "process-exporter",
  set: "small",
  needs: [
    program("prometheus-process-exporter", ["prometheus-process-exporter"]),
  ],
  check: async (context) => {
    await using tree = await startWork(context);
    const address = `127.0.0.1:${freePort()}`;
    await using exporter = context.start([
      "prometheus-process-exporter",
      `-procnames=${NAMES.join(",")}`,
      "-children=false",
      `-web.listen-address=${address}`,
    ]);
    const scrape = async () =>
      await (await fetch(`http://${address}/metrics`)).text();
    await until(
      "process-exporter",
      async () =>
        (await scrape()).includes("namedprocess_namegroup") || undefined,
    );

    const path = `${context.directory}/procline.prom`;
    await using procline = context.start([
      ...context.proclineCommand,
      ...["--interval=100ms", "--collect=smaps_rollup,threads"],
      "--output=/dev/null",
      ...["--export", `prometheus=${path}`, "--pid", `${tree.pid}`],
    ]);
    const own = async (): Promise<string> => await Deno.readTextFile(path);
    await until(
      "procline",
      async () => (await own()).includes("pe-threads") || undefined,
    );

    await tree.work();
    // Both have seen the work, and nothing happens any more.
    const next = async (): Promise<string> => {
      const since = lastSample(await own());
      return await until("procline's next sample", async () => {
        const text = await own();
        return lastSample(text) > since + 0.2 ? text : undefined;
      });
    };
    const ours = await next();
    const theirs = await scrape();
    assertEquals(besidesMissed(procline.output()), "");
    assert(exporter.pid > 0);
    const compared = compare(theirs, ours);
    await tree.workAgain();
    const threads = compareThreads([theirs, await scrape()], [
      ours,
      await next(),
    ]);
    const version = await context.run([
      "prometheus-process-exporter",
      "-version",
    ]);
    return {
      version: /revision: ([^-)]*)/.exec(version.stdout + version.stderr)
        ?.[1] ?? "",
      lines: compared + threads,
      compared:
        "names, labels, types; values after the same work, of threads too",
    };
  },
};

function lastSample(text: string): number {
  return Number(
    readMetrics(text).find(({ name }) =>
      name === "procline_last_sample_timestamp_seconds"
    )?.value,
  );
}

/** The types of process-exporter's families, but for that of what threads wait for. */
function typesIn(text: string): string[] {
  return text.split("\n").filter((line) =>
    /^# TYPE namedprocess_(?!namegroup_threads_wchan)/.test(line)
  ).toSorted();
}

function helpIn(text: string): string[] {
  return text.split("\n").filter((line) =>
    /^# HELP namedprocess_(?!namegroup_threads_wchan)/.test(line)
  ).toSorted();
}

/** Its samples, but for those of threads; or those of threads alone. */
function samplesIn(text: string, ofThreads = false): Map<string, number> {
  const own = text.split("\n").filter((line) =>
    (ofThreads
      ? /^(# \w+ )?namedprocess_namegroup_thread_/
      : /^(# \w+ )?namedprocess_(?!namegroup_thread)/).test(line)
  );
  return new Map(
    readMetrics(own.map((line) => `${line}\n`).join(""))
      .filter(({ labels }) =>
        NAMES.includes(labels.get("groupname") ?? "pe-busy")
      )
      .map((sample) => [seriesOf(sample), Number(sample.value)]),
  );
}

function seriesOf({ name, labels }: ReadSample): string {
  return [
    name,
    ...[...labels].map(([key, value]) => `${key}=${value}`).toSorted(),
  ]
    .join(" ");
}

/** Holds what procline says against what process-exporter says; returns how many samples. */
function compare(theirs: string, ours: string): number {
  assertEquals(typesIn(ours), typesIn(theirs));
  assertEquals(helpIn(ours), helpIn(theirs));
  const [expected, found] = [samplesIn(theirs), samplesIn(ours)];
  assertEquals([...found.keys()].toSorted(), [...expected.keys()].toSorted());
  const apart: string[] = [];
  for (const [series, value] of expected) {
    const our = found.get(series) ?? NaN;
    if (!isNear(series, our, value)) apart.push(`${series}: ${our}, ${value}`);
  }
  assertEquals(apart, []);
  return expected.size;
}

/**
 * Holds what threads have used between two texts of each against one another: process-exporter
 * counts what a thread uses after it has seen it for the first time, procline all of it.
 */
function compareThreads(
  theirs: readonly [string, string],
  ours: readonly [string, string],
): number {
  const [before, expected] = theirs.map((text) => samplesIn(text, true));
  const [first, found] = ours.map((text) => samplesIn(text, true));
  assertEquals(
    [...found?.keys() ?? []].toSorted(),
    [...expected?.keys() ?? []].toSorted(),
  );
  const apart: string[] = [];
  let worked = 0;
  for (const [series, value] of expected ?? []) {
    const isCount = series.includes("thread_count");
    const their = value - (isCount ? 0 : before?.get(series) ?? 0);
    const our = (found?.get(series) ?? NaN) -
      (isCount ? 0 : first?.get(series) ?? 0);
    if (series.includes("cpu_seconds")) worked += our;
    const most = series.includes("cpu_seconds")
      ? 0.05
      : series.includes("context_switches")
      ? 40
      : series.includes("page_faults")
      ? 30
      : 0;
    if (!(Math.abs(our - their) <= most)) {
      apart.push(`${series}: ${our}, ${their}`);
    }
  }
  assertEquals(apart, []);
  // Three threads have worked for 0.3 s each.
  assert(worked > 0.85, `${worked}`);
  return expected?.size ?? 0;
}

function isNear(series: string, our: number, their: number): boolean {
  const difference = Math.abs(our - their);
  if (series.includes("_bytes ")) return difference <= PAGES;
  if (series.includes("cpu_seconds")) return difference <= 0.03;
  // There it is the whole seconds of the time of the boot, and of the time since.
  if (series.includes("start_time")) return difference <= 2;
  // There they are of all processes of the host.
  if (series.startsWith("namedprocess_scrape_")) return true;
  if (series.includes("page_faults")) return difference <= 300;
  if (series.includes("context_switches")) return difference <= 60;
  // procline counts processes, not threads.
  if (series.includes("states") && series.includes("pe-threads")) {
    return our <= their;
  }
  return series.includes("ratio") ? difference < 1e-6 : our === their;
}

/** Processes that wait for their work. */
interface Work extends AsyncDisposable {
  readonly pid: number;
  /** Does it. */
  work(): Promise<void>;
  /** Lets the threads work once more. */
  workAgain(): Promise<void>;
}

async function startWork({ directory }: Context): Promise<Work> {
  const python = await Deno.realPath("/usr/bin/python3");
  for (const name of NAMES) await Deno.copyFile(python, `${directory}/${name}`);
  await Deno.writeTextFile(`${directory}/work.py`, WORK);
  // Each reads its lines from a pipe of its own.
  const script = `
    cd "$1"
    start() { mkfifo "$5.in"; "./$1" work.py "$2" "$3" "$5.out" <"$5.in" & pids="$pids $!"; }
    start pe-busy 20 0 - a; start pe-busy 5 0 - b
    start pe-idle 1 0 - c; start pe-threads 2 3 - d
    exec 4>a.in 5>b.in 6>c.in 7>d.in
    read go; for at in 4 5 6 7; do echo >&$at; done
    read go; echo >&7
    read stop; kill $pids; wait`;
  const child = new Deno.Command("/bin/bash", {
    args: ["-c", script, "sh", directory],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const work = async (count: number) => {
    await stdin.write(new TextEncoder().encode("\n"));
    let said = "";
    while (said.split("done").length <= count) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`The processes have ended: ${said}`);
      said += value;
    }
  };
  return {
    pid: child.pid,
    work: async () => await work(NAMES.length + 1),
    workAgain: async () => await work(1),
    [Symbol.asyncDispose]: async () => {
      await stdin.close();
      await child.status;
      await reader.cancel();
    },
  };
}
