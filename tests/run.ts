/**
 * Runs the tests: `deno task test`. Three parts run side by side: the tests that may read only
 * testdata/, the tests of the live host and of the repository, and the examples in the docs.
 */
// deno-lint-ignore-file no-console -- a tool prints.
import { stripVTControlCharacters } from "node:util";
import { readArguments } from "../.ci/_tool.ts";
import { ignoredSignals } from "../src/cli/signals.ts";
import { stdFlags } from "./std/deno.ts";

const USAGE = `Run the tests

Usage: deno task test [tests/PATH ...] [OPTIONS]

      --filter NAME      Run the tests with this in their names
      --full             Inject each fault into each read, not one of eight
      --coverage         Measure what the tests of the recordings and parsers
                         reach; fails below the thresholds in deno.json
  -h, --help             Print this help

A few failures of tests on this host are tried once more by themselves, as it
may have been too busy for them: what passes then is listed.

The last line is the count: N passed, N failed, N skipped. Exits with 1 if a
test failed, a part could not run, or no test ran.`;

/** A run of `deno test`. */
interface Part {
  readonly name: string;
  readonly args: readonly string[];
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skippedNames: readonly string[];
  /** The tests in tests/live that failed. */
  readonly failedLive: readonly FailedTest[];
}

interface FailedTest {
  readonly name: string;
  readonly file: string;
}

/** The tests that need more than testdata/: the live host, or the files of the repository. */
const LIVE = ["tests/live", "tests/repo"];
const COVERAGE = "coverage";
/**
 * The files that the confined tests cannot reach, as these may use neither the host nor the
 * process.
 */
const NOT_COVERED =
  /tests\/|\/kernel\/(?:host_fs|clock)\.ts|\/cli\/(?:_named_pipe|append_file|child|libc|files|job_control|output_file|print|program|replay|run|run_recorder|signals|streams|main|context)\.ts|\/mod\.ts/;
const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm;
const ABANDONED = /^note .* called `Deno\.exit\(/m;
const SKIPPED = /^(\S.*) \.\.\. ignored \(/gm;
/** The file whose tests follow, or a test of it that has failed. */
const FILE_OR_FAILED =
  /^running \d+ tests? from \.\/(\S+)$|^(\S.*) \.\.\. FAILED \(/gm;
/** More failures than this are not for want of time. */
const MAX_TRIED_AGAIN = 8;

async function main(): Promise<number> {
  const { flags, value, operands } = readArguments(USAGE, {
    flags: ["full", "coverage"],
    values: ["filter"],
    operands: true,
  });
  receiveSignals();
  const std = await stdFlags();
  const parts = partsOf(operands, flags, value("filter"), std);
  const isAlone = parts.length === 1;
  const outcomes = await Promise.all(
    parts.map((part) => runPart(part, isAlone)),
  );
  const sum = (of: "passed" | "failed") =>
    outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const skipped = outcomes.flatMap(({ skippedNames }) => skippedNames);
  const late = await tryAgain(
    outcomes.flatMap(({ failedLive }) => failedLive),
    sum("failed"),
    std,
  );
  const passed = sum("passed") + late.length;
  let failed = sum("failed") - late.length;
  if (flags.has("coverage") && !await isCovered()) failed++;
  for (const name of skipped) console.log(`skipped: ${name}`);
  for (const { name } of late) console.log(`passed when tried again: ${name}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/**
 * Runs tests of tests/live once more, now that nothing else runs, if nothing but a few of them has
 * failed. Returns those that pass now.
 */
async function tryAgain(
  tests: readonly FailedTest[],
  failed: number,
  std: readonly string[],
): Promise<readonly FailedTest[]> {
  if (tests.length !== failed || failed > MAX_TRIED_AGAIN) return [];
  const passed: FailedTest[] = [];
  for (const test of tests) {
    const { name, file } = test;
    const filter = `/^${name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$/`;
    const outcome = await runPart({
      name: `${name}, again`,
      args: ["-A", ...std, "--permit-no-files", `--filter=${filter}`, file],
    }, false);
    if (outcome.passed === 1 && outcome.failed === 0) passed.push(test);
  }
  return passed;
}

/**
 * A shell starts what runs in the background with signals ignored, and children inherit that. The
 * tests send these signals: what is listened to is not ignored, and children get the default.
 */
function receiveSignals(): void {
  const ignored = ignoredSignals(Deno.readTextFileSync("/proc/self/status"));
  for (const name of ["SIGINT", "SIGQUIT", "SIGHUP"] as const) {
    if (ignored.has(name)) Deno.addSignalListener(name, () => {});
  }
}

function partsOf(
  chosen: readonly string[],
  flags: ReadonlySet<string>,
  filter: string | undefined,
  std: readonly string[],
): Part[] {
  const options = [
    ...std,
    "--permit-no-files",
    ...(filter === undefined ? [] : [`--filter=${filter}`]),
  ];
  const isAll = chosen.length === 0;
  const confined = isAll ? ["tests"] : chosen.filter((path) => !isLive(path));
  const live = isAll ? LIVE : chosen.filter(isLive);
  const parts: Part[] = [];
  if (confined.length > 0) {
    parts.push({
      name: "tests of parsers and recordings",
      args: [
        ..."--allow-read=testdata --no-prompt --parallel".split(" "),
        `--ignore=${LIVE}`,
        ...(flags.has("coverage")
          ? [`--coverage=${COVERAGE}`, "--coverage-raw-data-only"]
          : []),
        ...options,
        ...confined,
        ...(flags.has("full") ? ["--", "--full"] : []),
      ],
    });
  }
  if (live.length > 0) {
    parts.push({
      name: "tests on this host",
      args: ["-A", ...options, ...live],
    });
  }
  if (isAll && filter === undefined) {
    const documents = ["mod.ts", "src", "README.md", "docs"];
    parts.push({
      name: "examples in the docs",
      args: ["--doc", "-A", ...options, ...documents],
    });
  }
  return parts;
}

function isLive(path: string): boolean {
  return LIVE.some((live) => path === live || path.startsWith(`${live}/`));
}

/**
 * Runs one part. Its output passes through if it runs alone; otherwise it is printed in one piece
 * at the end. If it fails but counts no failure, that is one failure.
 */
async function runPart(
  { name, args }: Part,
  isAlone: boolean,
): Promise<Outcome> {
  const begin = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: isAlone ? "inherit" : "piped",
    env: Deno.stdout.isTerminal() && !Deno.noColor ? { FORCE_COLOR: "1" } : {},
  }).spawn();
  const [output, errors] = await Promise.all([
    collect(child.stdout, isAlone),
    isAlone ? "" : collect(child.stderr, false),
  ]);
  const { success } = await child.status;
  if (!isAlone) {
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    console.log(`--- ${name}: ${seconds} s\n${errors}${output}`);
  }
  const plain = stripVTControlCharacters(output);
  const [, passed = 0, failed = 0] =
    [...plain.matchAll(SUMMARY)].at(-1)?.map((text) => Number(text ?? 0)) ?? [];
  const isUnexplained = failed === 0 && (!success || ABANDONED.test(plain));
  if (isUnexplained) console.error(`Cannot tell how ${name} ended`);
  return {
    passed,
    failed: failed + (isUnexplained ? 1 : 0),
    skippedNames: [...plain.matchAll(SKIPPED)].map((match) => match[1] ?? ""),
    failedLive: failedIn(plain),
  };
}

/** The tests in tests/live that have failed. */
function failedIn(output: string): readonly FailedTest[] {
  const failed: FailedTest[] = [];
  let file = "";
  for (const [, path, name] of output.matchAll(FILE_OR_FAILED)) {
    if (path !== undefined) file = path;
    else if (name !== undefined && file.startsWith("tests/live/")) {
      failed.push({ name, file });
    }
  }
  return failed;
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  passesThrough: boolean,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (!passesThrough) continue;
    for (let at = 0; at < chunk.length;) {
      at += await Deno.stdout.write(chunk.subarray(at));
    }
  }
  return text;
}

/** Whether the coverage is above the thresholds in deno.json. */
async function isCovered(): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", `--exclude=${NOT_COVERED.source}`, COVERAGE],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return success;
}

if (import.meta.main) Deno.exit(await main());
