import { assertEquals } from "@std/assert";
import { parseLimits, parseRlimits } from "../../src/parse/limits.ts";
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

// What `sh -c 'ulimit -n 100; ...'` shows on Linux 6.18.
const ALL = [
  "Limit                     Soft Limit           Hard Limit           Units     ",
  "Max cpu time              10                   20                   seconds   ",
  "Max file size             unlimited            unlimited            bytes     ",
  "Max data size             1048576              unlimited            bytes     ",
  "Max stack size            8388608              unlimited            bytes     ",
  "Max core file size        0                    unlimited            bytes     ",
  "Max resident set          unlimited            unlimited            bytes     ",
  "Max processes             96365                96365                processes ",
  "Max open files            100                  20000                files     ",
  "Max locked memory         8388608              8388608              bytes     ",
  "Max address space         18446744073709551614 unlimited            bytes     ",
  "Max file locks            unlimited            unlimited            locks     ",
  "Max pending signals       96365                96365                signals   ",
  "Max msgqueue size         819200               819200               bytes     ",
  "Max nice priority         0                    0                    ",
  "Max realtime priority     0                    0                    ",
  "Max realtime timeout      unlimited            unlimited            us        ",
  "",
].join("\n");

const UNLIMITED = { soft: null, hard: null };

Deno.test("parseRlimits() reads all sixteen limits", () => {
  assertEquals(parseRlimits(ALL), {
    cpu: { soft: 10, hard: 20 },
    fsize: UNLIMITED,
    data: { soft: 1048576, hard: null },
    stack: { soft: 8388608, hard: null },
    core: { soft: 0, hard: null },
    rss: UNLIMITED,
    nproc: { soft: 96365, hard: 96365 },
    nofile: { soft: 100, hard: 20000 },
    memlock: { soft: 8388608, hard: 8388608 },
    as: { soft: 18446744073709551614n, hard: null },
    locks: UNLIMITED,
    sigpending: { soft: 96365, hard: 96365 },
    msgqueue: { soft: 819200, hard: 819200 },
    nice: { soft: 0, hard: 0 },
    rtprio: { soft: 0, hard: 0 },
    rttime: UNLIMITED,
  });
});

Deno.test("parseRlimits() loses a limit that makes no sense or is missing, and no other", () => {
  const { malformed, ...limits } = parseRlimits(
    ALL.replace("1048576 ", "many    ").replace(/Max realtime timeout.*\n/, "")
      .replace(/(Max nice priority +0) .*\n/, "$1\n"),
  );
  assertEquals(malformed?.map(({ field, text }) => [field, text]), [
    ["Max data size", "many"],
    ["Max nice priority", ""],
  ]);
  assertEquals(limits, {
    ...parseRlimits(ALL),
    data: null,
    nice: null,
    rttime: null,
  });
});

Deno.test("parseRlimits() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "\n" },
    { field: "any line", text: "none\n" },
    { field: "the end of the last line", text: ALL.slice(0, -2) },
    { field: "the end of the last line", text: "" },
  ];
  for (const refused of cases) assertRefuses(parseRlimits, refused);
});

Deno.test("parseRlimits() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseRlimits, ALL);
});
