import { assertEquals } from "@std/assert";
import { parseCfsPeriod, parseCfsQuota } from "../../src/parse/cfs_quota.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

Deno.test("parseCfsQuota() reads microseconds, and that there is no limit", () => {
  assertEquals(parseCfsQuota("150000\n"), 150_000);
  assertEquals(parseCfsQuota("-1\n"), null);
});

Deno.test("parseCfsPeriod() reads microseconds", () => {
  assertEquals(parseCfsPeriod("100000\n"), 100_000);
});

Deno.test("parseCfsQuota() and parseCfsPeriod() refuse what makes no sense", () => {
  for (const text of ["0\n", "x\n", "1\n2\n", "\n", "-0\n", "1.5\n"]) {
    assertRefuses(parseCfsQuota, { text, field: "the quota" });
    assertRefuses(parseCfsPeriod, { text, field: "the period" });
  }
  assertSurvivesDamage(parseCfsQuota, "150000\n");
  assertSurvivesDamage(parseCfsPeriod, "100000\n");
});
