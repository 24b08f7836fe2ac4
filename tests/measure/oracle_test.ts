import { assertEquals, assertGreater } from "@std/assert";
import { recordingCases } from "../support/recordings.ts";
import { parseRecording, replayLines } from "../support/replay.ts";

for (const { name, path } of recordingCases()) {
  Deno.test(`the uncached way prints the same bytes of ${name}`, () => {
    const recording = parseRecording(Deno.readTextFileSync(path));
    const lines = replayLines(recording, { uncached: true });
    assertGreater(lines.length, 0);
    assertEquals(replayLines(recording, { uncached: false }), lines);
  });
}
