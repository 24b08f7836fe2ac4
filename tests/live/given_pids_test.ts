// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { OLDEST_DENO_PATH } from "../../.ci/_runtime.ts";
import {
  CHECKOUT,
  Child,
  compile,
  ignored,
  type Needed,
  needsRoot,
  type ProcessLine,
  run,
  TemporaryDirectory,
} from "../support/procline.ts";
import { testEachWay, WAYS } from "../support/ways.ts";

const SECONDS = 5;

/** What churns: see churn.c. */
interface Churn {
  readonly perSecond: number;
  readonly outsiders: number;
  readonly ways: string;
}

/** A tree that churns, from which the test takes the root's id. */
async function startChurn(
  { perSecond, outsiders, ways }: Churn,
  directory: TemporaryDirectory,
): Promise<Child> {
  const program = await compile("churn", directory);
  return new Child([program, `${perSecond}`, `${outsiders}`, ways]);
}

/** What `_given_pids.ts` prints. */
interface Report {
  readonly sweeps: number;
  readonly listings: number;
  readonly seen: number;
  readonly late: readonly (readonly [process: string, sweeps: number])[];
  readonly wrong: readonly string[];
}

/** Runs `_given_pids.ts` on a process, with this Deno or another one. */
function oracleArgv(deno: string): string[] {
  return [
    deno,
    ..."run --no-check -A".split(" "),
    `${CHECKOUT}tests/live/_given_pids.ts`,
  ];
}

/** Compares the two ways to find members of a tree that churns. */
async function compare(churn: Churn, deno: string): Promise<Report> {
  using directory = new TemporaryDirectory();
  await using stage = await startChurn(churn, directory);
  const root = await stage.line();
  const { stdout } = await run([...oracleArgv(deno), root, `${SECONDS}`]);
  const report = JSON.parse(stdout) as Report;
  console.log(`${report.listings} listings in ${report.sweeps} sweeps`);
  assertGreater(report.seen, report.sweeps);
  return report;
}

/** A test of what the modules find, on this Deno and on the oldest. */
function testEachDeno(
  needed: Needed,
  fn: (deno: string) => Promise<void>,
): void {
  for (const { suffix, missing } of WAYS.slice(0, 2)) {
    const deno = suffix === "" ? Deno.execPath() : OLDEST_DENO_PATH;
    const name = `${needed.name}${suffix}`;
    Deno.test({
      ...(needed.ignore || missing === null
        ? { name, ignore: needed.ignore }
        : ignored(name, missing)),
      fn: async () => await fn(deno),
    });
  }
}

/** What another tree has not found, but for what chose its id in a way that no number shows. */
function misjudged({ late, wrong }: Report): readonly string[] {
  for (const [process, sweeps] of late) assertLessOrEqual(sweeps, 32, process);
  return [...late.map(([process]) => process), ...wrong].filter((process) =>
    !process.includes(" chosen,")
  );
}

for (
  const { ways, among } of [
    { ways: "toven", among: "threads, orphans and namespaces" },
    { ways: "ter", among: "threads and tasks that are refused" },
    { ways: "tochr", among: "ids that are chosen as tasks are refused" },
  ]
) {
  testEachDeno(
    needsRoot(
      ["cc"],
      `a tree has the same members whether ids are looked up or all are listed, among ${among}`,
    ),
    async (deno) => {
      const churn = { perSecond: 200, outsiders: 1500, ways };
      const report = await compare(churn, deno);
      assertEquals(misjudged(report), []);
      // Where others use the machine too, more ids are given out in a sweep than are looked up.
      if (report.sweeps > 99) assertLess(report.listings, report.sweeps);
    },
  );
}

const ROUND =
  "a tree has the same members whether ids are looked up or all are listed, where ids go round and are set";

/** The highest id is one for all namespaces before Linux 6.14: it must be left alone there. */
function hasOwnPidMax(): boolean {
  const [major = 0, minor = 0] = Deno.osRelease().split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 14);
}

testEachDeno(
  hasOwnPidMax()
    ? needsRoot(["unshare", "cc", "bash"], ROUND)
    : ignored(ROUND, "pid_max is that of the whole host before Linux 6.14"),
  async (deno) => {
    using directory = new TemporaryDirectory();
    await using stage = new Child([
      ..."unshare -pf --kill-child --mount-proc".split(" "),
      "bash",
      "-c",
      `
        echo 400 > /proc/sys/kernel/pid_max
        coproc churn { exec "$0" 500 80 tovecl; }
        read -r root <&\${churn[0]}
        "$@" $root ${SECONDS} < /dev/null
        echo end >&\${churn[1]}
        wait
      `,
      await compile("churn", directory),
      ...oracleArgv(deno),
    ]);
    const report = JSON.parse(await stage.line()) as Report;
    await stage.rest();
    assertEquals(misjudged(report), []);
    assertGreater(report.seen, report.sweeps);
  },
);

/** A process that stays the same one, as a key. */
type Identity = string;

/** When a sample was taken, and who was in it, with the parents. */
interface Found {
  readonly epochMs: number;
  readonly isConsistent: boolean;
  readonly parents: ReadonlyMap<Identity, Identity | undefined>;
}

/** The samples of lines. */
function samplesOf(stdout: string): Found[] {
  const found: Found[] = [];
  let processes: (ProcessLine & { readonly start_ticks: number })[] = [];
  for (const text of stdout.trim().split("\n")) {
    const line = JSON.parse(text);
    if (line.kind === "process") processes.push(line);
    if (line.kind !== "tree") continue;
    const identities = new Map(
      processes.map((one) => [one.pid, `${one.pid} since ${one.start_ticks}`]),
    );
    found.push({
      epochMs: line.epoch_ms,
      isConsistent: line.consistent,
      parents: new Map(
        processes.map(({ pid, ppid }) => [
          identities.get(pid) ?? "",
          pid === line.root_pid ? "" : identities.get(ppid),
        ]),
      ),
    });
    processes = [];
  }
  return found;
}

/**
 * Who was in two samples of one run, and the parent too, and is not in a sample of another one that
 * began when the first of the two had ended, and had ended when the second began.
 */
function missingIn(found: readonly Found[], other: readonly Found[]) {
  const missing: string[] = [];
  let compared = 0;
  for (const [i, { epochMs, isConsistent, parents }] of found.entries()) {
    const end = found[i + 1]?.epochMs;
    const before = other.findLast((_, j) =>
      (other[j + 1]?.epochMs ?? Infinity) <= epochMs
    );
    const after = other.find((one) => end !== undefined && one.epochMs >= end);
    if (!isConsistent || before === undefined || after === undefined) continue;
    for (const [one, parent] of before.parents) {
      const isSame = parent !== undefined && after.parents.get(one) === parent;
      if (!isSame || (parent !== "" && !after.parents.has(parent))) continue;
      compared++;
      if (!parents.has(one)) missing.push(`${one}, at ${epochMs}`);
    }
  }
  return { missing, compared };
}

testEachWay(
  needsRoot(
    ["cc"],
    "procline prints the same processes whether it looks ids up or, as it is recorded, lists all",
  ),
  async (procline) => {
    using directory = new TemporaryDirectory();
    const churn = { perSecond: 200, outsiders: 500, ways: "toven" };
    await using stage = await startChurn(churn, directory);
    const root = await stage.line();
    const options = ["--interval=10ms", `--pid=${root}`];
    await using child = procline.start(options);
    const printed = child.rest();
    const listing = await procline.run([
      ...options,
      "--count=60",
      `--record=${directory.path}/recording`,
    ]);
    child.kill("SIGTERM");
    const looked = samplesOf((await printed).join("\n"));
    const listed = samplesOf(listing.stdout);
    const late = missingIn(looked, listed);
    const wrong = missingIn(listed, looked);
    assertEquals([late.missing, wrong.missing], [[], []]);
    assertGreater(Math.min(late.compared, wrong.compared), 0);
    console.log(`${late.compared} and ${wrong.compared} processes compared`);
  },
);
