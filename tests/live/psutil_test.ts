// deno-lint-ignore-file no-console camelcase -- it prints figures; names are those of psutil.
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
} from "@std/assert";
import { type AnyLine, nextSample, ofKind } from "../support/burner.ts";
import {
  CHECKOUT,
  Child,
  run,
  startProcline,
  TemporaryDirectory,
  until,
} from "../support/procline.ts";
import { stateOf } from "../support/stat.ts";
import { needsPsutil, PYTHON } from "../support/psutil.ts";

const NICE = 5;
const MIB = 32;
const BURNT_SECONDS = 0.3;
const TICK = 0.01;

/** Its environment, but for where its libraries are. */
const ENVIRONMENT = {
  PATH: "/usr/bin:/bin",
  LC_ALL: "C",
  PROCLINE_ODD: "a=b c",
  PROCLINE_EMPTY: "",
  DENO_NO_UPDATE_CHECK: "1",
  NO_COLOR: "1",
};

/**
 * Runs on one CPU, has four threads, two files, sockets of TCP, UDP and unix, and a child that it
 * has reaped. Burns at a line of input.
 */
const PROGRAM = `
import os, socket, sys, threading, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
forever = threading.Event()
for _ in range(3): threading.Thread(target=forever.wait, daemon=True).start()
keep = [open(name, "w+b") for name in "ab"]
keep[0].write(b"x" * 100000); keep[0].flush()
memory = bytearray(${MIB} * 2**20)
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(4)
client = socket.socket(); client.connect(listener.getsockname())
keep.extend([listener, client, listener.accept()[0]])
for family in [socket.AF_INET, socket.AF_INET6] if socket.has_ipv6 else [socket.AF_INET]:
    udp = socket.socket(family, socket.SOCK_DGRAM)
    try: udp.bind(("", 0)); keep.append(udp)
    except OSError: udp.close()
keep.extend(socket.socketpair())
child = os.fork()
if child == 0:
    burn(0.05); os._exit(0)
os.waitpid(child, 0)
print("ready", flush=True)
sys.stdin.readline()
burn(${BURNT_SECONDS})
print("burnt", flush=True)
sys.stdin.read()
`;

/** Prints all attributes of a process at a line of input, and what else psutil tells of it. */
const PSUTIL = `
import json, psutil, sys, time
def plain(value):
    if hasattr(value, "_asdict"): value = value._asdict()
    if isinstance(value, dict): return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)): return [plain(one) for one in value]
    return value
process = psutil.Process(int(sys.argv[1]))
process.cpu_percent()
since = time.monotonic()
print("ready", flush=True)
sys.stdin.readline()
attributes = plain(process.as_dict())
limits = [name for name in dir(psutil) if name.startswith("RLIMIT_")]
print(json.dumps({
  "version": psutil.__version__,
  "attributes": attributes,
  "cpuSeconds": attributes["cpu_percent"] / 100 * (time.monotonic() - since),
  "limits": {name[7:].lower(): process.rlimit(getattr(psutil, name)) for name in limits},
}))
`;

/** What procline has said of the process. */
interface Seen {
  readonly process: AnyLine;
  readonly threads: readonly AnyLine[];
  readonly mappings: readonly AnyLine[];
  readonly host: AnyLine;
  readonly tree: AnyLine;
  /** CPU seconds: the percentages of all samples times their windows. */
  readonly cpuSeconds: number;
}

/** What psutil has said of it. */
interface Told {
  readonly version: string;
  // deno-lint-ignore no-explicit-any
  readonly attributes: Readonly<Record<string, any>>;
  readonly cpuSeconds: number;
  readonly limits: Readonly<Record<string, readonly [number, number]>>;
}

/** The attributes that are compared, and how: equal, but for what is said. */
const COMPARED: Readonly<
  // deno-lint-ignore no-explicit-any
  Record<string, (theirs: any, seen: Seen, told: Told) => void>
> = {
  cmdline: (theirs, { process }) => assertEquals(process.cmdline, theirs),
  connections: compareConnections,
  net_connections: compareConnections,
  // The cores that the root may use: those CPUs that it is allowed, less by the limit of a cgroup.
  cpu_affinity: (theirs, { tree }) => {
    assertEquals(theirs.length, 1);
    assertLessOrEqual(tree.num_cores, 1);
  },
  cpu_num: (theirs, { process }) => {
    assertEquals(process.last_processor, theirs);
  },
  // Over windows that both hold all that was burnt. psutil keeps one decimal.
  cpu_percent: (_theirs, seen, told) => {
    assertAlmostEquals(seen.cpuSeconds, told.cpuSeconds, 5 * TICK);
    assertGreater(seen.cpuSeconds, BURNT_SECONDS - 2 * TICK);
  },
  cpu_times: (theirs, { process }) => {
    assertEquals(process.user_cpu_seconds_total, theirs.user);
    assertEquals(process.kernel_cpu_seconds_total, theirs.system);
    assertEquals(process.children_user_cpu_seconds_total, theirs.children_user);
    assertEquals(
      process.children_kernel_cpu_seconds_total,
      theirs.children_system,
    );
    assertEquals(process.block_io_delay_seconds_total, theirs.iowait);
    assertGreater(theirs.children_user + theirs.children_system, 0);
  },
  // psutil adds the ticks from boot to start to the time of boot, which is cut to whole seconds.
  create_time: (theirs, { process }) => {
    const startedAt = process.epoch_ms / 1000 - process.uptime_seconds;
    assertAlmostEquals(startedAt, theirs, 1.1);
  },
  cwd: (theirs, { process }) => assertEquals(process.cwd, theirs),
  environ: (theirs, { process }) => {
    assertEquals(process.env, theirs);
    assertEquals(theirs, { ...ENVIRONMENT, ...theirs });
  },
  // procline shows the last segment.
  exe: (theirs, { process }) => {
    assertEquals(process.exe, theirs.split("/").at(-1));
  },
  io_counters: (theirs, { process }) => {
    assertEquals(process.io_read_calls_total, theirs.read_count);
    assertEquals(process.io_write_calls_total, theirs.write_count);
    assertEquals(process.io_read_bytes_total, theirs.read_bytes);
    assertEquals(process.io_written_bytes_total, theirs.write_bytes);
    assertEquals(process.io_read_chars_bytes_total, theirs.read_chars);
    assertEquals(process.io_written_chars_bytes_total, theirs.write_chars);
    assertGreater(theirs.write_chars, 100_000);
  },
  memory_info: compareMemory,
  memory_full_info: (theirs, seen) => {
    compareMemory(theirs, seen);
    compareFootprint(theirs, seen);
  },
  memory_footprint: compareFootprint,
  memory_info_ex: (theirs, seen) => {
    const { process } = seen;
    compareMemory(theirs, seen);
    assertEquals(process.peak_rss_bytes, theirs.peak_rss);
    assertEquals(process.peak_vsize_bytes, theirs.peak_vms);
    assertEquals(process.rss_anon_bytes, theirs.rss_anon);
    assertEquals(process.rss_file_bytes, theirs.rss_file);
    assertEquals(process.rss_shmem_bytes, theirs.rss_shmem);
    assertEquals(process.swap_bytes, theirs.swap);
    assertEquals(
      process.shared_hugetlb_bytes + process.private_hugetlb_bytes,
      theirs.hugetlb,
    );
  },
  // Resident memory of all that the host has.
  memory_percent: (theirs, { process, host }) => {
    const ours = 100 * process.rss_bytes / host.mem_total_bytes;
    assertAlmostEquals(ours, theirs, 1e-9);
  },
  memory_maps: compareMappings,
  // psutil goes by the arguments where the name is as long as a name can be.
  name: (theirs, { process }) => assertEquals(process.comm, theirs),
  nice: (theirs, { process }) => {
    assertEquals(process.nice, theirs);
    assertEquals(theirs, NICE);
  },
  // psutil's are those of the main thread, which has a line of its own here.
  num_ctx_switches: (theirs, { process, threads }) => {
    const main = threads.find(({ tid }) => tid === process.pid) ?? {};
    assertEquals(main.voluntary_ctxt_switches, theirs.voluntary);
    assertEquals(main.nonvoluntary_ctxt_switches, theirs.involuntary);
    assertGreater(process.voluntary_ctxt_switches, theirs.voluntary);
  },
  num_fds: (theirs, { process }) => assertEquals(process.num_fds, theirs),
  num_threads: (theirs, { process, threads }) => {
    assertEquals(process.num_threads, theirs);
    assertEquals(threads.length, theirs);
    assertEquals(theirs, 4);
  },
  page_faults: (theirs, { process }) => {
    assertEquals(process.minor_faults_total, theirs.minor);
    assertEquals(process.major_faults_total, theirs.major);
  },
  pid: (theirs, { process }) => assertEquals(process.pid, theirs),
  ppid: (theirs, { process }) => assertEquals(process.ppid, theirs),
  status: (theirs, { process }) => {
    assertEquals([process.state, theirs], ["S", "sleeping"]);
  },
  threads: (theirs, { threads }) => {
    const ours = threads.map((line) => ({
      id: line.tid,
      user_time: line.user_cpu_seconds_total,
      system_time: line.kernel_cpu_seconds_total,
    }));
    assertEquals(ours, theirs);
  },
  // The real one.
  uids: (theirs, { process }) => assertEquals(process.uid, theirs.real),
};

/** The attributes that procline has no field of, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  gids: "A group owns nothing that is measured here; uid says whose it is",
  ionice: "No file of /proc has it: it takes a system call for each process",
  open_files: "What is open is counted (num_fds, num_sockets), not listed",
  terminal: "It says who started it, not what it uses",
  username: "It stands in no file of /proc; uid is there",
};

// deno-lint-ignore no-explicit-any
function compareMemory(theirs: any, { process }: Seen): void {
  assertEquals(process.rss_bytes, theirs.rss);
  assertEquals(process.vsize_bytes, theirs.vms);
  assertEquals(process.rss_file_bytes + process.rss_shmem_bytes, theirs.shared);
  assertEquals(process.text_bytes, theirs.text);
  assertEquals(process.data_bytes + process.stack_bytes, theirs.data);
  // The kernel has not counted these since Linux 2.6: see proc_pid_statm(5).
  assertEquals([theirs.lib ?? 0, theirs.dirty ?? 0], [0, 0]);
  assertGreater(theirs.rss, MIB * 2 ** 20);
}

/**
 * A page of a file is divided among all that map it at that moment, on the whole host. Others map
 * what loads libraries, of which there is no copy.
 */
const SHARED_BYTES = 128 * 1024;

// deno-lint-ignore no-explicit-any
function compareFootprint(theirs: any, { process }: Seen): void {
  assertAlmostEquals(process.uss_bytes, theirs.uss, SHARED_BYTES);
  assertAlmostEquals(process.pss_bytes, theirs.pss, SHARED_BYTES);
  assertEquals(process.rollup_swap_bytes, theirs.swap);
}

/** Of a pair. psutil cannot tell them where the name of another one on the host is odd. */
const UNIX_SOCKETS = 2;

function compareConnections(
  theirs: readonly AnyLine[],
  { process }: Seen,
): void {
  const [STREAM, DATAGRAM] = [1, 2];
  const [INET, INET6] = [2, 10];
  const count = (family: number, type: number) =>
    theirs.filter((one) => one.family === family && one.type === type).length;
  assertEquals(process.sockets, {
    ...process.sockets,
    tcp: count(INET, STREAM),
    tcp6: count(INET6, STREAM),
    udp: count(INET, DATAGRAM),
    udp6: count(INET6, DATAGRAM),
    unix: UNIX_SOCKETS,
  });
  assertEquals(process.num_sockets, theirs.length + UNIX_SOCKETS);
  const states = theirs.filter(({ type }) => type === STREAM)
    .map(({ status }) => status.toLowerCase()).toSorted();
  assertEquals(states, ["established", "established", "listen"]);
  assertEquals(process.tcp_states, {
    ...process.tcp_states,
    listen: 1,
    established: 2,
  });
}

/** Amounts of a mapped path, as psutil and as procline call them. */
const AMOUNTS = [
  ["size", "size_bytes"],
  ["rss", "rss_bytes"],
  ["private_dirty", "private_dirty_bytes"],
  ["shared_dirty", "shared_dirty_bytes"],
  ["anonymous", "anonymous_bytes"],
  ["referenced", "referenced_bytes"],
  ["swap", "swap_bytes"],
] as const;

function compareMappings(
  theirs: readonly AnyLine[],
  { mappings }: Seen,
): void {
  // Memory of no file has an empty path in smaps.
  const ours = new Map(
    mappings.map((line) => [line.pathname || "[anon]", line]),
  );
  assertEquals(
    [...ours.keys()].toSorted(),
    theirs.map(({ path }) => path).toSorted(),
  );
  for (const one of theirs) {
    const line = ours.get(one.path) ?? {};
    for (const [their, our] of AMOUNTS) {
      assertEquals(line[our], one[their], `${one.path} ${their}`);
    }
    // Who else maps a page of it may change.
    assertAlmostEquals(line.pss_bytes, one.pss, SHARED_BYTES);
    assertAlmostEquals(
      line.private_clean_bytes + line.shared_clean_bytes,
      one.private_clean + one.shared_clean,
      SHARED_BYTES,
    );
  }
}

function compareLimits({ process }: Seen, { limits }: Told): void {
  const known = (limit: number) => limit === -1 ? null : limit;
  assertGreater(Object.keys(limits).length, 14);
  for (const [name, [soft, hard]] of Object.entries(limits)) {
    assertEquals(process.rlimits_soft[name], known(soft), name);
    assertEquals(process.rlimits_hard[name], known(hard), name);
  }
}

/**
 * Copies Python and its libraries, so that no other program has a part of their pages, and returns
 * the copy. They stand in one directory.
 */
async function copyPython(directory: string): Promise<string> {
  const python = await Deno.realPath(PYTHON);
  const { stdout } = await run(["ldd", python]);
  const libraries = [...stdout.matchAll(/=> (\/\S+)/g)].map(([, path = ""]) =>
    path
  );
  for (const path of libraries) {
    await Deno.copyFile(path, `${directory}/${path.split("/").at(-1)}`);
  }
  await Deno.copyFile(python, `${directory}/python`);
  return `${directory}/python`;
}

Deno.test({
  ...needsPsutil(
    ["nice", "ldd"],
    "procline agrees with all attributes of psutil's Process, or it is said why not",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const python = await copyPython(directory.path);
    const env = { ...ENVIRONMENT, LD_LIBRARY_PATH: directory.path };
    await using child = new Child(
      ["nice", "-n", `${NICE}`, python, "-c", PROGRAM],
      { env, clearEnv: true, cwd: directory.path },
    );
    assertEquals(await child.line(), "ready");
    const { pid } = child;
    await until(() => stateOf(pid) === "S");
    await using procline = startProcline([
      ...["--pid", `${pid}`, "--collect", "all,sockets", "--interval", "500ms"],
      `--env=${Object.keys(env)}`,
    ]);
    await using psutil = new Child([PYTHON, "-c", PSUTIL, `${pid}`]);
    let lines = await nextSample(procline);
    assertEquals(await psutil.line(), "ready");
    await child.write("\n");
    assertEquals(await child.line(), "burnt");
    await until(() => stateOf(pid) === "S");
    const quietMs = Date.now();
    let cpuSeconds = 0;
    while (ofKind(lines, "tree")[0]?.epoch_ms <= quietMs) {
      lines = await nextSample(procline);
      const [line] = ofKind(lines, "process");
      cpuSeconds += line?.cpu_percentage / 100 * line?.cpu_window_seconds;
    }
    await psutil.write("\n");
    const told: Told = JSON.parse(await psutil.line());
    const seen: Seen = {
      process: ofKind(lines, "process")[0] ?? {},
      threads: ofKind(lines, "thread"),
      mappings: ofKind(lines, "smaps"),
      host: ofKind(lines, "host")[0] ?? {},
      tree: ofKind(lines, "tree")[0] ?? {},
      cpuSeconds,
    };

    const names = Object.keys(told.attributes);
    console.log(`psutil ${told.version}: ${names.join(", ")}`);
    assertEquals(
      names.filter((name) => !(name in COMPARED) && !(name in LEFT_OUT)),
      [],
    );
    const text = await Deno.readTextFile(`${CHECKOUT}docs/peers.md`);
    const page = text.split("\n## psutil\n")[1]?.split("\n## ")[0] ?? "";
    assertEquals(names.filter((name) => !page.includes(`\`${name}\``)), []);
    let compared = 0;
    for (const [name, compare] of Object.entries(COMPARED)) {
      if (!(name in told.attributes)) continue;
      const theirs = told.attributes[name];
      assert(theirs !== null, name);
      try {
        compare(theirs, seen, told);
      } catch (error) {
        throw new Error(`procline and psutil disagree on ${name}`, {
          cause: error,
        });
      }
      compared++;
    }
    assertEquals(
      compared,
      names.length - names.filter((name) => name in LEFT_OUT).length,
    );
    compareLimits(seen, told);
    console.log(`${compared} attributes are compared`);
  },
});
