/**
 * The lines of two builds on a made-up host, and what the five questions of docs/ship must answer
 * of them. The answers are worked out by hand from the constants below.
 */
import { cgroup } from "../../src/collect/mod.ts";
import { loadFormat } from "../../src/format/formats.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

const MEBIBYTE = 1024 * 1024;
const BEGIN_EPOCH_MS = 1_790_000_000_000;
const SECONDS = 60;

/** What a build is like. */
interface Build {
  readonly name: string;
  /** The compiler's memory in the second of its peak; at other times it is 100 MiB. */
  readonly peakSecond: number;
  readonly peakMebibytes: number;
  /** How much the memory of java, 50 MiB at the begin, grows in a second. */
  readonly leakMebibytes: number;
  /** A second after which five samples are missed. */
  readonly missedAfter?: number;
}

const BUILDS: readonly Build[] = [
  { name: "1041", peakSecond: 30, peakMebibytes: 300, leakMebibytes: 1 },
  {
    name: "1042",
    peakSecond: 20,
    peakMebibytes: 500,
    leakMebibytes: 0,
    missedAfter: 40,
  },
];

const COMPILER = "a1".repeat(32);
const SERVER = "b2".repeat(32);

/**
 * The answers, question by question. A build runs for 60 s and is sampled each second: the shell
 * has 10 MiB, the compiler uses 0.5 CPU seconds a second, java 0.25, and children of the shell that
 * no sample sees 0.2; so 0.2 of 0.95 is 21.1 %.
 */
export const ANSWERS:
  readonly (readonly Readonly<Record<string, unknown>>[])[] = [
    [
      {
        build: "1041",
        peak_bytes: (10 + 300 + 50 + 30) * MEBIBYTE,
        peak_at: "2026-09-21 14:13:50",
      },
      {
        build: "1042",
        peak_bytes: (10 + 500 + 50) * MEBIBYTE,
        peak_at: "2026-09-21 14:13:40",
      },
    ],
    [
      { build: "1041", pid: 102, comm: "java", bytes_per_second: MEBIBYTE },
    ],
    [
      {
        build: "1041",
        container: COMPILER.slice(0, 12),
        cpu_seconds: 30,
        peak_bytes: 300 * MEBIBYTE,
      },
      {
        build: "1042",
        container: COMPILER.slice(0, 12),
        cpu_seconds: 30,
        peak_bytes: 500 * MEBIBYTE,
      },
      {
        build: "1041",
        container: SERVER.slice(0, 12),
        cpu_seconds: 15,
        peak_bytes: 110 * MEBIBYTE,
      },
      {
        build: "1042",
        container: SERVER.slice(0, 12),
        cpu_seconds: 15,
        peak_bytes: 50 * MEBIBYTE,
      },
    ],
    [
      { build: "1041", unseen_cpu_seconds: 12, percent_of_all: 21.1 },
      { build: "1042", unseen_cpu_seconds: 12, percent_of_all: 21.1 },
    ],
    [
      {
        build: "1041",
        samples: 61,
        missed: 0,
        longest_interval_seconds: 1,
        gone: 0,
        denied: 0,
        malformed: 0,
        inconsistent: 0,
      },
      {
        build: "1042",
        samples: 56,
        missed: 5,
        longest_interval_seconds: 6,
        gone: 0,
        denied: 0,
        malformed: 0,
        inconsistent: 0,
      },
    ],
  ];

/** The lines of both builds. */
export async function linesOfBuilds(): Promise<string> {
  const texts: string[] = [];
  for (const build of BUILDS) texts.push(await linesOfBuild(build));
  return texts.join("");
}

async function linesOfBuild(build: Build): Promise<string> {
  const fs = new MemoryFs();
  const clock = new ManualClock({ epochMs: BEGIN_EPOCH_MS });
  fs.addProcess({ pid: 100, comm: "make", rssBytes: 10 * MEBIBYTE });
  fs.addProcess({
    pid: 101,
    ppid: 100,
    comm: "cc1plus",
    rssBytes: 100 * MEBIBYTE,
    files: { cgroup: cgroupOf(COMPILER) },
  });
  fs.addProcess({
    pid: 102,
    ppid: 100,
    comm: "java",
    rssBytes: 50 * MEBIBYTE,
    files: { cgroup: cgroupOf(SERVER) },
  });
  using sampler = new Sampler({ pid: 100, fs, clock, collect: [cgroup()] });
  const run = sampler.describeRun();
  const encoder = (await loadFormat("records")).create({
    labels: { build: build.name },
    hostname: true,
  });
  const parts = [...encoder.begin(run), ...encoder.lines(sampler.sample())];
  let missed = 0;
  for (let second = 1; second <= SECONDS; second++) {
    clock.pass(1);
    fs.pass(1);
    fs.changeProcess(100, { childrenUserCpuSeconds: 0.2 * second });
    fs.changeProcess(101, {
      userCpuSeconds: 0.5 * second,
      rssBytes: MEBIBYTE *
        (second === build.peakSecond ? build.peakMebibytes : 100),
    });
    fs.changeProcess(102, {
      userCpuSeconds: 0.25 * second,
      rssBytes: MEBIBYTE * (50 + build.leakMebibytes * second),
    });
    const { missedAfter = SECONDS } = build;
    if (second > missedAfter && second <= missedAfter + 5) {
      missed++;
      continue;
    }
    parts.push(...encoder.lines(sampler.sample(missed)));
    missed = 0;
  }
  return parts.join("");
}

function cgroupOf(container: string): string {
  return `0::/system.slice/docker-${container}.scope\n`;
}
