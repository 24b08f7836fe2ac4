/**
 * Runs all tests: those that read nothing but testdata/, those on the live host and of the
 * repository (tests/live/, tests/repo/), and the examples in the docs.
 *
 *     deno run -A tests/run.ts [tests/some_test.ts ...] [--filter NAME]
 *
 * Arguments that begin with "tests/" choose what runs; the others go to `deno test`. With
 * arguments, the examples are left out. The last line on stdout is the count: `N passed, N failed,
 * N skipped`. Exits with 1 if a test failed, a part could not run, or no test ran.
 */
import { stripVTControlCharacters } from "node:util";
import { existsSync } from "node:fs";
import { stdFlags } from "./std/deno.ts";

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skippedNames: readonly string[];
}

/** What needs more than testdata/: the live host, and the files of the repository. */
const LIVE = ["tests/live", "tests/repo"];
const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm;
const ABANDONED = /^note .* called `Deno\.exit\(/m;
const SKIPPED = /^(\S.*) \.\.\. ignored \(/gm;

/**
 * Runs one `deno test`, passing its output through. An end that its count does not explain counts
 * as one failure.
 */
async function runTests(args: string[]): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...args],
    stdin: "null",
    stdout: "piped",
    env: Deno.stdout.isTerminal() && !Deno.noColor ? { FORCE_COLOR: "1" } : {},
  }).spawn();
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of child.stdout) {
    output += decoder.decode(chunk, { stream: true });
    for (let at = 0; at < chunk.length;) {
      at += await Deno.stdout.write(chunk.subarray(at));
    }
  }
  const { success } = await child.status;
  if (output !== "" && !output.endsWith("\n")) console.log();

  const plain = stripVTControlCharacters(output);
  const [, passed = 0, failed = 0, skipped = 0] =
    [...plain.matchAll(SUMMARY)].at(-1)?.map((text) => Number(text ?? 0)) ?? [];
  const unexplained = failed === 0 && (!success || ABANDONED.test(plain));
  if (unexplained) {
    console.error(`Did not end well: deno test ${args.join(" ")}`);
  }
  return {
    passed,
    failed: failed + (unexplained ? 1 : 0),
    skipped,
    skippedNames: [...plain.matchAll(SKIPPED)].map((match) => match[1] ?? ""),
  };
}

function isLive(path: string): boolean {
  return LIVE.some((live) => path === live || path.startsWith(`${live}/`));
}

async function main(): Promise<number> {
  const chosen = Deno.args.filter((arg) => arg.startsWith("tests/"));
  const flags = [
    ...await stdFlags(),
    "--permit-no-files",
    ...Deno.args.filter((arg) => !arg.startsWith("tests/")),
  ];
  const fixed = chosen.length ? chosen.filter((p) => !isLive(p)) : ["tests"];
  const live = chosen.length ? chosen.filter(isLive) : LIVE;

  const outcomes: Outcome[] = [];
  if (fixed.length) {
    const confined = ["--allow-read=testdata", "--no-prompt"];
    outcomes.push(
      await runTests([...confined, `--ignore=${LIVE}`, ...flags, ...fixed]),
    );
  }
  if (live.length) outcomes.push(await runTests(["-A", ...flags, ...live]));
  if (Deno.args.length === 0) {
    const documents = ["mod.ts", "src", "README.md"].filter(existsSync);
    outcomes.push(await runTests(["--doc", "-A", ...flags, ...documents]));
  }

  const sum = (of: "passed" | "failed" | "skipped") =>
    outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const passed = sum("passed");
  const failed = sum("failed");
  const skipped = sum("skipped");
  for (const name of outcomes.flatMap((outcome) => outcome.skippedNames)) {
    console.log(`skipped: ${name}`);
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

Deno.exitCode = await main();
