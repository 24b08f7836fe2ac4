// deno-lint-ignore-file no-console camelcase -- it prints figures; names are those on lines.
import { assert, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import { ProcParseError } from "../../src/errors.ts";
import { parseAuxv } from "../../src/parse/auxv.ts";
import { parseCgroup } from "../../src/parse/cgroup.ts";
import { parseCgroupProcs } from "../../src/parse/cgroup_procs.ts";
import { parseChildren } from "../../src/parse/children.ts";
import { parseCmdline } from "../../src/parse/cmdline.ts";
import { parseCpuList } from "../../src/parse/cpu_list.ts";
import { parseCpuMax } from "../../src/parse/cpu_max.ts";
import { parseEnviron } from "../../src/parse/environ.ts";
import { parseFlatKeyed } from "../../src/parse/flat_keyed.ts";
import { parseIo } from "../../src/parse/io.ts";
import { parseLimits, parseRlimits } from "../../src/parse/limits.ts";
import { parseLoadavg } from "../../src/parse/loadavg.ts";
import { parseMaps } from "../../src/parse/maps.ts";
import { parseMeminfo } from "../../src/parse/meminfo.ts";
import { parseMountinfo } from "../../src/parse/mountinfo.ts";
import { parseNestedKeyed } from "../../src/parse/nested_keyed.ts";
import { parseNumaMaps } from "../../src/parse/numa_maps.ts";
import { parsePressure } from "../../src/parse/pressure.ts";
import { parseProcStat, parseTasksCreated } from "../../src/parse/proc_stat.ts";
import { parseSchedstat } from "../../src/parse/schedstat.ts";
import { parseSingleValue } from "../../src/parse/single_value.ts";
import { parseResidentRanges, parseSmaps } from "../../src/parse/smaps.ts";
import { parseSmapsRollup } from "../../src/parse/smaps_rollup.ts";
import { parseParentage, parseStat } from "../../src/parse/stat.ts";
import { parseStatm } from "../../src/parse/statm.ts";
import {
  parseCpusAllowed,
  parseSignals,
  parseStatus,
  parseTgid,
} from "../../src/parse/status.ts";
import { parseUptime } from "../../src/parse/uptime.ts";
import { assertNoNaN } from "../support/damage.ts";
import * as print from "../support/kernel_printers.ts";

/** A parser, and texts as the kernel prints them. */
interface Format {
  readonly parse: (text: string) => unknown;
  readonly printed: fc.Arbitrary<print.Printed>;
}

const FORMATS: Readonly<Record<string, Format>> = {
  cgroup: { parse: parseCgroup, printed: print.cgroup },
  "cgroup.procs": { parse: parseCgroupProcs, printed: print.cgroupProcs },
  children: { parse: parseChildren, printed: print.children },
  cmdline: { parse: parseCmdline, printed: print.cmdline },
  "a list of CPUs": {
    parse: (text) => parseCpuList("status", { field: "list", text }),
    printed: print.cpuList,
  },
  environ: {
    parse: (text) => [...parseEnviron(text)],
    printed: print.environ,
  },
  "cpu.max": { parse: parseCpuMax, printed: print.cpuMax },
  "memory.stat": {
    parse: (text) => parseFlatKeyed("memory.stat", text).values,
    printed: print.flatKeyed,
  },
  io: { parse: parseIo, printed: print.io },
  "io.stat": {
    parse: (text) => parseNestedKeyed("io.stat", text).values,
    printed: print.nestedKeyed,
  },
  limits: { parse: parseLimits, printed: print.limits },
  "all of limits": { parse: parseRlimits, printed: print.rlimits },
  loadavg: { parse: parseLoadavg, printed: print.loadavg },
  maps: { parse: parseMaps, printed: print.maps },
  meminfo: { parse: parseMeminfo, printed: print.meminfo },
  "memory.max": {
    parse: (text) => parseSingleValue("memory.max", text),
    printed: print.singleValue,
  },
  mountinfo: { parse: parseMountinfo, printed: print.mountinfo },
  numa_maps: { parse: parseNumaMaps, printed: print.numaMaps },
  "pressure/cpu": { parse: parsePressure, printed: print.pressure },
  "/proc/stat": { parse: parseProcStat, printed: print.procStat },
  "processes of /proc/stat": {
    parse: parseTasksCreated,
    printed: print.processes,
  },
  schedstat: { parse: parseSchedstat, printed: print.schedstat },
  smaps: { parse: parseSmaps, printed: print.smaps },
  "the ranges in smaps": {
    parse: parseResidentRanges,
    printed: print.smaps.map(({ text, value }) => ({
      text,
      value: (value as { rss: unknown }[]).map(({ rss }) => ({ rss })),
    })),
  },
  smaps_rollup: { parse: parseSmapsRollup, printed: print.smapsRollup },
  stat: { parse: parseStat, printed: print.stat },
  "the parentage in stat": { parse: parseParentage, printed: print.parentage },
  statm: { parse: parseStatm, printed: print.statm },
  status: { parse: parseStatus, printed: print.status },
  "the signals in status": { parse: parseSignals, printed: print.signals },
  "Tgid in status": { parse: parseTgid, printed: print.tgid },
  "the CPUs in status": { parse: parseCpusAllowed, printed: print.cpusAllowed },
  uptime: { parse: parseUptime, printed: print.uptime },
};

const ROUND_TRIPS = 1000;
const DAMAGED = 3000;
const ANY = 1500;
/** The same cases in each run. */
const SEED = 20261123;
/** A parser whose time grows with the square of the length would take a minute. */
const LONG_TEXT = 200_000;
const LONG_MS = 1000;

let parses = 0;

/** Asserts that `parse` gives a value without a NaN, or throws a ProcParseError. */
function survives(parse: (text: string) => unknown, text: string): void {
  parses++;
  try {
    assertNoNaN(parse(text));
  } catch (error) {
    if (!(error instanceof ProcParseError)) throw error;
  }
}

/** Asserts that `value` has all that `expected` has. */
function assertHas(value: unknown, expected: unknown): void {
  if (Array.isArray(expected)) {
    assert(Array.isArray(value));
    assertEquals(value.length, expected.length);
    for (const [i, one] of expected.entries()) assertHas(value[i], one);
  } else if (
    typeof expected === "object" && expected !== null &&
    !(expected instanceof Map)
  ) {
    for (const [key, one] of Object.entries(expected)) {
      assertHas((value as Record<string, unknown>)[key], one);
    }
  } else {
    assertEquals(value, expected);
  }
}

for (const [name, { parse, printed }] of Object.entries(FORMATS)) {
  Deno.test(`the parser of ${name} reads what the kernel prints`, () => {
    fc.assert(
      fc.property(printed, ({ text, value }) => {
        parses++;
        assertHas(parse(text), value);
      }),
      { numRuns: ROUND_TRIPS, seed: SEED },
    );
  });

  Deno.test(`the parser of ${name} gives a value or a ProcParseError for damaged text`, () => {
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const damage = fc.oneof(
      fc.constant((text: string, at: number) => text.slice(0, at)),
      fc.constant((text: string, at: number) => text.slice(at)),
      fc.constantFrom(..."-+.eE x9:=\n\t\0()\u2028\uFFFD").map((intruder) =>
      (
        text: string,
        at: number,
      ) => text.slice(0, at) + intruder + text.slice(at + 1)),
      fc.constantFrom("18446744073709551616", "9".repeat(400), "-1", "1e9", "")
        .map((digits) => (text: string, at: number) =>
          text.slice(0, at) + text.slice(at).replace(/\d+/, digits)
        ),
      fc.constant((text: string, at: number) => text + text.slice(at)),
    );
    fc.assert(
      fc.property(
        printed,
        fc.array(fc.tuple(damage, place), { minLength: 1, maxLength: 3 }),
        ({ text }, damages) => {
          const damaged = damages.reduce(
            (text, [damage, place]) =>
              damage(text, Math.trunc(place * text.length)),
            text,
          );
          survives(parse, damaged);
        },
      ),
      { numRuns: DAMAGED, seed: SEED },
    );
  });

  Deno.test(`the parser of ${name} gives a value or a ProcParseError for any text`, () => {
    const any = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({
        unit: fc.constantFrom(..."0123456789 \n:.-"),
        maxLength: 200,
      }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) =>
        new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
      ),
    );
    fc.assert(
      fc.property(any, (text) => survives(parse, text)),
      { numRuns: ANY, seed: SEED },
    );
  });

  Deno.test(`the parser of ${name} takes time in proportion to the text`, () => {
    const [sample] = fc.sample(printed, { numRuns: 1, seed: SEED });
    const fillers = ["9", " ", "(", ")", ":", "=", "-", "\n", "\0", "a ", "0,"];
    for (const filler of [...fillers, sample?.text || "1\n"]) {
      const long = filler.repeat(LONG_TEXT / filler.length);
      for (const text of [long, `${long}\n`, (sample?.text ?? "") + long]) {
        const begin = performance.now();
        survives(parse, text);
        const ms = performance.now() - begin;
        assert(ms < LONG_MS, `${JSON.stringify(filler)} takes ${ms} ms`);
      }
    }
  });
}

Deno.test("the parser of auxv gives a value or a ProcParseError for any bytes, and reads what the kernel prints", () => {
  const word = (value: bigint) =>
    new Uint8Array(new BigUint64Array([value]).buffer);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      survives(() => parseAuxv(bytes), "");
    }),
    { numRuns: ANY, seed: SEED },
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.bigInt(18n, 60n), print.u64)),
      fc.integer({ min: 12, max: 16 }),
      fc.integer({ min: 1, max: 1024 }),
      (others, shift, ticks) => {
        parses++;
        const pageSize = 1n << BigInt(shift);
        const pairs = [...others, [6n, pageSize], [17n, BigInt(ticks)], [
          0n,
          0n,
        ]] as [bigint, bigint][];
        const bytes = pairs.flatMap((pair) =>
          pair.flatMap((value) => [...word(value)])
        );
        assertEquals(parseAuxv(new Uint8Array(bytes)), {
          pageSizeBytes: Number(pageSize),
          ticksPerSecond: ticks,
        });
      },
    ),
    { numRuns: ROUND_TRIPS, seed: SEED },
  );
});

Deno.test("at least 100,000 texts were parsed", () => {
  console.log(`parses: ${parses}`);
  assertGreater(parses, 100_000);
});
