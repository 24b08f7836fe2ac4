import { assertEquals } from "@std/assert";
import { splitMissing } from "../../src/model/left_out.ts";

const NONE = { gone: 0, denied: 0, malformed: 0 };

Deno.test("splitMissing() takes all for ended if the sample left nothing out", () => {
  assertEquals(splitMissing([1, 2], NONE), { ended: [1, 2], leftOut: [] });
});

Deno.test("splitMissing() takes as many of the last as were left out for left out", () => {
  assertEquals(
    splitMissing([1, 2, 3, 4], { gone: 1, denied: 1, malformed: 1 }),
    { ended: [1], leftOut: [2, 3, 4] },
  );
});

Deno.test("splitMissing() is not troubled by more that were left out than are missing", () => {
  assertEquals(
    splitMissing([1], { ...NONE, gone: 5 }),
    { ended: [], leftOut: [1] },
  );
});
