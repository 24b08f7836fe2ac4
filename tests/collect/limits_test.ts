import { assertAlmostEquals, assertEquals } from "@std/assert";
import { fd } from "../../src/collect/fd.ts";
import { limits } from "../../src/collect/limits.ts";
import { status } from "../../src/collect/status.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import {
  type FileContent,
  MemoryFs,
  type MemoryProcess,
} from "../../src/testing/memory_fs.ts";
import { NotedFs } from "../support/noted_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

type Files = Readonly<Record<string, FileContent>>;

function sampleOf(
  files: Files,
  ...others: readonly MemoryProcess[]
): Sample {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, userCpuSeconds: 2, kernelCpuSeconds: 0.5, files });
  for (const one of others) fs.addProcess(one);
  using sampler = new Sampler({ pid: 10, collect: [limits()], fs });
  return sampler.sample();
}

function lineOf(
  files: Files,
  ...others: readonly MemoryProcess[]
): ProcessSample | undefined {
  return sampleOf(files, ...others).processes[0];
}

const STATUS = "Tgid:\t10\nUid:\t1000\t0\t0\t0\nVmLck:\t64 kB\n" +
  "VmData:\t256 kB\nVmStk:\t128 kB\nThreads:\t1\nSigQ:\t3/300\n";

Deno.test("limits knows soft and hard limits, and how near the process is to those that can be measured", () => {
  const line = lineOf(
    {
      status: STATUS,
      fd: ["0", "1", "2", "255"],
      limits: "Max cpu time              10         unlimited  seconds\n" +
        "Max data size             1048576    2097152    bytes\n" +
        "Max stack size            524288     unlimited  bytes\n" +
        "Max processes             5          7          processes\n" +
        "Max open files            16         32         files\n" +
        "Max locked memory         131072     131072     bytes\n" +
        "Max address space         16384000   unlimited  bytes\n" +
        "Max pending signals       300        300        signals\n" +
        "Max nice priority         40         40         \n",
    },
    { pid: 11, ppid: 1, numThreads: 2 },
    { pid: 12, ppid: 1, uid: 7 },
  );
  assertEquals(line?.rlimitsSoft, {
    cpu: 10,
    data: 1_048_576,
    stack: 524_288,
    nproc: 5,
    nofile: 16,
    memlock: 131_072,
    as: 16_384_000,
    sigpending: 300,
    nice: 40,
  });
  assertEquals(line?.rlimitsHard, {
    cpu: null,
    data: 2_097_152,
    stack: null,
    nproc: 7,
    nofile: 32,
    memlock: 131_072,
    as: null,
    sigpending: 300,
    nice: 40,
  });
  // 2.5 s of 10 s, 256 of 1,024 KiB, 128 of 512 KiB, 3 of 5, 4 of 16, 64 of 128 KiB, 4,096,000 of
  // four times that, 3 of 300.
  assertEquals(line?.rlimitsPercentage, {
    cpu: 25,
    data: 25,
    stack: 25,
    nproc: 60,
    nofile: 25,
    memlock: 50,
    as: 25,
    sigpending: 1,
  });
  // The process and two threads of another one are user 1000's.
  assertEquals(line?.userNumThreads, 3);
  assertEquals(besidesFirstSample(line?.unreadable), {
    rlimitsSoft: "unsupported",
    rlimitsHard: "unsupported",
  });
});

Deno.test("limits knows the memory of a process whose main thread has ended", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, state: "Z", numThreads: 2 });
  const thread = "/proc/10/task/1000010";
  fs.write(`${thread}/statm`, "250 100 10 5 0 20 0\n");
  fs.write(`${thread}/status`, STATUS);
  fs.write(
    `${thread}/limits`,
    "Max data size             1048576    2097152    bytes\n" +
      "Max address space         4096000    unlimited  bytes\n",
  );
  using sampler = new Sampler({ pid: 10, collect: [limits()], fs });
  const line = sampler.sample().processes[0];
  // 256 of 1,024 KiB, and 250 pages of four times that.
  assertEquals(line?.vsizeBytes, 1_024_000);
  assertEquals(line?.rlimitsPercentage, { data: 25, as: 25 });
});

Deno.test("limits knows unlimited as null without a reason, and no share of that and of a limit of 0", () => {
  const line = lineOf({ status: STATUS });
  assertEquals(Object.keys(line?.rlimitsSoft ?? {}).length, 16);
  assertEquals([line?.rlimitsSoft?.as, line?.rlimitsSoft?.core], [null, 0]);
  assertEquals(Object.keys(line?.rlimitsPercentage ?? {}), [
    "stack",
    "nproc",
    "nofile",
    "memlock",
    "sigpending",
  ]);
  assertEquals(besidesFirstSample(line?.unreadable), null);
  const none = lineOf({
    status: STATUS,
    limits: "Max locked memory   0   0   bytes\n",
  });
  assertEquals([none?.rlimitsSoft, none?.rlimitsPercentage], [
    { memlock: 0 },
    {},
  ]);
});

Deno.test("limits keeps limits beyond 2^53 exact", () => {
  const line = lineOf({
    limits: "Max address space  18446744073709551614  unlimited  bytes\n",
  });
  assertEquals(line?.rlimitsSoft, { as: 18446744073709551614n });
  assertAlmostEquals(line?.rlimitsPercentage?.as as number, 2.220446e-11);
});

Deno.test("limits says why a limit or its share is not known, and the others stay", () => {
  const whole = { status: STATUS };
  const denied = lineOf({ ...whole, fd: { error: "denied" } });
  assertEquals(denied?.rlimitsSoft?.nofile, 1024);
  assertEquals(denied?.rlimitsPercentage?.nofile, null);
  assertEquals(denied?.rlimitsPercentage?.memlock, 0.78125);
  assertEquals(besidesFirstSample(denied?.unreadable), {
    rlimitsPercentage: "denied",
  });
  const damaged = lineOf({ status: STATUS.replace("128 kB", "x kB") });
  assertEquals(damaged?.rlimitsPercentage?.stack, null);
  assertEquals(besidesFirstSample(damaged?.unreadable), {
    rlimitsPercentage: "malformed",
  });
  const many = lineOf({
    ...whole,
    limits: "Max open files   many   4096   files\nMax file size 1 2 bytes\n",
  });
  assertEquals([many?.rlimitsSoft, many?.rlimitsHard], [{ fsize: 1 }, {
    fsize: 2,
  }]);
  assertEquals(many?.unreadable?.rlimitsPercentage, "unsupported");
  const none = lineOf({ ...whole, limits: { error: "denied" } });
  assertEquals([none?.rlimitsSoft, none?.rlimitsPercentage], [null, null]);
  assertEquals(besidesFirstSample(none?.unreadable), {
    rlimitsSoft: "denied",
    rlimitsHard: "denied",
    rlimitsPercentage: "denied",
  });
});

Deno.test("limits knows no threads of a user of whom one process cannot be read", () => {
  const line = lineOf({ status: STATUS }, {
    pid: 11,
    files: { status: { error: "denied" } },
  });
  assertEquals(line?.rlimitsPercentage?.nproc, null);
  assertEquals(besidesFirstSample(line?.unreadable), {
    userNumThreads: "denied",
    rlimitsPercentage: "denied",
  });
});

Deno.test("limits counts the threads of a user without those that end meanwhile", () => {
  const line = lineOf({ status: STATUS }, {
    pid: 11,
    files: { status: { error: "gone" } },
  });
  assertEquals(line?.userNumThreads, 1);
});

Deno.test("limits says that zombies and kernel threads have no memory", () => {
  const { processes: [, zombie, thread] } = sampleOf({}, {
    pid: 11,
    ppid: 10,
    state: "Z",
  }, { pid: 12, ppid: 10, flags: 0x0020_0000 });
  assertEquals(zombie?.rlimitsPercentage?.stack, null);
  assertEquals(zombie?.unreadable?.rlimitsPercentage, "zombie");
  assertEquals(thread?.unreadable?.rlimitsPercentage, "kernel_thread");
  assertEquals(zombie?.rlimitsSoft?.nofile, 1024);
});

Deno.test("limits, fd and status read each file of a process once", () => {
  const fs = new NotedFs();
  fs.addProcess({ pid: 10 });
  using sampler = new Sampler({
    pid: 10,
    collect: [status(), fd(), limits()],
    fs,
  });
  fs.reads.length = 0;
  const { processes: [line] } = sampler.sample();
  assertEquals([line?.numFds, line?.rlimitsSoft?.nofile, line?.uid], [
    3,
    1024,
    1000,
  ]);
  const times = (name: string) =>
    fs.reads.filter((path) => path === `/proc/10/${name}`).length;
  // The sampler reads the status of its root, and all statuses are read to count a user's threads.
  assertEquals([times("limits"), times("fd"), times("status")], [1, 1, 3]);
});
