import {
  assert,
  assertEquals,
  assertFalse,
  assertNotEquals,
} from "@std/assert";
import { format } from "../../src/format/records.ts";
import { faultsBySchema, isTakenBySchema } from "../support/schema.ts";
import { recordingCases } from "../support/recordings.ts";
import {
  beginRun,
  encodeSample,
  END,
  RUN,
  sampleOf,
} from "../support/samples.ts";

/** The last line of a sample. */
function treeLine(): Record<string, unknown> {
  const encoder = beginRun(format, { labels: { job: "nightly" } });
  const lines = encodeSample(encoder, sampleOf()).trimEnd().split("\n");
  return JSON.parse(lines.at(-1) ?? "");
}

for (const { name, expected } of recordingCases()) {
  Deno.test(`the schema takes each expected line of ${name}`, () => {
    const text = Deno.readTextFileSync(expected);
    for (const line of text.trimEnd().split("\n")) {
      assertEquals(faultsBySchema(JSON.parse(line)), [], line);
      assert(isTakenBySchema(JSON.parse(line)), line);
    }
  });
}

Deno.test("the schema takes a line with labels", () => {
  assertEquals(faultsBySchema(treeLine()), []);
});

Deno.test("the schema takes the host and the run on every line", () => {
  const encoder = format.create({ hostname: true });
  const run = { ...RUN, unreadable: { bootId: "denied" } as const };
  const lines = [
    ...encoder.begin(run),
    ...encoder.lines(sampleOf()),
    ...encoder.end(END),
  ].map((line) => JSON.parse(line));
  assertEquals(lines.map(({ kind }) => kind), [
    "run",
    "process",
    "tree",
    "end",
  ]);
  for (const line of lines) assertEquals(faultsBySchema(line), []);
});

Deno.test("the schema refuses a field that is misspelt", () => {
  const { rss_bytes, ...others } = treeLine();
  assertNotEquals(faultsBySchema({ ...others, rss_byte: rss_bytes }), []);
  assertNotEquals(faultsBySchema({ ...treeLine(), rss_byte: rss_bytes }), []);
});

Deno.test("the schema refuses an unknown kind, and no kind", () => {
  const { kind: _, ...others } = treeLine();
  assertNotEquals(faultsBySchema({ ...others, kind: "trees" }), []);
  assertNotEquals(faultsBySchema(others), []);
  assertFalse(isTakenBySchema(others));
  assertFalse(isTakenBySchema({ ...others, kind: "process" }));
});

Deno.test("the schema refuses a value of another type", () => {
  const line = treeLine();
  assertNotEquals(faultsBySchema({ ...line, seq: "3" }), []);
  assertNotEquals(faultsBySchema({ ...line, seq: null }), []);
  assertNotEquals(faultsBySchema({ ...line, num_threads: 1.5 }), []);
});

Deno.test("the schema refuses a label with the name of a field of another kind", () => {
  assertNotEquals(faultsBySchema({ ...treeLine(), comm: "make" }), []);
  assertNotEquals(faultsBySchema({ ...treeLine(), "a b": "c" }), []);
});

Deno.test("the schema refuses a time, an amount and a reason that cannot be", () => {
  const line = treeLine();
  assertNotEquals(faultsBySchema({ ...line, timestamp: "yesterday" }), []);
  assertNotEquals(faultsBySchema({ ...line, rss_bytes: -1 }), []);
  assertEquals(
    faultsBySchema({ ...line, unreadable: { rss_bytes: "gone" } }),
    [],
  );
  for (const unreadable of [{}, { rss_bytes: "lost" }, { rss: "gone" }]) {
    assertNotEquals(faultsBySchema({ ...line, unreadable }), []);
  }
});
