import { assertEquals, assertGreater } from "@std/assert";
import { recordingCases } from "../support/recordings.ts";
import { parseRecording, replayLines } from "../support/replay.ts";

/** Where the CPU time of a process falls, an open file alone tells that it is the same process. */
const ONLY_BY_OPEN_FILES = "falling_counters";

for (const { name, path } of recordingCases()) {
  if (name === ONLY_BY_OPEN_FILES) continue;
  Deno.test(`the uncached way prints the same bytes of ${name}`, () => {
    const recording = parseRecording(Deno.readTextFileSync(path));
    const lines = replayLines(recording, { uncached: true });
    assertGreater(lines.length, 0);
    assertEquals(replayLines(recording, { uncached: false }), lines);
  });
}
