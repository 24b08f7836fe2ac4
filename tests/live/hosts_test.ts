import {
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type AnyLine, parseLines } from "../support/burner.ts";
import { faultsOf } from "../support/lines.ts";
import {
  CHECKOUT,
  Child,
  type Finished,
  FROM_SOURCE,
  needs,
  needsRoot,
  run,
  runProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

const NOBODY = 65534;
const ARGS = ["--count=1"];

function linesOf({ stdout }: Finished): AnyLine[] {
  return parseLines(stdout);
}

function ofKind(finished: Finished, kind: string): AnyLine[] {
  return linesOf(finished).filter((line) => line.kind === kind);
}

/**
 * Copies Deno and procline to where every user may read them, and returns the command that runs the
 * copy as nobody. The originals may be closed to other users.
 */
function copyForNobody(directory: string): string[] {
  Deno.chmodSync(directory, 0o777);
  Deno.copyFileSync(Deno.execPath(), `${directory}/deno`);
  Deno.chmodSync(`${directory}/deno`, 0o755);
  const copy = (path: string) => {
    if (Deno.statSync(`${CHECKOUT}${path}`).isFile) {
      Deno.copyFileSync(`${CHECKOUT}${path}`, `${directory}/${path}`);
      Deno.chmodSync(`${directory}/${path}`, 0o644);
      return;
    }
    Deno.mkdirSync(`${directory}/${path}`);
    for (const { name } of Deno.readDirSync(`${CHECKOUT}${path}`)) {
      copy(`${path}/${name}`);
    }
  };
  for (const path of ["mod.ts", "deno.json", "src"]) copy(path);
  return [
    ...`setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups env`.split(
      " ",
    ),
    `DENO_DIR=${directory}/cache`,
    `${directory}/deno`,
    ..."run -A --no-config".split(" "),
    `${directory}/mod.ts`,
  ];
}

Deno.test({
  ...needsRoot(
    ["setpriv"],
    "procline shows a user what it may of another user's processes, and why not the rest",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using tree = startScript("echo ready; hold");
    await tree.line();
    const finished = await run([
      ...copyForNobody(directory.path),
      `--pid=${tree.pid}`,
      "--collect=stat,status,io,fd,smaps_rollup,smaps,cwd,sockets",
      "--env=PATH",
      ...ARGS,
    ]);
    assertEquals([finished.code, finished.stderr], [0, ""]);
    const [process] = ofKind(finished, "process");
    assertEquals([process?.comm, process?.num_threads], ["cat", 1]);
    assertMatch(String(process?.rss_bytes), /^[1-9]\d*$/);
    assertMatch(String(process?.peak_rss_bytes), /^[1-9]\d*$/);
    for (
      const name of [
        "exe",
        "io_read_bytes_total",
        "pss_bytes",
        "num_fds",
        "cwd",
        "env",
        "num_sockets",
        "tcp_states",
      ]
    ) {
      assertEquals([process?.[name], process?.unreadable[name]], [
        null,
        "denied",
      ]);
    }
    const [tree2] = ofKind(finished, "tree");
    assertEquals([tree2?.num_processes, tree2?.denied, tree2?.pss_bytes], [
      1,
      0,
      null,
    ]);
    assertEquals(tree2?.unreadable.pss_bytes, "denied");
  },
});

Deno.test({
  ...needsRoot(
    ["setpriv", "cc"],
    "procline says that it may not send a signal to a command that has become root's",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = `${directory.path}/becomes_root`;
    const compiled = await run([
      ...["cc", "-o", program, `${CHECKOUT}tests/live/becomes_root.c`],
    ]);
    assertEquals(compiled, { code: 0, stdout: "", stderr: "" });
    // As sudo is installed.
    await Deno.chmod(program, 0o4755);
    await using procline = new Child([
      ...copyForNobody(directory.path),
      ..."--interval=20ms --collect=status --".split(" "),
      program,
    ]);
    // It is root's by then: it waits for its input.
    await procline.sampleWhere(({ processes }) => processes[0]?.state === "S");

    procline.kill("SIGTERM");
    await procline.sample();
    await procline.sample();
    await procline.closeInput();

    assertEquals(await procline.code(), 7);
    assertEquals(
      await procline.stderr,
      `procline: Cannot send SIGTERM to "${program}": it has become another user's\n`,
    );
  },
});

Deno.test({
  ...needsRoot(
    ["setpriv", "unshare", "mount"],
    "procline says that /proc hides processes, and that a root is not to be found there",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using tree = startScript("echo ready; hold");
    await tree.line();
    const { code, stdout, stderr } = await run([
      ..."unshare -m sh -c".split(" "),
      'mount -t proc -o hidepid=2 proc /proc && exec "$@"',
      "sh",
      ...copyForNobody(directory.path),
      `--pid=${tree.pid}`,
      ...ARGS,
    ]);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(
      stderr,
      "/proc is mounted with hidepid: processes of other users may be missing",
    );
    assertStringIncludes(
      stderr,
      `Cannot sample process ${tree.pid}: no such process, or one that /proc hides from this user`,
    );
  },
});

Deno.test({
  ...needsRoot(["unshare"], "procline samples from within a pid namespace"),
  fn: async () => {
    const finished = await run([
      ..."unshare -pf --mount-proc sh -c".split(" "),
      'sleep 1000 & "$@"; code=$?; kill $!; exit $code',
      "sh",
      ...FROM_SOURCE,
      "--pid=1",
      ...ARGS,
    ]);
    assertEquals([finished.code, finished.stderr], [0, ""]);
    const [root, ...others] = ofKind(finished, "process");
    assertEquals([root?.pid, root?.ppid, root?.comm], [1, 0, "sh"]);
    // The others are the sleeping process and procline itself.
    assertEquals(others.map(({ ppid }) => ppid), [1, 1]);
  },
});

Deno.test({
  ...needsRoot(
    ["unshare"],
    "procline says that /proc is of another pid namespace, and runs no command there",
  ),
  fn: async () => {
    const inside = [..."unshare -pf".split(" "), ...FROM_SOURCE];
    const { code, stdout, stderr } = await run([...inside, "--", "true"]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(
      stderr,
      /\/proc shows another pid namespace: this process has the id \d+ there, not 1\n/,
    );
    assertMatch(stderr, /Cannot find the command's process in \/proc/);
  },
});

Deno.test({
  ...needsRoot(
    ["unshare", "mount"],
    "procline reads a host's /proc that is mounted elsewhere",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using tree = startScript("(hold) & echo ready; hold");
    await tree.line();
    const options = [`--pid=${tree.pid}`, ...ARGS];
    const here = await runProcline(options);
    const bound = await run([
      ..."unshare -m sh -c".split(" "),
      `mkdir -p ${directory.path}/host && mount --rbind /proc ${directory.path}/host && exec "$@"`,
      "sh",
      ...FROM_SOURCE,
      `--proc=${directory.path}/host`,
      ...options,
    ]);
    assertEquals([bound.code, bound.stderr], [0, ""]);
    const identities = (finished: Finished) =>
      ofKind(finished, "process").map((
        { pid, start_ticks, exe },
      ) => [pid, start_ticks, exe]);
    assertEquals(identities(bound), identities(here));
    assertEquals(identities(bound).length, 2);
  },
});

Deno.test({
  ...needsRoot(
    ["unshare"],
    "procline reads a container's /proc from outside, and takes what is its own from its own",
  ),
  fn: async () => {
    await using inside = new Child([
      ..."unshare -pf --mount-proc sh -c".split(" "),
      "exec 3<&0; (read _ <&3) & echo ready; read _; :",
    ]);
    await inside.line();
    const children = await Deno.readTextFile(
      `/proc/${inside.pid}/task/${inside.pid}/children`,
    );
    const init = Number(children.trim());
    const proc = `/proc/${init}/root/proc`;
    assertThrows(() => Deno.readLinkSync(`${proc}/self`));
    const finished = await runProcline([
      `--proc=${proc}`,
      "--pid=1",
      "--collect=io,smaps_rollup,cgroup",
      ...ARGS,
    ]);
    assertEquals([finished.code, finished.stderr], [
      0,
      `procline: ${proc} has no link self: it shows a pid namespace that this process is not in, or is no procfs\n`,
    ]);
    const [root, child, ...more] = ofKind(finished, "process");
    assertEquals([root?.pid, root?.ppid, root?.comm], [1, 0, "sh"]);
    assertEquals([child?.ppid, more], [1, []]);
    const stat = await Deno.readTextFile(`/proc/${init}/stat`);
    const startTicks = Number(stat.replace(/.*\) /, "").split(" ")[19]);
    assertEquals(root?.start_ticks, startTicks);
    const [header] = ofKind(finished, "run");
    const boot = await Deno.readTextFile("/proc/sys/kernel/random/boot_id");
    assertEquals(header?.boot_id, boot.trim());
    const page = await run(["getconf", "PAGESIZE"]);
    assertEquals(header?.page_size_bytes, Number(page.stdout));
    const command = await runProcline([`--proc=${proc}`, "--", "true"]);
    assertEquals([command.code, command.stdout], [1, ""]);
    assertStringIncludes(command.stderr, "Cannot find the command's process");
  },
});

Deno.test("procline prints a hostile process name as one text in one line", async () => {
  using directory = new TemporaryDirectory();
  const name = '\x1b]0;x\x07\n{"kind":"tree"}\u2028\u202e"\\';
  const program = `${directory.path}/${name}`;
  await Deno.copyFile("/bin/bash", program);
  const comm = ') R 1 1 "\x1b[2';
  const argument = '\x1b[31m\n{"kind":"process"}';
  await using tree = startScript(`echo ready; hold`);
  await tree.line();
  const child = new Deno.Command(program, {
    args: [
      "-c",
      'printf "%s" "$1" > /proc/self/comm; echo; read -r _; :',
      argument,
      comm,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  try {
    await reader.read();
    const finished = await runProcline([
      `--pid=${child.pid}`,
      "--collect=cmdline,smaps",
      "--events",
      ...ARGS,
    ]);
    assertEquals([finished.code, finished.stderr], [0, ""]);
    // deno-lint-ignore no-control-regex -- a terminal would obey those.
    const raw = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/;
    assertEquals(raw.exec(finished.stdout), null);
    const [process, ...more] = ofKind(finished, "process");
    assertEquals(more, []);
    assertEquals([process?.exe, process?.comm], [name, comm]);
    assertEquals(process?.cmdline[3], argument);
    const lines = finished.stdout.split("\n").slice(1, -2);
    assertEquals(faultsOf(`${lines.join("\n")}\n`), []);
    assertEquals(ofKind(finished, "tree").length, 1);
  } finally {
    await child.stdin.close();
    await reader.cancel();
    await child.status;
  }
});

Deno.test("procline shows a terminal no control character of a name in what it says", async () => {
  const { code, stdout, stderr } = await runProcline([
    "--cgroup=/sys/fs/cgroup/\x1b[31m\x9b",
    ...ARGS,
  ]);
  assertEquals([code, stdout], [1, ""]);
  // deno-lint-ignore no-control-regex -- a terminal would obey those.
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.exec(stderr), null);
});

/** The compiled binary, if there is one. */
const BINARY = Deno.env.get("PROCLINE_BINARY") ?? "";

/** Ways to start procline, by name: from its source, and the compiled binary if there is one. */
const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ["procline", FROM_SOURCE],
  ...(BINARY === "" ? [] : [["the binary", [BINARY]] as const]),
];

/**
 * The command in a copy that nobody may run, whose file has a capability: the kernel then refuses
 * its `auxv` to the program itself.
 */
async function withCapability(
  directory: string,
  command: readonly string[],
): Promise<string[]> {
  const copy = copyForNobody(directory);
  const program = `${directory}/deno`;
  if (command === FROM_SOURCE) {
    await run(["setcap", "cap_net_raw+ep", program]);
    return copy;
  }
  await Deno.copyFile(BINARY, program);
  await Deno.chmod(program, 0o755);
  await run(["setcap", "cap_net_raw+ep", program]);
  return copy.slice(0, copy.indexOf(program) + 1);
}

for (const [name, command] of COMMANDS) {
  Deno.test({
    ...needsRoot(
      ["setpriv", "setcap"],
      `${name} starts where the kernel refuses its auxv, as its file has a capability, and says so once`,
    ),
    fn: async () => {
      using directory = new TemporaryDirectory();
      await using tree = startScript("echo ready; hold");
      await tree.line();
      const argv = await withCapability(directory.path, command);
      const finished = await run([...argv, `--pid=${tree.pid}`, ...ARGS]);
      const usual = await run([...command, `--pid=${tree.pid}`, ...ARGS]);
      assertEquals(
        finished.stderr,
        "procline: /proc/self/auxv cannot be read (denied): a page has 4096 bytes by what processes show, and a second is taken for 100 ticks\n",
      );
      assertEquals([finished.code, usual.code, usual.stderr], [0, 0, ""]);
      const [process] = ofKind(finished, "process");
      const [same] = ofKind(usual, "process");
      for (const key of ["rss_bytes", "vsize_bytes", "start_ticks"]) {
        assertEquals(process?.[key], same?.[key]);
      }
    },
  });

  Deno.test({
    ...needsRoot(
      ["unshare", "mount"],
      `${name} knows the ages in a container whose time since boot counts from its start`,
    ),
    fn: async () => {
      using directory = new TemporaryDirectory();
      const uptime = `${directory.path}/uptime`;
      // As lxcfs has it, 5 s after the start of init: this namespace's sh.
      await Deno.writeTextFile(uptime, "5.00 4.00\n");
      const finished = await run([
        ..."unshare -pfm --mount-proc sh -c".split(" "),
        'mount --bind "$1" /proc/uptime && shift && "$@"; exit $?',
        "sh",
        uptime,
        ...command,
        "--pid=1",
        ...ARGS,
      ]);
      assertEquals([finished.code, finished.stderr], [0, ""]);
      const [init] = ofKind(finished, "process");
      assertEquals(init?.uptime_seconds, 5);
    },
  });

  Deno.test({
    ...needsRoot(
      ["unshare", "mount"],
      `${name} sees CPUs go off line in the middle of a run`,
    ),
    fn: async () => {
      using directory = new TemporaryDirectory();
      const online = `${directory.path}/online`;
      await Deno.writeTextFile(online, "0-1\n");
      await using tree = startScript("echo ready; hold");
      await tree.line();
      await using procline = new Child([
        ..."unshare -m sh -c".split(" "),
        'mount --bind "$1" /sys/devices/system/cpu/online && shift && exec "$@"',
        "sh",
        online,
        ...command,
        `--pid=${tree.pid}`,
        "--interval=50ms",
        "--only=tree",
      ]);
      const cores = async (count: number) => {
        while (JSON.parse(await procline.line()).num_cores !== count);
      };
      await cores(2);
      await Deno.writeTextFile(online, "0\n");
      await cores(1);
      await Deno.writeTextFile(online, "0-1\n");
      await cores(2);
    },
  });

  Deno.test({
    ...needs(
      ["taskset"],
      `${name} sees the affinity of a root change in the middle of a run`,
    ),
    fn: async () => {
      await using tree = startScript("echo ready; hold");
      await tree.line();
      await using procline = new Child([
        ...command,
        `--pid=${tree.pid}`,
        "--interval=50ms",
        "--only=tree",
      ]);
      const before = JSON.parse(await procline.line()).num_cores;
      assertEquals(before, Math.trunc(before));
      await run(["taskset", "-pc", "0", `${tree.pid}`]);
      while (JSON.parse(await procline.line()).num_cores !== 1);
    },
  });
}
