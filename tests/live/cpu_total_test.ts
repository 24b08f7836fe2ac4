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
  integrate,
  linesToEnd,
  ofKind,
} from "../support/burner.ts";
import {
  Child,
  needs,
  startProcline,
  TemporaryDirectory,
} from "../support/procline.ts";

/** The CPU seconds that a run reports. */
interface Told {
  readonly lines: readonly AnyLine[];
  /** By the end line. */
  readonly end: number;
  /** By the tree lines, their percentages integrated. */
  readonly integrated: number;
  /** By the process lines, added up. */
  readonly processes: number;
  /** What the command printed. */
  readonly output: string;
}

/** Runs a command under procline, and adds up what its lines report. */
async function watch(
  argv: readonly string[],
  options: { readonly interval: string; readonly cwd?: string },
): Promise<Told> {
  const { interval, ...rest } = options;
  await using procline = startProcline(
    ["--interval", interval, "--", ...argv],
    rest,
  );
  const lines = await linesToEnd(procline);
  const code = await procline.code();
  const output = await procline.stderr;
  assertEquals(code, 0, output);
  const end = lines.at(-1);
  return {
    lines,
    end: end?.user_cpu_seconds + end?.kernel_cpu_seconds,
    integrated: integrate(ofKind(lines, "tree")),
    processes: addUpProcesses(ofKind(lines, "process")),
    output,
  };
}

/** Prints the figures beside the truth, in one line. */
function print(what: string, truth: number, told: Told): void {
  const figures = {
    truth,
    "end line": told.end,
    "tree lines": told.integrated,
    "process lines alone": told.processes,
  };
  console.log(
    `${what}: ${
      Object.entries(figures).map(([name, seconds]) =>
        `${name} ${seconds.toFixed(3)} s`
      ).join(", ")
    }`,
  );
}

/**
 * Asserts that a figure is off by less than a share of the truth, or than 20 ms if that is more.
 */
function assertNear(told: number, truth: number, share: number): void {
  const allowed = Math.max(share * truth, 0.02);
  assertLess(
    Math.abs(told - truth),
    allowed,
    `${told} s where the truth is ${truth} s`,
  );
}

/** The sum of the four times that a shell's `times` prints: its own and its children's. */
function sumOfTimes(output: string): number {
  const times = [...output.matchAll(/(\d+)m([\d.]+)s/g)];
  assertEquals(times.length, 4, output);
  return times.reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  );
}

/** The CPU seconds that the burner reports. */
function usedOf(output: string): number {
  const used = /^used ([\d.]+)$/m.exec(output)?.[1];
  assert(used !== undefined, output);
  return Number(used);
}

Deno.test({
  ...needs(
    ["cc"],
    "procline -- counts 500 children of 20 ms in a row, which process lines do not show",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    const script = `i=0
      while [ $i -lt 500 ]; do ${burner.program} burn 20; i=$((i + 1)); done
      times >&2`;

    const told = await watch(["sh", "-c", script], { interval: "1s" });

    const truth = sumOfTimes(told.output);
    print("500 children", truth, told);
    assertGreater(truth, 500 * 0.02);
    assertNear(told.end, truth, 0.02);
    assertNear(told.integrated, truth, 0.02);
    // Each second a sample sees one child, which has used some milliseconds at most.
    assertLess(told.processes, 0.1 * truth);
  },
});

Deno.test({
  ...needs(["cc", "make", "bash"], "procline -- counts all that make -j4 runs"),
  fn: async () => {
    using burner = await Burner.compile();
    using project = new TemporaryDirectory();
    const names = Array.from({ length: 40 }, (_, i) => `unit${i}`);
    for (const name of names) {
      await Deno.writeTextFile(
        `${project.path}/${name}.c`,
        `int ${name}(void) { return ${name.length}; }\n`,
      );
    }
    await Deno.writeTextFile(
      `${project.path}/Makefile`,
      `all: ${names.map((name) => `${name}.o`).join(" ")}
%.o: %.c
	@${burner.program} burn 40
	@cc -c -o $@ $<
`,
    );

    const told = await watch(["bash", "-c", "make -j4 >&2; times >&2"], {
      interval: "500ms",
      cwd: project.path,
    });

    const truth = sumOfTimes(told.output);
    print("make -j4", truth, told);
    assertGreater(truth, 40 * 0.04);
    assertNear(told.end, truth, 0.02);
    // Percentages are held to the cores: what is reaped in one interval beyond them is cut.
    assertNear(told.integrated, truth, 0.04);
    assertLess(told.processes, 0.5 * truth);
    for (const name of names) await Deno.stat(`${project.path}/${name}.o`);
  },
});

Deno.test({
  ...needs(["cc"], "procline -- counts orphans that a subreaper reaps"),
  fn: async () => {
    using burner = await Burner.compile();

    // Fewer processes burn at once than there are cores: percentages are held to the cores, and
    // ticks come in bursts.
    const told = await watch([burner.program, "subreaper", "3", "600"], {
      interval: "200ms",
    });

    const truth = usedOf(told.output);
    print("subreaper", truth, told);
    assertGreater(truth, 3 * 0.6);
    assertNear(told.end, truth, 0.02);
    assertNear(told.integrated, truth, 0.02);
  },
});

Deno.test({
  ...needs(
    ["cc"],
    "procline -- keeps what it last saw of children whose parent ignores SIGCHLD",
  ),
  fn: async () => {
    using burner = await Burner.compile();

    const told = await watch([burner.program, "ignored", "3", "1500"], {
      interval: "20ms",
    });

    const truth = usedOf(told.output);
    print("SIGCHLD ignored", truth, told);
    assertGreater(truth, 3 * 1.5);
    // Not 2 %: the kernel credits nobody with these children. What a child used after the last
    // sample that saw it cannot be read anywhere. That is up to an interval and the time of the
    // sample; 5 % of 1.5 s are 75 ms.
    assertNear(told.end, truth, 0.05);
    assertNear(told.integrated, truth, 0.05);
  },
});

Deno.test({
  ...needs(
    ["cc"],
    "procline keeps a double fork's last in the tree, as an orphan, with its CPU",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using daemon = new Child([burner.program, "daemon", "500"]);
    const [, middle = NaN, last = NaN] = (await daemon.line()).split(" ")
      .map(Number);
    await using procline = startProcline([
      "--pid",
      `${daemon.pid}`,
      "--interval",
      "50ms",
    ]);
    // The middle must not end before a sample has seen both: procline does not find a daemon that
    // no sample saw below its parent.
    const before = await procline.sampleWhere(({ tree }) =>
      tree.num_processes === 3
    );
    assertEquals(
      before.processes.map(({ pid, ...line }) => [pid, isOrphan(line)]),
      [[daemon.pid, undefined], [middle, undefined], [last, undefined]],
    );

    await daemon.write("end the middle\n");
    assertEquals(await daemon.line(), "orphan");
    const after = await procline.sampleWhere(({ processes }) =>
      processes.every(({ pid }) => pid !== middle)
    );
    assertEquals(
      after.processes.map(({ pid, ...line }) => [pid, isOrphan(line)]),
      [[daemon.pid, undefined], [last, true]],
    );
    assertEquals(after.processes[1]?.ppid === daemon.pid, false);

    await daemon.write("burn\n");
    const used = usedOf(await daemon.line());
    assertGreater(used, 0.5);
    const totalOf = (line: AnyLine) =>
      line.user_cpu_seconds_total + line.kernel_cpu_seconds_total;
    const base = totalOf(after.tree as unknown as AnyLine);
    const usedAt = Date.now();
    const { tree } = await procline.sampleWhere(({ tree }) =>
      tree.epoch_ms > usedAt
    );
    const told = totalOf(tree as unknown as AnyLine) - base;
    console.log(
      `double fork: truth ${used.toFixed(3)} s, tree ${told.toFixed(3)} s`,
    );
    assertLess(Math.abs(told - used), 0.02 + 0.01);
  },
});

function isOrphan(line: object): boolean | undefined {
  return (line as AnyLine).orphan;
}

Deno.test({
  ...needs(["cc"], "procline never lets the totals of a tree fall"),
  fn: async () => {
    using burner = await Burner.compile();
    // Children that are reaped and children that are not, grandchildren, and shells that end while
    // some of their children live.
    const script = `
      b=${burner.program}
      i=0
      while [ $i -lt 40 ]; do
        $b burn 15 &
        sh -c "$b burn 10; $b burn 5 & sh -c '$b burn 3 & $b burn 4'" &
        (trap '' CHLD; $b burn 7; $b burn 1)
        [ $((i % 4)) = 3 ] && wait
        i=$((i + 1))
      done
      wait`;

    const { lines } = await watch(["sh", "-c", script], { interval: "10ms" });

    const trees = ofKind(lines, "tree");
    assertGreater(trees.length, 30);
    for (const key of ["user_cpu_seconds_total", "kernel_cpu_seconds_total"]) {
      for (const [at, tree] of trees.entries()) {
        assertGreaterOrEqual(
          tree[key],
          trees[at - 1]?.[key] ?? 0,
          `${key} fell at seq ${tree.seq}`,
        );
      }
    }
    for (const { cpu_percentage, unseen_cpu_percentage } of trees) {
      assertGreaterOrEqual(cpu_percentage, 0);
      assertGreaterOrEqual(unseen_cpu_percentage, 0);
    }
    const consistent = trees.filter((tree) => tree.consistent).length;
    console.log(
      `churn: ${consistent} of ${trees.length} samples were consistent`,
    );
    assertGreater(consistent, 0.9 * trees.length);
  },
});
