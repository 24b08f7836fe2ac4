import { assertEquals, assertGreater } from "@std/assert";
import { parseRecording, replayLines } from "../support/replay.ts";

const RECORDINGS = new URL("../../testdata/recordings/", import.meta.url);

for (const { name } of Deno.readDirSync(RECORDINGS)) {
  if (!name.endsWith(".ndjson") || name.includes(".expected.")) continue;
  Deno.test(`the uncached way prints the same bytes of ${name}`, () => {
    const recording = parseRecording(
      Deno.readTextFileSync(new URL(name, RECORDINGS)),
    );
    const lines = replayLines(recording, { uncached: true });
    assertGreater(lines.length, 0);
    assertEquals(replayLines(recording, { uncached: false }), lines);
  });
}
