// deno-lint-ignore-file camelcase -- the names are those of the kernel.
/** One line that is missing, or whose value makes no sense, costs its own field and no other. */
import { assertEquals } from "@std/assert";
import type { PartlyMalformed } from "../../src/errors.ts";
import { parseFlatKeyed } from "../../src/parse/flat_keyed.ts";
import { parseIo } from "../../src/parse/io.ts";
import { parseLimits } from "../../src/parse/limits.ts";
import { parseLoadavg } from "../../src/parse/loadavg.ts";
import { parseMeminfo } from "../../src/parse/meminfo.ts";
import { parsePressure } from "../../src/parse/pressure.ts";
import { parseProcStat } from "../../src/parse/proc_stat.ts";
import { parseSmaps } from "../../src/parse/smaps.ts";
import { parseSmapsRollup } from "../../src/parse/smaps_rollup.ts";
import { parseStatus } from "../../src/parse/status.ts";
import { readTestdata } from "../support/damage.ts";

/** A file whose lines are fields: its text, and a pattern for a line's name and its value. */
interface FieldFile {
  readonly parse: (text: string) => PartlyMalformed;
  readonly text: string;
  readonly line: RegExp;
  /** The fields that no key of the value is called like, by the names of their lines. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** The lines that nothing is made of. */
  readonly unused?: RegExp;
}

const COLON = /^([\w()]+):(\s*)(.*)$/;
const SMAPS = readTestdata("smaps/cat.txt").split("\n").slice(0, 25).join("\n");

const FILES: Readonly<Record<string, FieldFile>> = {
  io: {
    parse: parseIo,
    text: "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\n" +
      "write_bytes: 6\ncancelled_write_bytes: 7\n",
    line: COLON,
  },
  status: {
    parse: parseStatus,
    text: readTestdata("status/process.txt"),
    line: COLON,
    renamed: { Cpus_allowed_list: "cpusAllowed" },
    unused:
      /^(?:Name|Umask|State|Ngid|Pid|VmSize|PPid|TracerPid|Gid|FDSize|Groups|NS\w+|HugetlbPages|CoreDumping|THP_enabled|untag_mask|Sig\w+|Shd\w+|Cap\w+|NoNewPrivs|Seccomp\w*|Speculation\w+|SpeculationIndirectBranch|Cpus_allowed|Mems_\w+|x86_\w+)$/,
  },
  smaps_rollup: {
    parse: parseSmapsRollup,
    text: "1000-2000 ---p 00000000 00:00 0   [rollup]\n" +
      ("Rss Pss Pss_Dirty Pss_Anon Pss_File Pss_Shmem Shared_Clean " +
        "Shared_Dirty Private_Clean Private_Dirty Referenced Anonymous KSM " +
        "LazyFree AnonHugePages ShmemPmdMapped FilePmdMapped Shared_Hugetlb " +
        "Private_Hugetlb Swap SwapPss Locked").split(" ")
        .map((name, i) => `${name}: ${i} kB\n`).join(""),
    line: COLON,
  },
  smaps: {
    parse: (text) => parseSmaps(text)[0] ?? {},
    text: `${SMAPS}\n`,
    line: COLON,
    unused:
      /^(?:KernelPageSize|MMUPageSize|THPeligible|ProtectionKey|VmFlags)$/,
  },
  meminfo: {
    parse: parseMeminfo,
    text: readTestdata("meminfo/host.txt"),
    line: COLON,
    unused:
      /^(?:SwapCached|(?:Ina|A)ctive.*|Unevictable|Mlocked|Zswap\w*|KReclaimable|KernelStack|SecPageTables|NFS_Unstable|Bounce|WritebackTmp|Vmalloc\w+|Percpu|\w*Huge\w*|Hugetlb|Hardware\w+|File\w+|DirectMap\w+|ShmemPmdMapped|Cma\w+|Balloon|GPU\w+)$/,
  },
  stat: {
    parse: parseProcStat,
    text: readTestdata("proc_stat/host.txt"),
    line: /^(\w+)( )(?! )(.*)$/,
    unused: /^(?:cpu\d*|intr|softirq)$/,
  },
  limits: {
    parse: parseLimits,
    text: "Limit          Soft Limit     Hard Limit     Units\n" +
      "Max processes             96364   96364   processes\n" +
      "Max open files            1024    4096    files\n",
    line: /^(Max \w+(?: \w+)?)(\s+)(\S+)/,
    renamed: { "Max open files": "openFiles" },
    unused: /^Max processes$/,
  },
  "cpu.stat": {
    parse: (text) => {
      const { values, ...faults } = parseFlatKeyed("cpu.stat", text);
      return { ...Object.fromEntries(values), ...faults };
    },
    text: "usage_usec 5\nuser_usec 3\nsystem_usec 2\n",
    line: /^(\w+)( )(.*)$/,
  },
};

/** A key as the kernel may spell it: without its case and its underscores. */
function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

for (const [name, file] of Object.entries(FILES)) {
  const { parse, text, line: pattern, renamed = {}, unused } = file;
  const lines = text.trimEnd().split("\n");
  const whole = new Map(Object.entries(parse(text)));

  /** The key of the field that a line makes; null if nothing is made of it. */
  const keyOf = (field: string): string | null => {
    if (unused?.test(field) === true) return null;
    const wanted = plain(renamed[field] ?? field);
    const key = [...whole.keys()].find((key) => plain(key) === wanted);
    if (key === undefined) throw new Error(`Nothing is made of ${field}`);
    return key;
  };

  /** The fields that are other ones than in the whole file, and what they are. */
  const changes = (text: string): [string, unknown][] => {
    const { malformed: _, ...rest } = parse(text);
    const now = new Map<string, unknown>(Object.entries(rest));
    return [...whole].filter(([key, value]) =>
      JSON.stringify(now.get(key)) !== JSON.stringify(value)
    ).map(([key]) => [key, now.get(key)]);
  };

  Deno.test(`a line of ${name} that is missing costs its own field`, () => {
    let checked = 0;
    lines.forEach((line, i) => {
      const field = pattern.exec(line)?.[1];
      if (field === undefined) return;
      const key = keyOf(field);
      const without = [...lines.slice(0, i), ...lines.slice(i + 1)];
      const text = `${without.join("\n")}\n`;
      const lost = changes(text);
      // A missing key of a keyed file is not there; a missing field is null.
      assertEquals(lost.map(([key, value]) => [key, value ?? null]), [
        ...(key === null ? [] : [[key, null]]),
      ], field);
      assertEquals(parse(text).malformed, undefined);
      checked++;
    });
    assertEquals(checked > 0, true);
  });

  Deno.test(`a value of ${name} that makes no sense costs its own field`, () => {
    for (const wrong of ["-1024 kB", "18446744073709551616", "?", "", "1e3"]) {
      lines.forEach((line, i) => {
        const [, field, space = "", value = ""] = pattern.exec(line) ?? [];
        if (field === undefined) return;
        const key = keyOf(field);
        const at = line.indexOf(space + value, field.length);
        const damaged = `${line.slice(0, at)}${space}${wrong}${
          line.slice(at + space.length + value.length)
        }`;
        const text = `${
          [...lines.slice(0, i), damaged, ...lines.slice(i + 1)].join("\n")
        }\n`;
        assertEquals(changes(text), key === null ? [] : [[key, null]], damaged);
        assertEquals(
          parse(text).malformed?.map(({ field }) => field),
          key === null ? undefined : [field],
        );
      });
    }
  });
}

Deno.test("parseIo() keeps all but a counter below 0, as in a fixture of prometheus/procfs", () => {
  const { malformed, ...io } = parseIo(
    "rchar: 750339\nwchar: 818609\nsyscr: 7405\nsyscw: 5245\n" +
      "read_bytes: 1024\nwrite_bytes: 2048\ncancelled_write_bytes: -1024\n",
  );
  assertEquals(io, {
    rchar: 750339,
    wchar: 818609,
    syscr: 7405,
    syscw: 5245,
    readBytes: 1024,
    writeBytes: 2048,
    cancelledWriteBytes: null,
  });
  assertEquals(malformed?.map(({ field, text }) => [field, text]), [
    ["cancelled_write_bytes", "-1024"],
  ]);
});

Deno.test("parseProcStat() loses one time of the line that makes no sense, and keeps the others", () => {
  const { user, nice, system, steal, malformed } = parseProcStat(
    "cpu  1 -2 3 4 5 6 7 8\n",
  );
  assertEquals([user, nice, system, steal], [1, null, 3, 8]);
  assertEquals(malformed?.map(({ field }) => field), ["nice"]);
});

Deno.test("parseProcStat() needs no line of the CPUs", () => {
  const { user, idle, ctxt, malformed } = parseProcStat("ctxt 5\n");
  assertEquals([user, idle, ctxt, malformed], [null, null, 5, undefined]);
});

Deno.test("parseLoadavg() loses one figure that makes no sense, and keeps the others", () => {
  const good = ["0.47", "0.24", "12.16", "5", "152", "18399"];
  const keys = ["load1", "load5", "load15", "running", "total", "lastPid"];
  const textOf = ([a, b, c, d, e, f]: readonly string[]) =>
    `${a} ${b} ${c} ${d}/${e} ${f}\n`;
  const whole = parseLoadavg(textOf(good));
  for (const wrong of ["-1", "nan", "9007199254740993"]) {
    keys.forEach((key, i) => {
      const { malformed, ...load } = parseLoadavg(textOf(good.with(i, wrong)));
      assertEquals(load, { ...whole, [key]: null });
      assertEquals(malformed?.length, 1);
    });
  }
});

Deno.test("parsePressure() loses one figure that is missing or makes no sense, and keeps the others", () => {
  const some = "some avg10=2.81 avg60=0.72 avg300=0.47 total=14975985\n";
  const full = "full avg10=0.00 avg60=100.00 avg300=0.05 total=7028589\n";
  const whole: { some: object | null; full: object | null } = parsePressure(
    some + full,
  );
  for (const name of ["avg10", "avg60", "avg300", "total"]) {
    const word = new RegExp(` ${name}=\\S+`);
    const missing: object = parsePressure(some + full.replace(word, ""));
    assertEquals(missing, { ...whole, full: { ...whole.full, [name]: null } });
    for (const wrong of ["-1.00", "2e1.81", "18446744073709551616", ""]) {
      const { malformed, ...rest } = parsePressure(
        some.replace(word, ` ${name}=${wrong}`) + full,
      );
      assertEquals<object>(rest, {
        ...whole,
        some: { ...whole.some, [name]: null },
      });
      assertEquals(malformed?.map(({ field }) => field), [`some ${name}`]);
    }
  }
});
