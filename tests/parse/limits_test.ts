import { assertEquals } from "@std/assert";
import { parseLimits } from "../../src/parse/limits.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

// The kernel pads each column with spaces, also the last.
const LIMITS = [
  "Limit                     Soft Limit           Hard Limit           Units     ",
  "Max cpu time              unlimited            unlimited            seconds   ",
  "Max processes             96364                96364                processes ",
  "Max open files            1024                 524288               files     ",
  "Max nice priority         0                    0                    ",
  "",
].join("\n");

Deno.test("parseLimits() reads the limit of open files", () => {
  assertEquals(parseLimits(LIMITS), {
    openFiles: { soft: 1024, hard: 524288 },
  });
});

Deno.test("parseLimits() gives null for unlimited", () => {
  assertEquals(
    parseLimits(
      "Max open files            1024                 unlimited            files     \n",
    ),
    { openFiles: { soft: 1024, hard: null } },
  );
});

Deno.test("parseLimits() reads numbers that fill their columns", () => {
  assertEquals(
    parseLimits(
      "Max open files            18446744073709551614 18446744073709551614 files     \n",
    ),
    {
      openFiles: {
        soft: 18446744073709551614n,
        hard: 18446744073709551614n,
      },
    },
  );
});

Deno.test("parseLimits() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "\n" },
    { field: "any line", text: "none\n" },
    { field: "the end of the last line", text: LIMITS.slice(0, -2) },
    { field: "the end of the last line", text: "" },
  ];
  for (const refused of cases) assertRefuses(parseLimits, refused);
});

Deno.test("parseLimits() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseLimits, LIMITS);
});
