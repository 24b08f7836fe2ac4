import { assertEquals, assertGreater } from "@std/assert";
import { LINES } from "../../src/model/dictionary.ts";
import { runProcline, splitLines } from "../support/procline.ts";
import { faultsBySchema } from "../support/schema.ts";

/** A tree whose processes start, run another program, lose their parent and end. */
const SCRIPT = `
  sleep 1.3 &
  sh -c 'sleep 0.3; exec cat /dev/null' &
  (sleep 0.2; sleep 1 & sleep 0.2) &
  wait`;

Deno.test("the schema takes each line of a run with every collector and events", async () => {
  const { code, stdout } = await runProcline([
    "--collect=all",
    "--events",
    "--interval=100ms",
    "--label=job=nightly",
    "--",
    "sh",
    "-c",
    SCRIPT,
  ]);
  assertEquals(code, 0);

  const kinds = new Set<string>();
  for (const text of splitLines(stdout)) {
    const line = JSON.parse(text);
    assertEquals(faultsBySchema(line), [], text);
    kinds.add(line.kind);
  }

  assertGreater(kinds.size, 7);
  assertEquals([...kinds].filter((kind) => !Object.hasOwn(LINES, kind)), []);
});
