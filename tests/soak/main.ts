/** Lets procline watch a tree at its worst, with consumers at their worst: `deno task soak`. */
// deno-lint-ignore-file no-console -- a tool prints.
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { readArguments } from "../../.ci/_tool.ts";
import { Churn } from "./_churn.ts";
import { Prompt } from "./_prompt.ts";
import { readSlowly, readWithPauses, startAndLeave } from "./_readers.ts";

/** What was seen, in the order of printing, by names for people. */
type Report = Readonly<Record<string, string | number>>;

const DEFAULT_SECONDS = 600;
/**
 * The CPU seconds that procline reports of a busy process may differ from those of wait4(2) by this
 * share, or by an interval if that is more.
 */
const CPU_TOLERANCE = 0.02;
const INTERVAL_SECONDS = 0.2;
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

const USAGE =
  `Let procline watch a tree at its worst, with readers at their worst

Usage: deno task soak [OPTIONS]

      --seconds N        How long (default ${DEFAULT_SECONDS}, at least ${SHORTEST_SECONDS})
      --json             Print one JSON object
  -h, --help             Print this help

Prints what was seen, and what was wrong, a sentence each; then exits with 1.`;

async function main(): Promise<number> {
  const { flags, value, operands } = readArguments(USAGE, {
    flags: ["json"],
    values: ["seconds"],
  });
  const seconds = Number(value("seconds") ?? DEFAULT_SECONDS);
  if (!(seconds >= SHORTEST_SECONDS) || operands.length > 0) {
    console.error(`Cannot soak for so long\n\n${USAGE}`);
    return 2;
  }
  const { report, faults } = await soak(seconds);
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
): Promise<{ readonly report: Report; readonly faults: readonly string[] }> {
  await using churn = await Churn.start();
  await using prompt = new Prompt(churn);
  const descriptorsFirst = await prompt.keptDescriptors();

  const over = new AbortController();
  const readers = Promise.all([
    readSlowly(churn.root, over.signal),
    readWithPauses(churn.root, over.signal),
    startAndLeave(churn.root, over.signal),
  ]);
  await churn.go();
  await wait(seconds);
  const started = await churn.calm();
  over.abort();
  const [slow, paused, left] = await readers;

  await prompt.calm();
  const descriptorsLast = await prompt.keptDescriptors();
  const truth = await churn.endBusy();
  const measured = prompt.busySeconds;
  const memory = prompt.memory();
  const faults = [
    ...prompt.faults,
    ...slow.faults,
    ...paused.faults,
    ...left.faults,
  ];
  if (descriptorsLast > descriptorsFirst) {
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
    },
    faults,
  };
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
