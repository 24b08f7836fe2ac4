/** Prints kernel files as the kernel does, from arbitrary values. */
import fc from "fast-check";
import type { Integer } from "../../src/integer.ts";
import type { Parentage } from "../../src/parse/stat.ts";
import type { Status } from "../../src/parse/status.ts";

/** A text, and what a parser must make of it: these fields at least. */
export interface Printed {
  readonly text: string;
  readonly value: unknown;
}

/**
 * A 64-bit counter as the kernel prints it with `%llu`. The ends of its range, and of the exact
 * doubles, come often.
 */
export const u64: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.bigInt(0n, 1000n),
  fc.constantFrom(
    0n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 64n - 1n,
  ),
);
const kib = fc.bigInt(0n, 2n ** 54n - 1n);
const id = fc.integer({ min: 0, max: 2 ** 22 });
const cents = fc.integer({ min: 0, max: 10 ** 9 }).map((n) =>
  (n / 100).toFixed(2)
);
const anyText = fc.string({ unit: "binary", maxLength: 20 });
const name = fc.stringMatching(/^[a-z][a-z_.]{0,12}$/);

/** The value as a number if that is exact, else as a bigint. */
export function exact(value: bigint): Integer {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function without(text: string, characters: RegExp): string {
  return text.replace(characters, "");
}

/** `/proc/<pid>/stat`: fs/proc/array.c, do_task_stat(). */
export const stat: fc.Arbitrary<Printed> = fc.record({
  pid: id,
  comm: fc.oneof(
    anyText.map((text) => without(text, /\0/g).slice(0, 15)),
    fc.constantFrom(") R 1 1", "((a b ) ( c d) )", "a\nb", "", ") "),
  ),
  state: fc.constantFrom(..."RSDZTtIX"),
  ppid: id,
  group: fc.integer({ min: -1, max: 2 ** 22 }),
  flags: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  counters: fc.array(u64, { minLength: 30, maxLength: 30 }),
  priority: fc.integer({ min: -100, max: 39 }),
  nice: fc.integer({ min: -20, max: 19 }),
  threads: fc.integer({ min: 0, max: 2 ** 22 }),
}).map((is) => {
  const [minflt, cminflt, majflt, cmajflt, utime, stime, cutime, cstime] =
    is.counters;
  const [starttime, vsize, rss, rsslim, startcode, endcode, startstack] = is
    .counters.slice(8);
  const [blkio, ...rest] = is.counters.slice(15);
  const faults = [minflt, cminflt, majflt, cmajflt];
  const times = [utime, stime, cutime, cstime];
  const sizes = [starttime, vsize, rss, rsslim, startcode, endcode, startstack];
  const text =
    `${is.pid} (${is.comm}) ${is.state} ${is.ppid} ${is.group} ${is.group} 0 -1 ${is.flags} ${
      [...faults, ...times].join(" ")
    } ${is.priority} ${is.nice} ${is.threads} 0 ${sizes.join(" ")} ${
      rest.slice(0, 9).join(" ")
    } 17 3 0 0 ${blkio} 0 0 0 0 0 0 0 0 0 0\n`;
  const integers = (values: readonly (bigint | undefined)[]) =>
    values.map((value) => exact(value ?? 0n));
  const [f1, f2, f3, f4] = integers(faults);
  const [t1, t2, t3, t4] = integers(times);
  const [s1, s2, s3, s4, s5, s6, s7] = integers(sizes);
  return {
    text,
    value: {
      pid: is.pid,
      comm: is.comm,
      state: is.state,
      ppid: is.ppid,
      pgrp: is.group,
      session: is.group,
      ttyNr: 0,
      tpgid: -1,
      flags: is.flags,
      minflt: f1,
      cminflt: f2,
      majflt: f3,
      cmajflt: f4,
      utime: t1,
      stime: t2,
      cutime: t3,
      cstime: t4,
      priority: is.priority,
      nice: is.nice,
      numThreads: is.threads,
      starttime: s1,
      vsize: s2,
      rss: s3,
      rsslim: s4,
      startcode: s5,
      endcode: s6,
      startstack: s7,
      processor: 3,
      delayacctBlkioTicks: exact(blkio ?? 0n),
    },
  };
});

/** The text of `stat`, and what it says of a process's place in a tree. */
export const parentage: fc.Arbitrary<Printed> = stat.map(({ text, value }) => {
  const { pid, state, ppid, numThreads, starttime } = value as Parentage;
  return { text, value: { pid, state, ppid, numThreads, starttime } };
});

/** `/proc/<pid>/statm`: proc_pid_statm(). */
export const statm: fc.Arbitrary<Printed> = fc.tuple(u64, u64, u64, u64, u64)
  .map(([size, resident, shared, text, data]) => ({
    text: `${size} ${resident} ${shared} ${text} 0 ${data} 0\n`,
    value: {
      size: exact(size),
      resident: exact(resident),
      shared: exact(shared),
      text: exact(text),
      data: exact(data),
    },
  }));

/** `/proc/<pid>/status`: proc_pid_status(). */
export const status: fc.Arbitrary<Printed> = fc.record({
  name: anyText.map((text) => without(text, /[\0\n\\]/g)),
  tgid: id,
  uid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  threads: fc.integer({ min: 1, max: 2 ** 22 }),
  memory: fc.option(fc.tuple(kib, kib, kib)),
  switches: fc.tuple(u64, u64),
}).map((is) => {
  const [hwm, rss, swap] = is.memory ?? [];
  const [voluntary, nonvoluntary] = is.switches;
  const memory = is.memory === null
    ? ""
    : `VmHWM:\t${hwm} kB\nVmRSS:\t${rss} kB\nVmSwap:\t${swap} kB\n`;
  const size = (value?: bigint) => value === undefined ? null : exact(value);
  return {
    text:
      `Name:\t${is.name}\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t${is.tgid}\nPid:\t${is.tgid}\nPPid:\t1\nUid:\t${is.uid}\t0\t0\t0\n${memory}Threads:\t${is.threads}\nCpus_allowed_list:\t0-3,8\nvoluntary_ctxt_switches:\t${voluntary}\nnonvoluntary_ctxt_switches:\t${nonvoluntary}\n`,
    value: {
      tgid: is.tgid,
      uid: is.uid,
      threads: is.threads,
      vmHwm: size(hwm),
      vmRss: size(rss),
      vmSwap: size(swap),
      cpusAllowed: [{ first: 0, last: 3 }, { first: 8, last: 8 }],
      voluntaryCtxtSwitches: exact(voluntary),
      nonvoluntaryCtxtSwitches: exact(nonvoluntary),
    },
  };
});

/** The text of `status`, and the process that it is of. */
export const tgid: fc.Arbitrary<Printed> = status.map(({ text, value }) => ({
  text,
  value: (value as Status).tgid,
}));

/** The text of `status`, and the CPUs that it names. */
export const cpusAllowed: fc.Arbitrary<Printed> = status.map((
  { text, value },
) => ({ text, value: (value as Status).cpusAllowed }));

/** `/proc/<pid>/io`: do_io_accounting(). */
export const io: fc.Arbitrary<Printed> = fc.tuple(u64, u64, u64, u64, u64, u64)
  .map(([rchar, wchar, syscr, syscw, read, written]) => ({
    text:
      `rchar: ${rchar}\nwchar: ${wchar}\nsyscr: ${syscr}\nsyscw: ${syscw}\nread_bytes: ${read}\nwrite_bytes: ${written}\ncancelled_write_bytes: 0\n`,
    value: {
      rchar: exact(rchar),
      wchar: exact(wchar),
      syscr: exact(syscr),
      syscw: exact(syscw),
      readBytes: exact(read),
      writeBytes: exact(written),
      cancelledWriteBytes: 0,
    },
  }));

/** `/proc/<pid>/schedstat`: proc_pid_schedstat(). */
export const schedstat: fc.Arbitrary<Printed> = fc.tuple(u64, u64, u64).map(
  ([runTime, runDelay, timeslices]) => ({
    text: `${runTime} ${runDelay} ${timeslices}\n`,
    value: {
      runTime: exact(runTime),
      runDelay: exact(runDelay),
      timeslices: exact(timeslices),
    },
  }),
);

/** A limit as proc_pid_limits() prints it. */
function limitText(limit: bigint | null): string {
  return `${limit ?? "unlimited"}`.padEnd(20);
}

function limitOf(limit: bigint | null): Integer | null {
  return limit === null ? null : exact(limit);
}

/** `/proc/<pid>/limits`: proc_pid_limits(). */
export const limits: fc.Arbitrary<Printed> = fc.tuple(
  fc.option(u64),
  fc.option(u64),
).map(([soft, hard]) => ({
  text:
    `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${
      limitText(soft)
    } ${limitText(hard)} files     \n`,
  value: { openFiles: { soft: limitOf(soft), hard: limitOf(hard) } },
}));

/** The same, of all limits: those that have the same name in getrlimit(2). */
export const rlimits: fc.Arbitrary<Printed> = fc.tuple(
  fc.option(u64),
  fc.option(u64),
  fc.option(u64),
).map(([soft, hard, other]) => ({
  text:
    `Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              ${
      limitText(soft)
    } ${limitText(hard)} seconds   \nMax nice priority         ${
      limitText(other)
    } ${limitText(other)} \n`,
  value: {
    cpu: { soft: limitOf(soft), hard: limitOf(hard) },
    nice: { soft: limitOf(other), hard: limitOf(other) },
    rttime: null,
  },
}));

/** The lines of signals in `/proc/<pid>/status`: task_sig(). */
export const signals: fc.Arbitrary<Printed> = fc.tuple(
  u64,
  fc.uniqueArray(fc.integer({ min: 1, max: 64 })),
).map(([queued, numbers]) => {
  const mask = numbers.reduce((sum, one) => sum | 1n << BigInt(one - 1), 0n);
  const text = mask.toString(16).padStart(16, "0");
  return {
    text: `SigQ:\t${queued}/96365\nSigPnd:\t${text}\nSigCgt:\t${text}\n`,
    value: {
      queued: exact(queued),
      sigPnd: numbers.toSorted((a, b) => a - b),
      sigCgt: numbers.toSorted((a, b) => a - b),
      sigBlk: null,
    },
  };
});

/** `/proc/loadavg`: loadavg_proc_show(). */
export const loadavg: fc.Arbitrary<Printed> = fc.tuple(
  cents,
  cents,
  cents,
  id,
  id,
  id,
).map(([load1, load5, load15, running, total, lastPid]) => ({
  text: `${load1} ${load5} ${load15} ${running}/${total} ${lastPid}\n`,
  value: {
    load1: Number(load1),
    load5: Number(load5),
    load15: Number(load15),
    running,
    total,
    lastPid,
  },
}));

/** `/proc/uptime`: uptime_proc_show(). */
export const uptime: fc.Arbitrary<Printed> = fc.tuple(cents, cents).map((
  [uptime, idle],
) => ({ text: `${uptime} ${idle}\n`, value: Number(uptime) }));

/** `/proc/meminfo`: meminfo_proc_show(). */
export const meminfo: fc.Arbitrary<Printed> = fc.tuple(
  kib,
  kib,
  fc.option(kib),
).map(([total, free, available]) => ({
  text: `MemTotal:       ${`${total}`.padStart(8)} kB\nMemFree: ${free} kB\n${
    available === null ? "" : `MemAvailable: ${available} kB\n`
  }HugePages_Total:       0\n`,
  value: {
    memTotal: exact(total),
    memFree: exact(free),
    memAvailable: available === null ? null : exact(available),
  },
}));

interface Mapped {
  readonly rss: bigint;
  readonly pss: bigint;
  readonly clean: bigint;
  readonly dirty: bigint;
  readonly swap: bigint | null;
}

const mapped: fc.Arbitrary<Mapped> = fc.record({
  rss: kib,
  pss: kib,
  clean: kib,
  dirty: kib,
  swap: fc.option(kib),
});

function mappedText(is: Mapped): string {
  return `Rss: ${is.rss} kB\nPss: ${is.pss} kB\nShared_Clean: 0 kB\nShared_Dirty: 1 kB\nPrivate_Clean: ${is.clean} kB\nPrivate_Dirty: ${is.dirty} kB\nReferenced: 2 kB\nAnonymous: 3 kB\n${
    is.swap === null ? "" : `Swap: ${is.swap} kB\n`
  }`;
}

function mappedValue(is: Mapped) {
  return {
    rss: exact(is.rss),
    pss: exact(is.pss),
    privateClean: exact(is.clean),
    privateDirty: exact(is.dirty),
    sharedClean: 0,
    sharedDirty: 1,
    referenced: 2,
    anonymous: 3,
    swap: is.swap === null ? null : exact(is.swap),
    swapPss: null,
  };
}

/** `/proc/<pid>/smaps`: show_smap(). */
export const smaps: fc.Arbitrary<Printed> = fc.array(
  fc.record({
    pathname: fc.oneof(
      fc.constantFrom("", "[heap]", "/memfd:a (deleted)", "/a b"),
      anyText.map((text) => `/${without(text, /[\0\n\\]/g)}x`),
    ),
    size: kib,
    mapped,
  }),
  { maxLength: 4 },
).map((mappings) => ({
  text: mappings.map(({ pathname, size, mapped }) =>
    `7f0000000000-7f0000001000 r-xp 00000000 08:01 131   ${pathname}\nSize: ${size} kB\n${
      mappedText(mapped)
    }VmFlags: rd ex mr mw me \n`
  ).join(""),
  value: mappings.map(({ pathname, size, mapped }) => ({
    pathname,
    size: exact(size),
    ...mappedValue(mapped),
  })),
}));

/** `/proc/<pid>/maps`: show_map_vma(). */
export const maps: fc.Arbitrary<Printed> = fc.array(
  fc.record({
    start: fc.integer({ min: 1, max: 2 ** 35 }),
    pages: fc.integer({ min: 1, max: 2 ** 20 }),
    pathname: fc.oneof(
      fc.constantFrom("", "[heap]", "/memfd:a (deleted)", "/a b"),
      anyText.map((text) => `/${without(text, /[\0\\]/g)}x`),
    ),
  }),
  { maxLength: 4 },
).map((ranges) => {
  const bounds = ranges.map(({ start, pages, pathname }) => ({
    start: start * 4096,
    end: (start + pages) * 4096,
    pathname,
  }));
  return {
    text: bounds.map(({ start, end, pathname }) =>
      `${start.toString(16)}-${end.toString(16)} r-xp 00000000 08:01 131   ${
        pathname.replaceAll("\n", "\\012")
      }\n`
    ).join(""),
    value: bounds,
  };
});

/** `/proc/<pid>/numa_maps`: show_numa_map(). */
export const numaMaps: fc.Arbitrary<Printed> = fc.array(
  fc.record({
    start: fc.integer({ min: 1, max: 2 ** 35 }),
    policy: fc.constantFrom(
      "default",
      "bind:0-1",
      "prefer (many):0,2",
      "interleave=static|balancing:0-3",
      "weighted interleave:0",
    ),
    pathname: fc.oneof(
      fc.constantFrom("", "[heap]", "[stack]", "/a N0=1", "/=\t\n (deleted)"),
      anyText.map((text) => `/${without(text, /[\0\\]/g)}`),
    ),
    huge: fc.boolean(),
    pages: fc.uniqueArray(
      fc.tuple(fc.nat(1023), fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })),
      { selector: ([node]) => node, maxLength: 4 },
    ),
    kernelPageSize: fc.constantFrom(4, 64, 2048, 2 ** 20),
  }),
  { maxLength: 4 },
).map((mappings) => ({
  text: mappings.map((
    { start, policy, pathname, huge, pages, kernelPageSize },
  ) => {
    const file = pathname.startsWith("/")
      ? ` file=${
        pathname.replaceAll(
          /[\n\t= ]/g,
          (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
        )
      }`
      : pathname === ""
      ? ""
      : ` ${pathname.slice(1, -1)}`;
    const counts = pages.length === 0
      ? ""
      : ` anon=3 dirty=2 mapmax=7 active=0${
        pages.map(([node, count]) => ` N${node}=${count}`).join("")
      } kernelpagesize_kB=${kernelPageSize}`;
    return `${start.toString(16).padStart(8, "0")} ${policy}${file}${
      huge ? " huge" : ""
    }${counts}\n`;
  }).join(""),
  value: mappings.map(({ pages, kernelPageSize, ...mapping }) => ({
    ...mapping,
    pages: new Map(pages.map(([node, count]) => [node, exact(count)])),
    kernelPageSize: pages.length === 0 ? null : kernelPageSize,
  })),
}));

/** `/proc/<pid>/smaps_rollup`: show_smaps_rollup(). */
export const smapsRollup: fc.Arbitrary<Printed> = mapped.map((is) => ({
  text:
    `55d0a0a7c000-7ffd5a9d1000 ---p 00000000 00:00 0                          [rollup]\n${
      mappedText(is)
    }`,
  value: mappedValue(is),
}));

/** `/proc/stat`: show_stat(). */
export const procStat: fc.Arbitrary<Printed> = fc.tuple(
  fc.array(u64, { minLength: 4, maxLength: 10 }),
  u64,
  u64,
).map(([times, ctxt, processes]) => {
  const [user, nice, system, idle, iowait] = times;
  return {
    text: `cpu  ${times.join(" ")}\ncpu0 ${
      times.join(" ")
    }\nintr 5 1 2\nctxt ${ctxt}\nbtime 1700000000\nprocesses ${processes}\nprocs_running 1\nprocs_blocked 0\nsoftirq 1 2\n`,
    value: {
      user: exact(user ?? 0n),
      nice: exact(nice ?? 0n),
      system: exact(system ?? 0n),
      idle: exact(idle ?? 0n),
      iowait: iowait === undefined ? null : exact(iowait),
      ctxt: exact(ctxt),
      processes: exact(processes),
      procsRunning: 1,
      procsBlocked: 0,
    },
  };
});

/** The tasks created, in `/proc/stat`. */
export const processes: fc.Arbitrary<Printed> = u64.map((created) => ({
  text: `cpu  1 2 3 4\nprocesses ${created}\nprocs_running 1\n`,
  value: exact(created),
}));

/** `/proc/pressure/*`: psi_show(). */
export const pressure: fc.Arbitrary<Printed> = fc.tuple(
  cents,
  cents,
  cents,
  u64,
  fc.boolean(),
).map(([avg10, avg60, avg300, total, hasFull]) => {
  const figures =
    `avg10=${avg10} avg60=${avg60} avg300=${avg300} total=${total}`;
  const value = {
    avg10: Number(avg10),
    avg60: Number(avg60),
    avg300: Number(avg300),
    total: exact(total),
  };
  return {
    text: `some ${figures}\n${hasFull ? `full ${figures}\n` : ""}`,
    value: { some: value, full: hasFull ? value : null },
  };
});

/** `cpu.max`: cpu_max_show(). */
export const cpuMax: fc.Arbitrary<Printed> = fc.tuple(
  fc.option(fc.integer({ min: 1000 })),
  fc.integer({ min: 1000, max: 1_000_000 }),
).map(([quotaMicroseconds, periodMicroseconds]) => ({
  text: `${quotaMicroseconds ?? "max"} ${periodMicroseconds}\n`,
  value: { quotaMicroseconds, periodMicroseconds },
}));

/** `/proc/<pid>/cgroup`: proc_cgroup_show(). */
export const cgroup: fc.Arbitrary<Printed> = fc.array(
  fc.record({
    hierarchyId: id,
    controllers: fc.array(name, { maxLength: 3 }),
    path: anyText.map((text) => `/${without(text, /[\0\n]/g)}`),
  }),
  { maxLength: 5 },
).map((entries) => ({
  text: entries.map(({ hierarchyId, controllers, path }) =>
    `${hierarchyId}:${controllers.join(",")}:${path}\n`
  ).join(""),
  value: entries,
}));

/** `children`: children_seq_show(). */
export const children: fc.Arbitrary<Printed> = fc.array(id).map((pids) => ({
  text: pids.map((pid) => `${pid} `).join(""),
  value: pids,
}));

/** `cgroup.procs`: cgroup_procs_show(). */
export const cgroupProcs: fc.Arbitrary<Printed> = fc.array(id).map((pids) => ({
  text: pids.map((pid) => `${pid}\n`).join(""),
  value: pids,
}));

/** `/proc/<pid>/cmdline`: proc_pid_cmdline_read(). */
export const cmdline: fc.Arbitrary<Printed> = fc.array(
  anyText.map((text) => without(text, /\0/g)),
).map((words) => ({
  text: words.map((word) => `${word}\0`).join(""),
  value: words,
}));

/** `/proc/<pid>/environ`: environ_read(). */
export const environ: fc.Arbitrary<Printed> = fc.uniqueArray(
  fc.tuple(
    anyText.map((text) => without(text, /[\0=]/g)),
    anyText.map((text) => without(text, /\0/g)),
  ),
  { selector: ([name]) => name },
).map((variables) => ({
  text: variables.map(([name, value]) => `${name}=${value}\0`).join(""),
  value: variables,
}));

/** A list of CPUs: bitmap_print_to_pagebuf(). */
export const cpuList: fc.Arbitrary<Printed> = fc.array(
  fc.tuple(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 0, max: 9 })),
).map((steps) => {
  let next = 0;
  const ranges = steps.map(([gap, length]) => {
    const first = next + gap;
    next = first + length + 1;
    return { first, last: first + length };
  });
  return {
    text: ranges.map(({ first, last }) =>
      first === last ? `${first}` : `${first}-${last}`
    ).join(","),
    value: ranges,
  };
});

/** `memory.stat`, `vmstat` and others: cgroup-v2.rst, "Flat keyed". */
export const flatKeyed: fc.Arbitrary<Printed> = fc.dictionary(name, u64, {
  noNullPrototype: true,
}).map((values) => ({
  text: Object.entries(values).map(([key, value]) => `${key} ${value}\n`).join(
    "",
  ),
  value: new Map(
    Object.entries(values).map(([key, value]) => [key, exact(value)]),
  ),
}));

/** `io.stat`: cgroup-v2.rst, "Nested keyed". */
export const nestedKeyed: fc.Arbitrary<Printed> = fc.uniqueArray(
  fc.tuple(id, u64, u64),
  { selector: ([device]) => device, maxLength: 5 },
).map((devices) => ({
  text: devices.map(([device, read, written]) =>
    `8:${device} rbytes=${read} wbytes=${written}\n`
  ).join(""),
  value: new Map(
    devices.map(([device, read, written]) => [
      `8:${device}`,
      new Map([["rbytes", exact(read)], ["wbytes", exact(written)]]),
    ]),
  ),
}));

/** `memory.current`, `pids.max` and others. */
export const singleValue: fc.Arbitrary<Printed> = fc.option(u64).map((
  value,
) => ({
  text: `${value ?? "max"}\n`,
  value: value === null ? null : exact(value),
}));

/** `/proc/<pid>/mountinfo`: show_mountinfo(), which escapes what would end a field. */
export const mountinfo: fc.Arbitrary<Printed> = fc.array(
  fc.record({
    mountPoint: fc.string({ unit: "grapheme-ascii", maxLength: 10 }).map((
      text,
    ) => `/${text}`),
    fsType: name,
    superOptions: fc.array(name, { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
).map((mounts) => ({
  text: mounts.map(({ mountPoint, fsType, superOptions }) =>
    `22 1 0:21 / ${
      mountPoint.replace(
        /[ \t\n\\#]/g,
        (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
      )
    } rw,relatime shared:1 - ${fsType} none ${superOptions.join(",")}\n`
  ).join(""),
  value: mounts.map((mount) => ({ ...mount, root: "/" })),
}));
