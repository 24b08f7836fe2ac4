import { assert, assertEquals, assertLess } from "@std/assert";
import {
  Child,
  needsRoot,
  type SampleLines,
  TemporaryDirectory,
} from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

/** An own pid namespace, in which the program that is started is process 1. */
const AS_PROCESS_1 = "unshare --kill-child -pf --mount-proc".split(" ");

testEachWay(
  needsRoot(
    ["unshare", "mkfifo"],
    "procline as process 1 reaps an orphan that a sample has shown, and counts it once",
  ),
  async ({ argv }) => {
    using directory = new TemporaryDirectory();
    const { path } = directory;
    // The parent ends with the first pipe's writer, the orphan with the second one's.
    await using procline = new Child([
      ...AS_PROCESS_1,
      ...argv,
      ..."--interval 20ms --duration 15s -- sh -c".split(" "),
      `ln -s "$(command -v cat)" ${path}/orphan
mkfifo ${path}/parent_ends ${path}/orphan_ends
(
  (i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done
  exec ${path}/orphan ${path}/orphan_ends) &
  exec cat ${path}/parent_ends
) &
exec cat`,
    ]);
    const orphanOf = ({ processes }: SampleLines) =>
      processes.find(({ comm }) => comm === "orphan");
    const seen = await procline.sampleWhere((sample) =>
      orphanOf(sample) !== undefined
    );
    const pid = orphanOf(seen)?.pid;

    await Deno.writeTextFile(`${path}/parent_ends`, "");
    await procline.sampleWhere((sample) => orphanOf(sample)?.ppid === 1);
    await Deno.writeTextFile(`${path}/orphan_ends`, "");
    const ended = await procline.sampleWhere((sample) =>
      orphanOf(sample)?.state === "Z"
    );
    const reaped = await procline.sampleWhere((sample) =>
      orphanOf(sample) === undefined
    );

    assertEquals(reaped.processes.filter((one) => one.pid === pid), []);
    assert(cpuSeconds(ended) > 0.02, `only ${cpuSeconds(ended)} s were burnt`);
    assertLess(Math.abs(cpuSeconds(reaped) - cpuSeconds(ended)), 0.015);
    await procline.closeInput();
    await procline.rest();
    assertEquals(await procline.code(), 0);
    assertEquals(await procline.stderr, "");
  },
);

/** What the tree has used since its start. */
function cpuSeconds({ tree }: SampleLines): number {
  const { user_cpu_seconds_total, kernel_cpu_seconds_total } = tree;
  return user_cpu_seconds_total + kernel_cpu_seconds_total;
}
