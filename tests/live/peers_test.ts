// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLessOrEqual,
} from "@std/assert";
import { type AnyLine, Burner, linesToEnd, ofKind } from "../support/burner.ts";
import { pidstat } from "../support/pidstat.ts";
import { Child, needs, run, startProcline } from "../support/procline.ts";
import { needsPsutil, PYTHON } from "../support/psutil.ts";

/**
 * The quiet process has touched 32 MiB, has four threads, has five files open besides its streams,
 * and is nice.
 */
const NICE = 5;
const MIB = 32;

/** Variables that are shown of it; the last is not set. */
const VARIABLES = ["PATH", "HOME", "PROCLINE_NO_SUCH_NAME"];

const PSUTIL = `
import json, os, sys, psutil
p = psutil.Process(int(sys.argv[1]))
memory, io, switches = p.memory_full_info(), p.io_counters(), p.num_ctx_switches()
print(json.dumps({
  "rss_bytes": memory.rss, "vsize_bytes": memory.vms, "uss_bytes": memory.uss, "pss_bytes": memory.pss,
  "swap": memory.swap, "shared": memory.shared, "text_bytes": memory.text, "data_and_stack": memory.data,
  "num_threads": p.num_threads(), "ppid": p.ppid(), "uid": p.uids().real, "nice": p.nice(), "num_fds": p.num_fds(),
  "cmdline": p.cmdline(), "cwd": p.cwd(), "comm": p.name(), "exe": os.path.basename(p.exe()), "status": p.status(),
  "io_read_calls_total": io.read_count, "io_write_calls_total": io.write_count,
  "io_read_bytes_total": io.read_bytes, "io_written_bytes_total": io.write_bytes,
  "io_read_chars_bytes_total": io.read_chars, "io_written_chars_bytes_total": io.write_chars,
  "main_thread_switches": switches.voluntary + switches.involuntary,
  "user_cpu_seconds_total": p.cpu_times().user, "kernel_cpu_seconds_total": p.cpu_times().system,
  "env": {name: p.environ().get(name) for name in ${JSON.stringify(VARIABLES)}},
  "fd_limit": p.rlimit(psutil.RLIMIT_NOFILE)[0], "create_time": p.create_time(),
}))`;

const SAME_AS_PSUTIL = [
  "rss_bytes",
  "vsize_bytes",
  "text_bytes",
  "num_threads",
  "ppid",
  "uid",
  "nice",
  "num_fds",
  "cmdline",
  "cwd",
  "env",
  "comm",
  "exe",
  "io_read_calls_total",
  "io_write_calls_total",
  "io_read_bytes_total",
  "io_written_bytes_total",
  "io_read_chars_bytes_total",
  "io_written_chars_bytes_total",
  "user_cpu_seconds_total",
  "kernel_cpu_seconds_total",
  "fd_limit",
] as const;

/** Starts the quiet process. The burner's file must outlive it, or its exe is `(deleted)`. */
async function startQuiet(burner: Burner): Promise<Child> {
  const quiet = new Child([
    "nice",
    "-n",
    `${NICE}`,
    burner.program,
    "quiet",
    `${MIB}`,
  ]);
  assertEquals(await quiet.line(), "ready");
  return quiet;
}

/** The process's line with every collector. */
async function lineOf(pid: number): Promise<AnyLine> {
  await using procline = startProcline([
    "--pid",
    `${pid}`,
    "--collect",
    "all",
    `--env=${VARIABLES}`,
    "--count",
    "1",
  ]);
  const [line] = ofKind(await linesToEnd(procline), "process");
  return line ?? {};
}

/** The row of figures of ps, by the heads of its columns. */
function rowOf(stdout: string): Readonly<Record<string, string>> {
  const [heads = [], values = []] = stdout.trim().split("\n").map((line) =>
    line.trim().split(/\s+/)
  );
  return Object.fromEntries(heads.map((head, i) => [head, values[i] ?? ""]));
}

/** Prints each field as procline and as the other tool report it. */
function print(peer: string, rows: readonly (readonly unknown[])[]): void {
  console.log(
    `${peer}: ${
      rows.map(([name, ours, theirs]) =>
        `${name} ${JSON.stringify(ours)} / ${JSON.stringify(theirs)}`
      ).join(", ")
    }`,
  );
}

Deno.test({
  ...needsPsutil(
    ["cc", "nice"],
    "procline agrees with psutil on a quiet process",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using quiet = await startQuiet(burner);

    const line = await lineOf(quiet.pid);
    const told = await run([PYTHON, "-c", PSUTIL, `${quiet.pid}`]);
    assertEquals(told.code, 0, told.stderr);
    const psutil = JSON.parse(told.stdout);

    print(
      "procline / psutil",
      [...SAME_AS_PSUTIL, "pss_bytes", "uss_bytes"].map((
        key,
      ) => [key, line[key], psutil[key]]),
    );
    for (const key of SAME_AS_PSUTIL) {
      assertEquals(line[key], psutil[key], key);
    }
    // A page of a library is divided among all that map it at that moment, also other programs of
    // the host.
    for (const key of ["pss_bytes", "uss_bytes"]) {
      const apart = Math.abs(line[key] - psutil[key]);
      assertLessOrEqual(apart, 128 * 1024, `${key} apart by ${apart}`);
    }
    // This is what the burner does.
    assertEquals(line.num_threads, 4);
    assertEquals(line.nice, NICE);
    assertGreater(line.rss_bytes, MIB * 2 ** 20);
    const fds = await Array.fromAsync(Deno.readDir(`/proc/${quiet.pid}/fd`));
    assertEquals(line.num_fds, fds.length);
    assertGreaterOrEqual(line.num_fds, 3 + 5);
    assertEquals(line.cmdline, [burner.program, "quiet", `${MIB}`]);
    // The same under other names: psutil's shared is the resident pages of files and shared memory,
    // its data is data and stack.
    assertEquals(line.rss_file_bytes + line.rss_shmem_bytes, psutil.shared);
    assertEquals(line.data_bytes + line.stack_bytes, psutil.data_and_stack);
    assertEquals(line.swap_bytes, psutil.swap);
    assertEquals([line.state, psutil.status], ["S", "sleeping"]);
    // psutil adds the ticks from boot to start to the time of boot, which is cut to whole seconds.
    const startedAt = line.epoch_ms / 1000 - line.uptime_seconds;
    assertLessOrEqual(Math.abs(startedAt - psutil.create_time), 1.1);
    // psutil counts the context switches of the main thread (/proc/PID/status); procline adds up
    // those of all threads.
    let switches = 0;
    let main = 0;
    for await (const { name } of Deno.readDir(`/proc/${quiet.pid}/task`)) {
      const status = await Deno.readTextFile(
        `/proc/${quiet.pid}/task/${name}/status`,
      );
      const own = [...status.matchAll(/ctxt_switches:\t(\d+)$/gm)]
        .reduce((sum, [, count]) => sum + Number(count), 0);
      switches += own;
      if (Number(name) === quiet.pid) main = own;
    }
    assertEquals(
      line.voluntary_ctxt_switches + line.nonvoluntary_ctxt_switches,
      switches,
    );
    assertEquals(psutil.main_thread_switches, main);
    assertGreater(switches, main);
  },
});

Deno.test({
  ...needs(
    ["cc", "nice", "pidstat"],
    "procline agrees with pidstat on a quiet process",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using quiet = await startQuiet(burner);

    const line = await lineOf(quiet.pid);
    const [row = {}] = await pidstat(
      ["-r", "-u", "-v", "-d", "-w"],
      `${quiet.pid}`,
      ["1", "1"],
    );
    const figures = [
      ["vsize_bytes", line.vsize_bytes, Number(row["VSZ"]) * 1024],
      ["num_threads", line.num_threads, Number(row["threads"])],
      ["num_fds", line.num_fds, Number(row["fd-nr"])],
      ["uid", line.uid, Number(row["UID"])],
      ["pid", line.pid, Number(row["PID"])],
      ["comm", line.comm, row["Command"]],
    ] as const;
    const rss = Number(row["RSS"]) * 1024;
    print("procline / pidstat", [...figures, [
      "rss_bytes",
      line.rss_bytes,
      rss,
    ]]);
    for (const [name, ours, theirs] of figures) {
      assertEquals(ours, theirs, name);
    }
    // pidstat takes the resident pages from stat. There the kernel does not add what each CPU still
    // holds back, some pages for each CPU: "This value is inaccurate" (proc_pid_stat(5)). procline
    // reads statm, and ps reads status.
    assertLessOrEqual(rss, line.rss_bytes + 2 ** 20);
    assertGreater(rss, line.rss_bytes - 4 * 2 ** 20);
    // pidstat's rates are over one second, in which the process kept still. procline's totals are
    // over its life, in which it burnt 50 ms.
    for (const rate of ["%CPU", "minflt/s", "majflt/s", "kB_rd/s"]) {
      assertEquals(Number(row[rate]), 0, rate);
    }
    assertGreaterOrEqual(
      line.user_cpu_seconds_total + line.kernel_cpu_seconds_total,
      0.03,
    );
  },
});

Deno.test({
  ...needs(["cc", "nice", "ps"], "procline agrees with ps on a quiet process"),
  fn: async () => {
    using burner = await Burner.compile();
    await using quiet = await startQuiet(burner);
    const columns =
      "pid,ppid,uid,ni,rss,vsz,nlwp,min_flt,maj_flt,sid,pgid,pri,cputimes,s,comm";

    const line = await lineOf(quiet.pid);
    const { stdout } = await run(["ps", "-o", columns, "-p", `${quiet.pid}`], {
      env: { LC_ALL: "C" },
    });

    const row = rowOf(stdout);
    const number = (head: string) => Number(row[head]);
    const seconds = line.user_cpu_seconds_total +
      line.kernel_cpu_seconds_total;
    const figures = [
      ["pid", line.pid, number("PID")],
      ["ppid", line.ppid, number("PPID")],
      ["uid", line.uid, number("UID")],
      ["nice", line.nice, number("NI")],
      ["rss_bytes", line.rss_bytes, number("RSS") * 1024],
      ["vsize_bytes", line.vsize_bytes, number("VSZ") * 1024],
      ["num_threads", line.num_threads, number("NLWP")],
      ["minor_faults_total", line.minor_faults_total, number("MINFL")],
      ["major_faults_total", line.major_faults_total, number("MAJFL")],
      ["session", line.session, number("SID")],
      ["pgrp", line.pgrp, number("PGID")],
      // ps reverses the kernel's scale, which is from 0 (best) to 39 (worst).
      ["39 - priority", 39 - line.priority, number("PRI")],
      ["state", line.state, row["S"]],
      ["comm", line.comm, row["COMMAND"]],
      // ps cuts to whole seconds.
      ["cpu seconds, cut", Math.floor(seconds), number("TIME")],
    ] as const;
    print("procline / ps", figures);
    for (const [name, ours, theirs] of figures) {
      assertEquals(ours, theirs, name);
    }
  },
});
