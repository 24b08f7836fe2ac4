// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import {
  addUpProcesses,
  type AnyLine,
  Burner,
  linesToEnd,
  ofKind,
} from "../support/burner.ts";
import {
  Child,
  FROM_SOURCE,
  ignored,
  type Needed,
  needs,
  needsRoot,
  run,
  startProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

/** The mount point of cgroup v2; null if it is not mounted. */
const MOUNT = Deno.readTextFileSync("/proc/self/mountinfo").split("\n")
  .find((line) => line.includes(" - cgroup2 "))?.split(" ")[4] ?? null;

/**
 * A cgroup of the test's own, and one below it. The end of the block kills the processes in them,
 * and removes both.
 */
class TestCgroup implements AsyncDisposable {
  readonly path: string;
  /** The path below the hierarchy's root, as /proc/PID/cgroup has it. */
  readonly name: string;
  readonly below: string;

  constructor() {
    if (MOUNT === null) throw new Error("No cgroup2 is mounted");
    const path = Deno.makeTempDirSync({ dir: MOUNT, prefix: "procline_test_" });
    this.path = path;
    this.name = path.slice(MOUNT.length);
    this.below = `${path}/below`;
    Deno.mkdirSync(this.below);
  }

  /** Moves a process into this group or another. */
  move(pid: number, path: string = this.path): void {
    Deno.writeTextFileSync(`${path}/cgroup.procs`, `${pid}\n`);
  }

  /** The processes in a group, as the kernel lists them. */
  static pids(path: string): number[] {
    return Deno.readTextFileSync(`${path}/cgroup.procs`).split("\n")
      .filter((line) => line !== "").map(Number);
  }

  /** Removes both when they are empty: a process leaves its group when it is reaped. */
  async remove(): Promise<void> {
    for (const path of [this.below, this.path]) {
      for (let tries = 0; isThere(path); tries++) {
        try {
          Deno.removeSync(path);
        } catch (error) {
          if (tries > 500) throw error;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of [this.below, this.path]) {
      if (!isThere(path)) continue;
      for (const pid of TestCgroup.pids(path)) {
        if (pid !== 0) Deno.kill(pid, "SIGKILL");
      }
    }
    await this.remove();
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** What the test is called. It is ignored if no cgroup v2 can be made here. */
function needsCgroup(name: string): Needed {
  const test = needs(["cc"], name);
  if (test.ignore) return test;
  if (MOUNT === null) return ignored(name, "no cgroup2 is mounted");
  try {
    const path = Deno.makeTempDirSync({ dir: MOUNT, prefix: "procline_try_" });
    Deno.removeSync(path);
    return test;
  } catch {
    return ignored(name, `no cgroup may be made in ${MOUNT}`);
  }
}

function watchCgroup(path: string, ...args: string[]): Child {
  return startProcline([
    "--cgroup",
    path,
    "--interval",
    "100ms",
    "--collect",
    "cgroup",
    ...args,
  ]);
}

/** The lines of the first sample that meets a condition, lines of all kinds. */
async function sampleLines(
  procline: Child,
  isIt: (sample: readonly AnyLine[], tree: AnyLine) => boolean,
): Promise<AnyLine[]> {
  const latest = Date.now() + 20_000;
  let lines: AnyLine[] = [];
  while (Date.now() < latest) {
    const line = JSON.parse(await procline.line());
    lines.push(line);
    if (line.kind !== "tree") continue;
    if (isIt(lines, line)) return lines;
    lines = [];
  }
  throw new Error("Waited in vain for a sample");
}

function pidsOf(lines: readonly AnyLine[]): number[] {
  return ofKind(lines, "process").map(({ pid }) => pid)
    .sort((a, b) => a - b);
}

Deno.test({
  ...needsCgroup(
    "procline --cgroup samples the members of a cgroup and of those below it, and nobody else",
  ),
  fn: async () => {
    await using group = new TestCgroup();
    await using member = startScript("echo ready; hold");
    await using below = startScript("echo ready; hold");
    await using stranger = startScript("echo ready; hold");
    for (const child of [member, below, stranger]) await child.line();
    group.move(member.pid);
    group.move(below.pid, group.below);

    await using procline = watchCgroup(group.path);
    const lines = await sampleLines(procline, () => true);

    const [run] = ofKind(lines, "run");
    assertEquals(run?.root_pid, null);
    assertEquals(run?.root_cgroup, group.path);
    const members = [
      ...TestCgroup.pids(group.path),
      ...TestCgroup.pids(group.below),
    ].sort((a, b) => a - b);
    assertEquals(pidsOf(lines), members);
    assertEquals(members.length, 2);
    assertEquals(
      ofKind(lines, "cgroup").map((line) => [line.path, line.num_processes])
        .sort(),
      [[group.name, 1], [`${group.name}/below`, 1]],
    );
    const [tree] = ofKind(lines, "tree");
    assertEquals(tree?.num_processes, 2);
    assertEquals(tree?.root_pid, null);

    // The stranger joins, and a member leaves.
    group.move(stranger.pid);
    await sampleLines(
      procline,
      (lines) => pidsOf(lines).includes(stranger.pid),
    );
    await Deno.writeTextFile(`${MOUNT}/cgroup.procs`, `${member.pid}\n`);
    const after = await sampleLines(
      procline,
      (lines) => !pidsOf(lines).includes(member.pid),
    );
    assertEquals(
      pidsOf(after),
      [below.pid, stranger.pid].sort((a, b) => a - b),
    );
  },
});

Deno.test({
  ...needsCgroup(
    "procline --cgroup keeps a daemon whose parents ended before any sample",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using group = new TestCgroup();
    await using parent = startScript(
      `read go; exec ${burner.program} detached`,
    );
    group.move(parent.pid);
    await parent.write("go\n");
    const last = Number((await parent.line()).split(" ")[1]);
    assertEquals(
      TestCgroup.pids(group.path).sort((a, b) => a - b),
      [parent.pid, last].sort((a, b) => a - b),
    );

    await using procline = watchCgroup(group.path);
    const lines = await sampleLines(procline, () => true);

    assertEquals(
      pidsOf(lines),
      [parent.pid, last].sort((a, b) => a - b),
    );
    const daemon = ofKind(lines, "process").find(({ pid }) => pid === last);
    assert(daemon?.ppid !== parent.pid);

    // It also stays when the last of the processes that started it ends.
    await parent.closeInput();
    const alone = await sampleLines(
      procline,
      (lines) => pidsOf(lines).length === 1,
    );
    assertEquals(pidsOf(alone), [last]);
    // It keeps open the pipe that this test reads to the end.
    Deno.kill(last, "SIGKILL");
  },
});

Deno.test({
  ...needsCgroup(
    "procline --cgroup ends when the cgroup is removed, not when it is empty",
  ),
  fn: async () => {
    await using group = new TestCgroup();
    await using member = startScript("echo ready; hold");
    await member.line();
    group.move(member.pid);
    await using procline = watchCgroup(group.path);
    await sampleLines(procline, (lines) => pidsOf(lines).length === 1);

    await member.closeInput();
    await sampleLines(procline, (_, tree) => tree.num_processes === 0);
    await sampleLines(procline, (_, tree) => tree.num_processes === 0);
    await group.remove();
    const end = (await linesToEnd(procline)).at(-1);

    assertEquals(end?.reason, "exited");
    assertEquals(end?.peak_num_processes, 1);
    assertEquals(await procline.code(), 0);
    assertEquals(await procline.stderr, "");
  },
});

Deno.test({
  ...needsCgroup(
    "procline --collect cgroup reads a busy loop as one core, by cpu.stat",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using group = new TestCgroup();
    await using stranger = new Child([burner.program, "busy"]);
    await stranger.line();
    await using busy = startScript(`read go; exec ${burner.program} busy`);
    group.move(busy.pid);
    await busy.write("go\n");
    assertEquals(await busy.line(), "ready");
    const usageOf = () =>
      Number(
        /^usage_usec (\d+)$/m.exec(
          Deno.readTextFileSync(`${group.path}/cpu.stat`),
        )?.[1],
      ) / 1e6;

    const before = usageOf();
    await using procline = startProcline([
      "--cgroup",
      group.path,
      "--collect",
      "cgroup",
      "--interval",
      "1s",
      "--count",
      "3",
    ]);
    const lines = await linesToEnd(procline);
    const after = usageOf();

    const groups = ofKind(lines, "cgroup").filter(({ path }) =>
      path === group.name
    );
    assertEquals(groups.length, 3);
    assertEquals(groups[0]?.cpu_percentage, null);
    const text = (key: string) =>
      groups.map((line) => line[key]?.toFixed(3)).join(", ");
    console.log(
      `cgroup of a busy loop: cpu.stat ${before.toFixed(3)} to ${
        after.toFixed(3)
      } s, procline ${text("cpu_seconds_total")} s, ${
        text("cpu_percentage")
      } %`,
    );
    for (const line of groups) {
      assertGreaterOrEqual(line.cpu_seconds_total, before);
      assertGreaterOrEqual(after, line.cpu_seconds_total);
      // This test enables no controller that sets a limit.
      assertEquals(line.cpu_limit_cores, null);
    }
    // The stranger's loop is not counted. On a busy host the loop waits for a core.
    const schedule = await Deno.readTextFile(`/proc/${busy.pid}/schedstat`);
    const [ran = NaN, waited = NaN] = schedule.split(" ").map(Number);
    const share = 100 * ran / (ran + waited);
    for (const line of groups.slice(1)) {
      assertGreater(line.cpu_percentage, share - 10);
      assertLess(line.cpu_percentage, 105);
    }
    // The kernel counts the time of the loop twice: for the cgroup and for the process.
    const own = addUpProcesses(ofKind(lines, "process"));
    assertLess(Math.abs((groups.at(-1)?.cpu_seconds_total ?? NaN) - own), 0.1);
    const tree = ofKind(lines, "tree").at(-1);
    assertEquals(tree?.num_processes, 1);
    assertLess(tree?.cpu_percentage, 105);
  },
});

Deno.test({
  ...needsCgroup("procline --cgroup refuses a directory that is no cgroup"),
  fn: async () => {
    await using procline = startProcline(["--cgroup", "/tmp"]);

    assertEquals(await procline.code(), 1);
    const stderr = await procline.stderr;
    assert(stderr.startsWith("procline: Cannot sample "), stderr);
  },
});

Deno.test({
  ...needsCgroup(
    "procline finds the right group where another is bound before the hierarchy",
  ),
  ignore: needsCgroup("").ignore ||
    needsRoot(["unshare", "mount"], "").ignore,
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using bound = new TestCgroup();
    await using group = new TestCgroup();
    await using member = startScript("echo ready; hold");
    await member.line();
    group.move(member.pid);
    const inNamespace = (...args: string[]) =>
      run([
        ..."unshare -m sh -c".split(" "),
        `mount --bind ${bound.path} ${directory.path} && umount -l ${MOUNT} && ` +
        `mount -t cgroup2 none ${MOUNT} && exec "$@"`,
        "sh",
        ...FROM_SOURCE,
        ...args,
        "--collect=cgroup",
        "--count=1",
      ]);
    for (
      const root of [
        `--pid=${member.pid}`,
        `--cgroup=${group.path}`,
        `--cgroup=${group.name}`,
      ]
    ) {
      const { code, stdout, stderr } = await inNamespace(root);
      assertEquals([code, stderr], [0, ""]);
      const lines = stdout.trimEnd().split("\n").map((line) =>
        JSON.parse(line)
      );
      assertEquals(pidsOf(lines), [member.pid]);
      const [line, ...more] = ofKind(lines, "cgroup");
      assertEquals([line?.path, line?.num_processes, more], [
        group.name,
        1,
        [],
      ]);
      assertEquals(line?.unreadable.cpu_seconds_total, undefined);
    }
  },
});

Deno.test({
  ...needsCgroup(
    "procline finds a group outside its cgroup namespace where a mount leads there, and else says so",
  ),
  ignore: needsCgroup("").ignore ||
    needsRoot(["unshare", "mount"], "").ignore,
  fn: async () => {
    await using own = new TestCgroup();
    await using group = new TestCgroup();
    await using member = startScript("echo ready; hold");
    await member.line();
    group.move(member.pid);
    const fromWithin = async (mount: string) => {
      const { code, stdout, stderr } = await run([
        ..."sh -c".split(" "),
        `echo $$ > ${own.path}/cgroup.procs && exec unshare -mC sh -c '${mount} exec "$@"' sh "$@"`,
        "sh",
        ...FROM_SOURCE,
        `--pid=${member.pid}`,
        "--collect=cgroup",
        "--count=1",
      ]);
      assertEquals([code, stderr], [0, ""]);
      const lines = stdout.trimEnd().split("\n").map((line) =>
        JSON.parse(line)
      );
      const [line] = ofKind(lines, "cgroup");
      assertEquals(line?.path, `/..${group.name}`);
      return line;
    };
    // The mount of before shows the root of the hierarchy, which lies above.
    const found = await fromWithin("");
    assertGreaterOrEqual(found?.cpu_seconds_total, 0);
    assertEquals(found?.unreadable.cpu_seconds_total, undefined);
    const hidden = await fromWithin(
      `umount -l ${MOUNT} && mount -t cgroup2 none ${MOUNT} &&`,
    );
    assertEquals(hidden?.cpu_seconds_total, null);
    assertEquals(hidden?.unreadable.cpu_seconds_total, "unmounted");
    assertEquals(hidden?.unreadable.memory_max_bytes, "unmounted");
  },
});
