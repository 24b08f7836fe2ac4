import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { ofKind } from "../support/burner.ts";
import { splitLines } from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

testEachWay(
  "procline -- COMMAND prints the command, and the arguments of what has ended",
  async (procline) => {
    const script =
      "sh -c 'sleep 0.6 & read _ < /proc/self/stat; wait' 'a b'; exit 3";
    const { code, stdout } = await procline.run([
      "--events",
      "--collect=io",
      "--interval=50ms",
      "--",
      "sh",
      "-c",
      script,
    ]);
    assertEquals(code, 3);
    const lines = splitLines(stdout).map((line) => JSON.parse(line));
    assertEquals(lines[0].command, ["sh", "-c", script]);
    const exits = ofKind(lines, "exit").map(({ cmdline }) => cmdline);
    assertEquals(exits.filter((cmdline) => cmdline?.[0] === "sleep"), [
      ["sleep", "0.6"],
    ]);
    assert(exits.some((cmdline) => cmdline?.at(-1) === "a b"));
    const end = lines.at(-1);
    const { mean_cores, wall_seconds, user_cpu_seconds, kernel_cpu_seconds } =
      end;
    assertAlmostEquals(
      mean_cores,
      (user_cpu_seconds + kernel_cpu_seconds) / wall_seconds,
      0.001,
    );
    const peak = ofKind(lines, "tree").find(({ rss_bytes }) =>
      rss_bytes === end.peak_rss_bytes
    );
    assertEquals(
      [end.peak_rss_epoch_ms, end.peak_rss_num_processes],
      [peak?.epoch_ms, peak?.num_processes],
    );
    const last = ofKind(lines, "tree").at(-1);
    assertEquals(
      [end.io_read_chars_bytes, end.io_write_calls],
      [last?.io_read_chars_bytes_total, last?.io_write_calls_total],
    );
    assert(end.io_read_chars_bytes > 0);
  },
);
