import { assertEquals } from "@std/assert";
import { parseProcStat, parseTasksCreated } from "../../src/parse/proc_stat.ts";
import {
  assertRefuses,
  assertSurvivesDamage,
  readTestdata,
} from "../support/damage.ts";

const CPU = "cpu  27298 0 8409 2690106 846 1 254 5199 2 3\n";

Deno.test("parseProcStat() reads a host", () => {
  assertEquals(parseProcStat(readTestdata("proc_stat/host.txt")), {
    user: 274561,
    nice: 0,
    system: 22697,
    idle: 2859324,
    iowait: 1045,
    irq: 0,
    softirq: 414,
    steal: 5692,
    guest: 0,
    guestNice: 0,
    ctxt: 2959819,
    btime: 1795453021,
    processes: 156879,
    procsRunning: 3,
    procsBlocked: 0,
  });
});

Deno.test("parseProcStat() gives null for what is not there", () => {
  assertEquals(parseProcStat("cpu  1 2 3 4\n"), {
    user: 1,
    nice: 2,
    system: 3,
    idle: 4,
    iowait: null,
    irq: null,
    softirq: null,
    steal: null,
    guest: null,
    guestNice: null,
    ctxt: null,
    btime: null,
    processes: null,
    procsRunning: null,
    procsBlocked: null,
  });
});

Deno.test("parseProcStat() does not look at times it does not know", () => {
  assertEquals(
    parseProcStat(CPU.replace("\n", " 9 ?\n")),
    parseProcStat(CPU),
  );
});

Deno.test("parseProcStat() keeps counters above 2^53 exact", () => {
  const text = CPU.replace("27298", "18446744073709551615") +
    "ctxt 9007199254740993\n";
  assertEquals(parseProcStat(text).user, 18446744073709551615n);
  assertEquals(parseProcStat(text).ctxt, 9007199254740993n);
});

Deno.test("parseProcStat() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "cpu0 1 2 3 4\n" },
    { field: "any line", text: "\n" },
    { field: "the end of the last line", text: CPU.slice(0, -1) },
    { field: "the end of the last line", text: "" },
  ];
  for (const refused of cases) assertRefuses(parseProcStat, refused);
});

Deno.test("parseProcStat() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseProcStat, readTestdata("proc_stat/host.txt"));
});

Deno.test("parseTasksCreated() reads one number of a host", () => {
  assertEquals(parseTasksCreated(readTestdata("proc_stat/host.txt")), 156879);
  assertEquals(
    parseTasksCreated(`${CPU}processes 18446744073709551615\n`),
    18446744073709551615n,
  );
});

Deno.test("parseTasksCreated() gives null if the kernel does not report it", () => {
  assertEquals(parseTasksCreated(`${CPU}procs_running 1\n`), null);
});

Deno.test("parseTasksCreated() refuses a number that is damaged or cut", () => {
  for (const number of ["", "x\n", "-1\n", "12"]) {
    assertRefuses(parseTasksCreated, {
      field: "processes",
      text: `${CPU}processes ${number}`,
    });
  }
});

Deno.test("parseTasksCreated() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseTasksCreated, readTestdata("proc_stat/host.txt"));
});

Deno.test("parseProcStat() skips a name with a letter behind it", () => {
  assertEquals(parseProcStat("cpu  1 2 3 4\nctxt 7\nctxtX\n").ctxt, 7);
});
