/** Lets procline watch a tree at its worst, with consumers at their worst: `deno task soak`. */
// deno-lint-ignore-file no-console -- a tool prints.
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { readArguments } from "../../.ci/_tool.ts";
import { OwnCgroup } from "./_cgroup.ts";
import { Churn } from "./_churn.ts";
import { lastCpu, switchCpu } from "./_cpus.ts";
import { Program } from "./_program.ts";
import { Prompt } from "./_prompt.ts";
import { readSlowly, readWithPauses, startAndLeave } from "./_readers.ts";
import { type StormReport, watchStorm, whyNoStorm } from "./_storm.ts";
import { watchVforks } from "./_vforks.ts";

/** What was seen, in the order of printing, by names for people. */
type Report = Readonly<Record<string, string | number>>;

const DEFAULT_SECONDS = 600;
/**
 * The CPU seconds that procline reports of a busy process may differ from those of wait4(2) by this
 * share, or by an interval if that is more.
 */
const CPU_TOLERANCE = 0.02;
const INTERVAL_SECONDS = 0.2;
/** The CPU seconds of a cgroup may differ from those of its `cpu.stat` by this. */
const CGROUP_TOLERANCE_SECONDS = 1;
/**
 * The second half of the run may take this much more memory than the second quarter: garbage is
 * collected at irregular times.
 */
const MEMORY_TOLERANCE = 0.15;
/**
 * The memory of a shorter run is not compared: code is still being compiled in its second half, and
 * the heap is finding its size.
 */
const WARM_SECONDS = 120;

const SHORTEST_SECONDS = 10;
/** The list of the root's children is opened once the host has many other processes. */
const LATE_FILES = 1;
/** After so many samples all else is open that is held open. */
const WARM_SAMPLES = 10;

const USAGE =
  `Let procline watch a tree at its worst, with readers at their worst

A tree of thousands of processes that come and go is watched by its root and as a cgroup; beside it
a tree in a pid namespace whose ids go round and are taken over, and parents of 200 MiB that use
vfork. What cannot be made here is named in what it prints.

Usage: deno task soak [OPTIONS]

      --cpus             Switch the last CPU of this host off and on meanwhile, and leave it on
      --seconds N        How long (default ${DEFAULT_SECONDS}, at least ${SHORTEST_SECONDS})
      --json             Print one JSON object
  -h, --help             Print this help

Prints what was seen, and what was wrong, a sentence each; then exits with 1.`;

async function main(): Promise<number> {
  const { flags, value, operands } = readArguments(USAGE, {
    flags: ["json", "cpus"],
    values: ["seconds"],
  });
  const seconds = Number(value("seconds") ?? DEFAULT_SECONDS);
  if (!(seconds >= SHORTEST_SECONDS) || operands.length > 0) {
    console.error(`Cannot soak for so long\n\n${USAGE}`);
    return 2;
  }
  const { report, faults } = await soak(seconds, flags.has("cpus"));
  if (flags.has("json")) console.log(JSON.stringify({ report, faults }));
  else {
    for (const [name, value] of Object.entries(report)) {
      console.error(`${name.padEnd(40)} ${value}`);
    }
  }
  for (const fault of faults) console.error(fault);
  return faults.length > 0 ? 1 : 0;
}

async function soak(
  seconds: number,
  mayUseCpus: boolean,
): Promise<{ readonly report: Report; readonly faults: readonly string[] }> {
  using stormProgram = await Program.compile("storm");
  using vforksProgram = await Program.compile("vforks");
  const cgroup = OwnCgroup.make();
  using _removed = typeof cgroup === "string" ? null : cgroup;
  await using churn = await Churn.start(
    typeof cgroup === "string" ? null : cgroup,
  );
  await using prompt = new Prompt(churn, `--pid=${churn.root}`);
  await using grouped = typeof cgroup === "string"
    ? null
    : new Prompt(churn, `--cgroup=${cgroup.directory}`);
  // What is read often is held open from then on.
  await prompt.samples(WARM_SAMPLES);
  const descriptorsFirst = await prompt.keptDescriptors();

  const over = new AbortController();
  const readers = Promise.all([
    readSlowly(churn.root, over.signal),
    readWithPauses(churn.root, over.signal),
    startAndLeave(churn.root, over.signal),
  ]);
  const noStorm = whyNoStorm();
  const beside = Promise.all([
    noStorm ?? watchStorm(stormProgram, over.signal),
    watchVforks(vforksProgram, over.signal),
    useCpus(mayUseCpus, over.signal),
  ]);
  await churn.go();
  await wait(seconds);
  const started = await churn.calm();
  over.abort();
  const [slow, paused, left] = await readers;
  const [storm, vforks, cpus] = await beside;

  await prompt.calm();
  const descriptorsLast = await prompt.keptDescriptors();
  const groupFaults: string[] = [];
  let groupReport = `none: ${cgroup}`;
  if (grouped !== null && typeof cgroup !== "string") {
    await grouped.calm();
    // What the kernel counts now, and in the sample after that.
    const earlier = cgroup.cpuSeconds();
    await grouped.samples(2);
    const seen = grouped.treeSeconds;
    const later = cgroup.cpuSeconds();
    groupReport = `${grouped.numSamples}, ${grouped.inconsistent}, ${
      seen.toFixed(2)
    }, ${earlier.toFixed(2)}`;
    groupFaults.push(
      ...grouped.faults.map((fault) => `In the cgroup: ${fault}`),
    );
    if (
      seen < earlier - CGROUP_TOLERANCE_SECONDS ||
      seen > later + CGROUP_TOLERANCE_SECONDS
    ) {
      groupFaults.push(
        `${seen} CPU seconds of the cgroup were seen of ${earlier}`,
      );
    }
  }
  const truth = await churn.endBusy();
  const measured = prompt.busySeconds;
  const memory = prompt.memory();
  const faults = [
    ...prompt.faults,
    ...slow.faults,
    ...paused.faults,
    ...left.faults,
    ...vforks.faults.map((fault) => `Beside vfork: ${fault}`),
    ...groupFaults,
  ];
  if (typeof storm !== "string") faults.push(...storm.faults);
  if (descriptorsLast > descriptorsFirst + LATE_FILES) {
    faults.push(
      `${descriptorsLast} descriptors are open in place of ${descriptorsFirst}`,
    );
  }
  const tolerance = Math.max(CPU_TOLERANCE * truth, INTERVAL_SECONDS);
  if (Math.abs(measured - truth) > tolerance) {
    faults.push(`${measured} CPU seconds were seen of ${truth}`);
  }
  const isWarm = seconds >= WARM_SECONDS;
  if (isWarm && memory.later > memory.earlier * (1 + MEMORY_TOLERANCE)) {
    faults.push(`Memory grew from ${memory.earlier} to ${memory.later} MiB`);
  }
  if (paused.missed === 0) {
    faults.push("A reader that pauses for seconds missed no sample");
  }
  return {
    report: {
      "seconds": seconds,
      "processes started": started,
      "processes seen": prompt.numSeen,
      "samples": prompt.numSamples,
      "lines checked": prompt.numLines,
      "most processes in a sample": prompt.mostProcesses,
      "missed samples, prompt reader": prompt.missed,
      "left out: gone, denied, malformed": prompt.leftOut.join(", "),
      "samples that were not consistent": prompt.inconsistent,
      "CPU seconds of a busy process: seen, true": `${measured.toFixed(2)}, ${
        truth.toFixed(2)
      }`,
      "RSS in MiB: first, most in quarter 2, in half 2, last": [
        memory.first,
        memory.earlier,
        memory.later,
        memory.last,
      ].map((mib) => mib.toFixed(1)).join(", "),
      "RSS in MiB more in each minute of the second half": memory.slope
        .toFixed(2),
      "descriptors: first, most, last":
        `${descriptorsFirst}, ${prompt.mostDescriptors}, ${descriptorsLast}`,
      "slow reader: lines, missed, most RSS in MiB":
        `${slow.lines}, ${slow.missed}, ${slow.mostMib.toFixed(1)}`,
      "pausing reader: lines, missed, most RSS in MiB":
        `${paused.lines}, ${paused.missed}, ${paused.mostMib.toFixed(1)}`,
      "readers that went away": left.runs,
      "storm: samples, not consistent, looked for, ids taken over, rounds":
        stormLine(storm),
      "vfork: samples, seen before exec, RSS in MiB least, most, peak": [
        vforks.samples,
        vforks.sharing,
        ...[vforks.least, vforks.most, vforks.peak].map((mib) =>
          mib.toFixed(1)
        ),
      ].join(", "),
      "cgroup: samples, not consistent, CPU seconds seen, true": groupReport,
      "times that a CPU was off line": cpus,
    },
    faults,
  };
}

function stormLine(storm: StormReport | string): string {
  if (typeof storm === "string") return `none: ${storm}`;
  const { samples, inconsistent, lookedFor, taken, rounds } = storm;
  return [samples, inconsistent, lookedFor, taken, rounds].join(", ");
}

/** Switches a CPU off and on where that is asked for and allowed; says what came of it. */
async function useCpus(
  mayUse: boolean,
  signal: AbortSignal,
): Promise<number | string> {
  const cpu = lastCpu();
  if (typeof cpu === "string") return `none: ${cpu}`;
  if (!mayUse) return "none: allowed here, and not asked for (--cpus)";
  return await switchCpu(cpu, signal);
}

async function wait(seconds: number): Promise<void> {
  const bar = Deno.stderr.isTerminal()
    ? new ProgressBar({ max: seconds, clear: true })
    : null;
  for (let second = 0; second < seconds; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (bar !== null) bar.value++;
  }
  await bar?.stop();
}

Deno.exitCode = await main();
