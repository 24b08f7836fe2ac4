import { assertEquals } from "@std/assert";
import { parseDuration } from "../../src/cli/arguments.ts";

for (
  const [text, ms] of [
    ["250ms", 250],
    ["2s", 2000],
    ["2", 2000],
    ["0.5", 500],
    ["1m", 60_000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    ["0.5s", 500],
    [".5", 500],
    [".25s", 250],
    ["0.001ms", 0.001],
    ["007s", 7000],
    ["999999999h", 3_599_999_996_400_000],
  ] as const
) {
  Deno.test(`parseDuration() reads ${text}`, () => {
    assertEquals(parseDuration(text), ms);
  });
}

for (
  const text of [
    ...["", "0", "s", "0s", "0.0ms", "-1s", "+1s", "1.s", ".", ".s", "1e3s"],
    ...["1 s", " 1s", "1s ", "1s\n", "1S", "1d", "1,5s", "1m30s", "1us"],
    ...["1234567890s", "1.0123456789s", "Infinitys", "NaNs", "0x1s", "١s"],
  ]
) {
  Deno.test(`parseDuration() gives null for ${JSON.stringify(text)}`, () => {
    assertEquals(parseDuration(text), null);
  });
}
