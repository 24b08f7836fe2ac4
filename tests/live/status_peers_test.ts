// deno-lint-ignore-file no-console -- it prints its figures.
import { assertEquals, assertLessOrEqual } from "@std/assert";
import { type AnyLine, linesToEnd, ofKind } from "../support/burner.ts";
import { pidstat } from "../support/pidstat.ts";
import { Child, needs, run, startProcline } from "../support/procline.ts";

/** Ignores one signal, catches another, and has one pending that it blocks. */
const PROGRAM = `
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGTERM, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGRTMAX])
os.kill(os.getpid(), signal.SIGUSR1)
print("ready", flush=True)
sys.stdin.read()
`;

/** Starts the program with a policy, and more to be killed when memory runs out. */
async function startProgram(): Promise<Child> {
  const child = new Child([
    ..."choom -n 300 -- chrt -b 0 python3 -c".split(" "),
    PROGRAM,
  ]);
  assertEquals(await child.line(), "ready");
  return child;
}

async function lineOf(pid: number): Promise<AnyLine> {
  await using procline = startProcline([
    `--pid=${pid}`,
    "--collect=oom,signals,wchan,schedstat",
    "--count=1",
  ]);
  return ofKind(await linesToEnd(procline), "process")[0] ?? {};
}

/** A set of signals as ps prints it. */
function hex(set: number | bigint): string {
  return BigInt(set).toString(16).padStart(16, "0");
}

Deno.test({
  ...needs(
    ["choom", "chrt", "python3", "ps"],
    "procline agrees with ps and choom on signals, scheduling, what a process waits for and its score",
  ),
  fn: async () => {
    await using program = await startProgram();
    const pid = `${program.pid}`;
    const line = await lineOf(program.pid);
    const columns = ["pending", "ignored", "caught", "wchan:64", "cls", "psr"];
    const told = await Promise.all(
      columns.map((column) =>
        run(["ps", "-ww", "-o", `${column}=`, "-p", pid])
      ),
    );
    const [pending, ignored, caught, wchan, policy, processor] = told.map((
      { stdout },
    ) => stdout.trim());
    const { stdout: choom } = await run(["choom", "-p", pid]);
    const [score, adjustment] = [...choom.matchAll(/: (-?\d+)$/gm)].map((
      [, value],
    ) => Number(value));
    console.log("procline:", line, "ps:", told, choom);
    assertEquals(hex(line.signals.pending), pending);
    assertEquals(hex(line.signals.ignored), ignored);
    assertEquals(hex(line.signals.caught), caught);
    // SIGUSR1 is 10.
    assertEquals(line.signals.pending, 2 ** 9);
    assertEquals(line.wchan, wchan);
    // ps calls batch B.
    assertEquals([line.policy, policy], ["SCHED_BATCH", "B"]);
    assertEquals(line.rt_priority, 0);
    assertEquals(`${line.last_processor}`, processor);
    assertEquals(line.oom_score_adj, adjustment);
    assertEquals(line.oom_score_adj, 300);
    assertLessOrEqual(Math.abs(line.oom_score - (score ?? NaN)), 2);
  },
});

Deno.test({
  ...needs(
    ["choom", "chrt", "python3", "pidstat"],
    "procline agrees with pidstat on the policy and the real-time priority of a process",
  ),
  fn: async () => {
    await using program = await startProgram();
    const line = await lineOf(program.pid);
    const row = (await pidstat(["-R"], `${program.pid}`)).at(-1);
    console.log("procline / pidstat:", line.policy, line.rt_priority, row);
    assertEquals(line.policy, `SCHED_${row?.["policy"]}`);
    assertEquals(`${line.rt_priority}`, row?.["prio"]);
  },
});
