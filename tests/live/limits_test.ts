// deno-lint-ignore-file no-console -- it prints its figures.
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { linesToEnd, ofKind } from "../support/burner.ts";
import {
  Child,
  ignored,
  needs,
  run,
  startProcline,
} from "../support/procline.ts";

/** A user that nobody else on this host is. */
const UID = 64_321;

const NAME =
  "procline --collect limits agrees with prlimit, and counts what is used";

Deno.test({
  ...Deno.uid() === 0
    ? needs(["prlimit", "setpriv"], NAME)
    : ignored(NAME, "it takes another user"),
  fn: async () => {
    await using limited = new Child([
      ..."prlimit --nofile=20:30 --nproc=8:9 --cpu=100 --as=67108864 --data=16777216 --stack=1048576"
        .split(" "),
      ..."--memlock=65536 --rttime=1000000".split(" "),
      ..."setpriv --clear-groups --reuid".split(" "),
      `${UID}`,
      "sh",
      "-c",
      "exec 3<&0; cat <&3 & exec 4</dev/null 5</dev/null; echo ready; cat <&3",
    ]);
    assertEquals(await limited.line(), "ready");
    await using procline = startProcline([
      `--pid=${limited.pid}`,
      "--collect=limits,status,fd",
      "--count=1",
    ]);
    const [line] = ofKind(await linesToEnd(procline), "process");
    // The user itself may see them without privileges.
    const { stdout } = await run([
      "setpriv",
      `--reuid=${UID}`,
      "--clear-groups",
      ..."prlimit --noheadings --raw --output RESOURCE,SOFT,HARD --pid".split(
        " ",
      ),
      `${limited.pid}`,
    ]);
    const told = new Map(
      stdout.trim().split("\n").map((row) => {
        const [name = "", soft, hard] = row.split(" ");
        return [name, [soft, hard]];
      }),
    );
    const ours = (map: string, name: string) =>
      `${line?.[map][name.toLowerCase()] ?? "unlimited"}`;
    for (const [name, limits] of told) {
      assertEquals(
        [ours("rlimits_soft", name), ours("rlimits_hard", name)],
        limits,
        name,
      );
    }
    assertEquals(Object.keys(line?.rlimits_soft).length, 16);
    assertEquals(told.size, 16);
    console.log("limits:", line);
    // The shell and two cats.
    assertEquals(line?.user_num_threads, 3);
    assertAlmostEquals(line?.rlimits_percentage.nproc, 37.5);
    assertEquals(line?.fd_limit, line?.rlimits_soft.nofile);
    for (
      const [name, used, soft] of [
        ["nofile", line?.num_fds, 20],
        ["as", line?.vsize_bytes, 67_108_864],
        ["stack", line?.stack_bytes, 1_048_576],
        ["data", line?.data_bytes, 16_777_216],
      ] as const
    ) {
      const percentage = line?.rlimits_percentage[name];
      assertAlmostEquals(percentage, used / soft * 100, 0.001, name);
    }
    assertEquals(line?.rlimits_percentage.memlock, 0);
    assertEquals(line?.unreadable, undefined);
  },
});
