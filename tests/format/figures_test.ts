import { assertEquals } from "@std/assert";
import {
  figureOf,
  figuresOf,
  mapFiguresOf,
  mapsOf,
} from "../../src/format/_figures.ts";
import { LINES } from "../../src/model/dictionary.ts";
import type { LineKind } from "../../src/model/field.ts";
import { COLLECTORS } from "../../src/collect/collectors.ts";

function namesOf(kind: LineKind, collectors: readonly string[]): string[] {
  return figuresOf(kind, collectors).map(({ field }) => field.name);
}

Deno.test("figuresOf() has every gauge and counter of a kind of line", () => {
  for (const [kind, rows] of Object.entries(LINES)) {
    const amounts = Object.values(rows)
      .filter((row) => row.kind === "gauge" || row.kind === "counter")
      .map(({ name }) => name);
    const names = namesOf(kind as LineKind, COLLECTORS);
    assertEquals(names.filter((name) => amounts.includes(name)), amounts);
  }
});

Deno.test("figuresOf() has a yes or no, but not that a text was cut", () => {
  const tree = namesOf("tree", COLLECTORS);
  assertEquals(tree.includes("consistent"), true);
  assertEquals(tree.includes("may_share_memory"), true);
  assertEquals(tree.includes("memory_limit_cgroup_truncated"), false);
  assertEquals(namesOf("group", COLLECTORS).includes("other"), false);
});

Deno.test("figuresOf() leaves out what no collector of the run reads", () => {
  assertEquals(
    namesOf("group", []).filter((name) => /swap|fds|io_/.test(name)),
    [],
  );
  assertEquals(
    namesOf("group", ["fd"]).filter((name) => /swap|fd|io_/.test(name)),
    ["num_fds", "worst_fd_percentage"],
  );
});

Deno.test("figureOf() rounds as a line does, and keeps 64 bits", () => {
  const byName = new Map(
    figuresOf("group", ["io"]).map((figure) => [figure.field.name, figure]),
  );
  const valueOf = (name: string, values: object) => {
    const figure = byName.get(name);
    return figure === undefined ? undefined : figureOf(values, figure);
  };
  assertEquals(valueOf("cpu_percentage", { cpuPercentage: 1.23456 }), 1.235);
  assertEquals(
    valueOf("user_cpu_seconds_total", { userCpuSecondsTotal: 0.1 + 0.2 }),
    0.3,
  );
  const most = 2n ** 64n - 1n;
  assertEquals(valueOf("vsize_bytes", { vsizeBytes: most }), most);
  assertEquals(valueOf("rss_bytes", { rssBytes: null }), null);
  assertEquals(valueOf("rss_bytes", {}), null);
});

Deno.test("mapFiguresOf() tells the unit and the kind of each figure", () => {
  const maps = new Map(
    mapsOf("cgroup", ["cgroup"]).map((map) => [map.field.name, map]),
  );
  const figuresIn = (name: string, values: object) => {
    const map = maps.get(name);
    return map === undefined ? undefined : mapFiguresOf(values, map);
  };
  assertEquals(
    figuresIn("io_stat", { ioStat: { "8:0": { rbytes: 5, rios: 1n } } }),
    [
      { names: ["8:0", "rbytes"], unit: "bytes", kind: "counter", value: 5 },
      { names: ["8:0", "rios"], unit: "count", kind: "counter", value: 1n },
    ],
  );
  assertEquals(
    figuresIn("cpu_pressure", {
      cpuPressure: { some_avg10: 1.23456, some_total: 17 },
    }),
    [
      { names: ["some_avg10"], unit: "percent", kind: "gauge", value: 1.235 },
      {
        names: ["some_total"],
        unit: "microseconds",
        kind: "counter",
        value: 17,
      },
    ],
  );
  assertEquals(figuresIn("memory_stat", { memoryStat: { anon: null } }), [
    { names: ["anon"], unit: "none", kind: "mixed", value: null },
  ]);
  assertEquals(figuresIn("memory_stat", { memoryStat: null }), []);
});
