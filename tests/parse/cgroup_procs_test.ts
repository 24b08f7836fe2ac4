import { assertEquals } from "@std/assert";
import { parseCgroupProcs } from "../../src/parse/cgroup_procs.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

Deno.test("parseCgroupProcs() reads the process ids as they stand there", () => {
  assertEquals(parseCgroupProcs("8427\n8429\n8427\n0\n4194303\n"), [
    8427,
    8429,
    8427,
    0,
    4194303,
  ]);
});

Deno.test("parseCgroupProcs() finds none in an empty file", () => {
  assertEquals(parseCgroupProcs(""), []);
});

Deno.test("parseCgroupProcs() refuses what is not a process id", () => {
  const cases = [
    { field: "a pid", text: "\n" },
    { field: "a pid", text: "8427\n\n8429\n" },
    { field: "a pid", text: "-1\n" },
    { field: "a pid", text: "8427 8429\n" },
    { field: "a pid", text: "18446744073709551615\n" },
    { field: "the end of the last line", text: "8427\n84" },
  ];
  for (const refused of cases) assertRefuses(parseCgroupProcs, refused);
});

Deno.test("parseCgroupProcs() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseCgroupProcs, "8427\n8429\n0\n");
});
