import { assertEquals } from "@std/assert";
import { stat } from "../../src/collect/stat.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc } from "../support/fake_proc.ts";

/** A `stat` as proc_pid_stat(5) describes it. The delay is its 42nd field. */
function statLine(delay: string): string {
  return "10 (prog) S 1 77 78 0 -1 0 1 2 3 4 5 6 7 8 -2 19 1 0 100 4096 1 " +
    `${"0 ".repeat(17)}${delay}\n`;
}

Deno.test("stat adds what stat holds beside the fields of every line", () => {
  const fs = new FakeProc();
  fs.start({ pid: 10 });
  fs.write("/proc/10/stat", statLine("250"));
  using sampler = new Sampler({ pid: 10, collect: [stat()], fs });
  const [process] = sampler.sample().processes;
  assertEquals([process?.pgrp, process?.session], [77, 78]);
  assertEquals([process?.priority, process?.nice], [-2, 19]);
  assertEquals(
    [process?.minorFaultsTotal, process?.childrenMinorFaultsTotal],
    [1, 2],
  );
  assertEquals(
    [process?.majorFaultsTotal, process?.childrenMajorFaultsTotal],
    [3, 4],
  );
  // 250 ticks of 10 ms.
  assertEquals(process?.blockIoDelaySecondsTotal, 2.5);
});

Deno.test("stat knows no delay on a kernel that does not report it", () => {
  const fs = new FakeProc();
  fs.start({ pid: 10 });
  fs.write("/proc/10/stat", statLine("").trimEnd() + "\n");
  using sampler = new Sampler({ pid: 10, collect: [stat()], fs });
  const [process] = sampler.sample().processes;
  assertEquals(process?.blockIoDelaySecondsTotal, null);
});
