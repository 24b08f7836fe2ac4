// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { readFailureOf } from "../../src/kernel/deno_errors.ts";
import {
  addUpProcesses,
  type AnyLine,
  Burner,
  linesToEnd,
  ofKind,
  parseLines,
} from "../support/burner.ts";
import { faultsOf } from "../support/lines.ts";
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
 * A cgroup of the test's own, and one below it. The end of the block kills the processes in them
 * and in others that the test has made below, and removes them.
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

  /** The groups that are left, those below first. */
  #groups(): string[] {
    if (!isThere(this.path)) return [];
    const below = Array.from(Deno.readDirSync(this.path))
      .filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => `${this.path}/${name}`);
    return [...below.filter(isThere), this.path];
  }

  /** Removes them when they are empty: a process leaves its group when it is reaped. */
  async remove(): Promise<void> {
    for (const path of this.#groups()) {
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
    for (const path of this.#groups()) {
      const type = await Deno.readTextFile(`${path}/cgroup.type`);
      // Its processes are listed above.
      if (type === "threaded\n") continue;
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
      const lines = parseLines(stdout);
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
      const lines = parseLines(stdout);
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

Deno.test({
  ...needsCgroup(
    "procline --cgroup finds groups of any name, and counts one that it cannot open",
  ),
  fn: async () => {
    await using group = new TestCgroup();
    const stage = `${group.path}/memory.stage2`;
    await Deno.mkdir(stage);
    await using member = startScript("echo ready; hold");
    await member.line();
    group.move(member.pid, stage);
    const sh = (script: string) => run(["sh", "-c", script, "sh", group.path]);
    const odd = "$(printf '\\377\\376q')";
    await sh(`mkdir "$1/${odd}"`);
    try {
      await using procline = watchCgroup(group.path);
      const lines = await sampleLines(procline, () => true);
      assertEquals(pidsOf(lines), [member.pid]);
      const [tree] = ofKind(lines, "tree");
      assertEquals([tree?.malformed, tree?.consistent], [1, false]);
      await sh(`rmdir "$1/${odd}"`);
      const after = await sampleLines(procline, (_, tree) => tree.consistent);
      assertEquals(ofKind(after, "tree")[0]?.malformed, 0);
      await member.closeInput();
      await sampleLines(procline, (_, tree) => tree.num_processes === 0);
      await Deno.remove(stage);
      await group.remove();
      await linesToEnd(procline);
      assertEquals(
        await procline.stderr,
        `procline: A cgroup below ${group.path} has a name that is not UTF-8 and cannot be opened: it is counted as malformed\n`,
      );
    } finally {
      await sh(`rmdir "$1/${odd}" "$1/memory.stage2"; true`);
    }
  },
});

Deno.test({
  ...needsCgroup(
    "procline --cgroup samples a threaded cgroup by its threads, and says so of a file of a removed one",
  ),
  fn: async () => {
    await using group = new TestCgroup();
    await using member = startScript("echo ready; hold");
    await member.line();
    group.move(member.pid);
    await Deno.writeTextFile(`${group.below}/cgroup.type`, "threaded\n");
    assertThrows(() => TestCgroup.pids(group.below));
    await Deno.writeTextFile(
      `${group.below}/cgroup.threads`,
      `${member.pid}\n`,
    );
    {
      await using procline = watchCgroup(group.below);
      const lines = await sampleLines(procline, () => true);
      assertEquals(pidsOf(lines), [member.pid]);
      assertEquals(ofKind(lines, "tree")[0]?.consistent, true);
    }
    {
      await using procline = watchCgroup(group.path);
      const lines = await sampleLines(procline, () => true);
      assertEquals(pidsOf(lines), [member.pid]);
      assertEquals(ofKind(lines, "tree")[0]?.malformed, 0);
    }
    await member.closeInput();
    await member.rest();
    using file = await Deno.open(`${group.path}/cgroup.procs`);
    await group.remove();
    const error = assertThrows(() => file.readSync(new Uint8Array(9)), Error);
    assertEquals(readFailureOf(error), "gone");
  },
});

Deno.test({
  ...needsCgroup(
    "procline --cgroup --restarts waits for a cgroup that is gone, and keeps its totals",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using group = new TestCgroup();
    const start = async () => {
      const child = startScript(`read go; exec ${burner.program} busy`);
      group.move(child.pid);
      await child.write("go\n");
      await child.line();
      return child;
    };
    await using first = await start();
    await using procline = watchCgroup(group.path, "--restarts");
    const total = (lines: readonly AnyLine[]) => {
      const tree = lines.at(-1);
      return (tree?.user_cpu_seconds_total ?? NaN) +
        (tree?.kernel_cpu_seconds_total ?? NaN);
    };
    const before = await sampleLines(
      procline,
      (lines) => pidsOf(lines).includes(first.pid) && total(lines) > 0.1,
    );
    Deno.kill(first.pid, "SIGKILL");
    await first.rest();
    await group.remove();
    const isEmpty = (_: unknown, tree: AnyLine) => tree.num_processes === 0;
    await sampleLines(procline, isEmpty);
    const gap = await sampleLines(procline, isEmpty);
    assertGreaterOrEqual(total(gap), total(before));
    await Deno.mkdir(group.path);
    await using second = await start();
    const after = await sampleLines(
      procline,
      (lines) =>
        pidsOf(lines).includes(second.pid) && total(lines) > total(gap),
    );
    assertGreater(total(after), total(gap));
    assertEquals(after.at(-1)?.consistent, true);
    Deno.kill(second.pid, "SIGKILL");
    Deno.kill(procline.pid, "SIGTERM");
    const end = (await linesToEnd(procline)).at(-1);
    assertEquals(end?.reason, "signal");
    assertEquals(await procline.stderr, "");
  },
});

Deno.test({
  ...needsCgroup(
    "procline --cgroup counts members that its pid namespace hides, and says so",
  ),
  ignore: needsCgroup("").ignore || needsRoot(["unshare"], "").ignore,
  fn: async () => {
    await using group = new TestCgroup();
    await using member = startScript("echo ready; hold");
    await member.line();
    group.move(member.pid);
    // With the /proc of outside, the ids do not even fit.
    const outside = await run([
      ..."unshare -pf".split(" "),
      ...FROM_SOURCE,
      `--cgroup=${group.path}`,
      "--count=1",
    ]);
    assertEquals(outside.code, 0);
    assertStringIncludes(
      outside.stderr,
      "The members of a cgroup have other ids in /proc: the kernel lists those that they have for this process",
    );
    const { code, stdout, stderr } = await run([
      ..."unshare -pf --mount-proc".split(" "),
      ...FROM_SOURCE,
      `--cgroup=${group.path}`,
      "--count=2",
      "--interval=50ms",
    ]);
    assertEquals(code, 0);
    assertEquals(
      stderr,
      `procline: Processes in ${group.path} have no id in the pid namespace of this program: they are counted as denied\n`,
    );
    const trees = ofKind(parseLines(stdout), "tree");
    assertEquals(
      trees.map((tree) => [tree.num_processes, tree.denied, tree.consistent]),
      [[0, 1, false], [0, 1, false]],
    );
  },
});

Deno.test({
  ...needsCgroup(
    "procline --cgroup counts what the group's own cpu.stat counts, where nobody waits for the children",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using group = new TestCgroup();
    const usage = async () => {
      const stat = await Deno.readTextFile(`${group.path}/cpu.stat`);
      return Number(/^usage_usec (\d+)$/m.exec(stat)?.[1]) / 1e6;
    };
    await using parent = startScript(
      `read go; ${burner.program} ignored 16 50; echo done; hold`,
    );
    group.move(parent.pid);
    await using procline = startProcline([
      "--cgroup",
      group.path,
      "--interval",
      "300ms",
    ]);
    const total = (tree: AnyLine | undefined) =>
      tree === undefined
        ? NaN
        : tree.user_cpu_seconds_total + tree.kernel_cpu_seconds_total;
    const first = await sampleLines(procline, () => true);
    const before = await usage();
    await parent.write("go\n");
    let told = "";
    while (told !== "done") told = await parent.line();
    const after = await usage();
    const doneAt = Date.now();
    assertGreater(after - before, 0.5);
    // The samples up to one that was taken after the end.
    let unseen = 0;
    let used = 0;
    const last = await sampleLines(procline, (lines, tree) => {
      const seconds = tree.interval_seconds / 100;
      used += tree.cpu_percentage * seconds;
      unseen += tree.unseen_cpu_percentage * seconds;
      assertEquals(
        faultsOf(lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
        [],
      );
      return tree.epoch_ms > doneAt;
    });
    const counted = total(last.at(-1)) - total(first.at(-1));
    console.log(
      `16 children that nobody waits for: cpu.stat ${
        (after - before).toFixed(3)
      } s, procline ${counted.toFixed(3)} s, ${
        used.toFixed(3)
      } s by its percentages, of which ${unseen.toFixed(3)} s on no line`,
    );
    assertLess(Math.abs(counted - (after - before)), 0.05);
    assertLess(Math.abs(used - counted), 0.05);
    assertGreater(unseen, 0.25);
  },
});

Deno.test({
  ...needsCgroup(
    "procline --sys finds a group in the host's hierarchy, not in its own group's mount",
  ),
  ignore: needsCgroup("").ignore ||
    needsRoot(["unshare", "mount"], "").ignore,
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using group = new TestCgroup();
    await using member = startScript("echo ready; hold");
    await member.line();
    group.move(member.pid, group.below);
    const { code, stdout, stderr } = await run([
      ..."unshare -m sh -c".split(" "),
      `mkdir ${directory.path}/sys && mount --rbind /sys ${directory.path}/sys && ` +
      `mount --bind ${group.path} ${MOUNT} && exec "$@"`,
      "sh",
      ...FROM_SOURCE,
      `--pid=${member.pid}`,
      `--sys=${directory.path}/sys`,
      "--collect=cgroup",
      "--count=1",
    ]);
    assertEquals([code, stderr], [0, ""]);
    const [line] = ofKind(parseLines(stdout), "cgroup");
    assertEquals(line?.path, `${group.name}/below`);
    // That of the whole host is beyond any such number.
    assertLess(line?.cpu_seconds_total, 5);
    assertEquals(line?.unreadable.cpu_seconds_total, undefined);
  },
});
