// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
} from "@std/assert";
import {
  FROM_SOURCE,
  needs,
  needsRoot,
  run,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

const PROCESSES = 200;

/** Runs procline and returns how often it made each system call on files. */
async function countCalls(
  pid: number,
  samples: number,
  options: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  using directory = new TemporaryDirectory();
  const output = `${directory.path}/counts`;
  await run([
    ..."strace -f -c -e trace=file,desc -o".split(" "),
    output,
    ...FROM_SOURCE,
    `--pid=${pid}`,
    `--count=${samples}`,
    "--interval=20ms",
    ...options,
  ]);
  const text = await Deno.readTextFile(output);
  return new Map(
    [...text.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ )? *(\w+)$/gm)]
      .map(([, calls, name]) => [name ?? "", Number(calls)]),
  );
}

for (
  const { options, readsPerSample } of [
    { options: [], readsPerSample: 20 },
    // The limit of memory, on the root's cgroup and those above it.
    { options: ["--format=table"], readsPerSample: 40 },
  ]
) {
  Deno.test({
    ...needs(
      ["strace"],
      `a process that sleeps costs a read of its stat, and of its statm, in each sample ${options}`
        .trim(),
    ),
    fn: async () => {
      await using tree = startScript(`
      for i in $(seq ${PROCESSES - 2}); do hold & done
      echo ready
      hold
    `);
      await tree.line();
      const few = await countCalls(tree.pid, 32, options);
      const many = await countCalls(tree.pid, 96, options);

      // In 64 more samples each link, and each process outside the tree, is read twice. These calls
      // come on top of the two for each process, and so do a few calls for each sample, on files of
      // the host and the root that are held open too.
      const others = countProcesses() - PROCESSES;
      const turn = others / 32 / PROCESSES;
      const perProcess = (name: string) =>
        ((many.get(name) ?? 0) - (few.get(name) ?? 0)) / 64 / PROCESSES;
      const counts = Object.fromEntries(
        ["lseek", "read", "pread64", "openat", "readlink", "close"].map((
          name,
        ) => [
          name,
          perProcess(name),
        ]),
      );
      console.log("calls per process and sample:", counts);
      assertLessOrEqual(counts.lseek ?? NaN, 8 / PROCESSES);
      assertLessOrEqual(
        (counts.read ?? NaN) + (counts.pread64 ?? NaN),
        2 + readsPerSample / PROCESSES + 2 * turn,
      );
      assertLessOrEqual(counts.openat ?? NaN, 10 / PROCESSES + turn);
      assertLessOrEqual(counts.readlink ?? NaN, 0.05);
    },
  });
}

/** What procline did in the later ones of its samples. */
interface LaterSamples {
  /** The files that it opened, each as often. */
  readonly opened: readonly string[];
  /** How often it asked whether mounts have changed. */
  readonly numPolls: number;
}

async function laterSamples(
  pid: number,
  toFile: boolean,
): Promise<LaterSamples> {
  using directory = new TemporaryDirectory();
  const trace = `${directory.path}/trace`;
  const stdout = toFile ? `${directory.path}/lines` : "/dev/null";
  await run([
    ..."strace -f -e trace=openat,getrusage,poll -o".split(" "),
    trace,
    "sh",
    "-c",
    `exec "$@" > ${stdout}`,
    "sh",
    ...FROM_SOURCE,
    `--pid=${pid}`,
    "--count=40",
    "--interval=20ms",
  ]);
  const text = await Deno.readTextFile(trace);
  // One a sample.
  const later = text.split("getrusage(").slice(-19).join();
  const opened = later.matchAll(
    /openat\(AT_FDCWD, "([^"]+)", O_RDONLY\|O_CLOEXEC\)/g,
  );
  return {
    opened: Array.from(opened, ([, path = ""]) => path),
    numPolls: later.split("events=POLLPRI").length - 1,
  };
}

for (const toFile of [false, true]) {
  const stdout = toFile ? "a file" : "/dev/null";
  Deno.test({
    ...needs(
      ["strace"],
      `a sample opens none of the files of its root, and none of its own, with its lines to ${stdout}`,
    ),
    fn: async () => {
      await using tree = startScript("echo ready; hold");
      await tree.line();
      const { opened, numPolls } = await laterSamples(tree.pid, toFile);
      assertEquals(
        opened.filter((path) =>
          path === "/proc/uptime" || path.startsWith(`/proc/${tree.pid}/`) ||
          /^\/proc\/self\/(?!mountinfo$)/.test(path)
        ),
        [],
      );
      // The trace has samples in it.
      assertGreaterOrEqual(numPolls, 15);
    },
  });
}

Deno.test({
  ...needsRoot(
    ["strace", "unshare"],
    "a sample of a tree of ten makes at most 60 system calls",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    /** How many system calls a run of so many samples makes, in a pid namespace of its own. */
    const callsIn = async (samples: number): Promise<number> => {
      const output = `${directory.path}/${samples}`;
      await run([
        ..."unshare --pid --fork --kill-child --mount-proc bash -c".split(" "),
        `for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done
strace -f -c -o ${output} "$@" --pid=$$ --count=${samples} --interval=20ms > /dev/null`,
        "bash",
        ...FROM_SOURCE,
      ]);
      const text = await Deno.readTextFile(output);
      return Number(/^100\.00 +\S+ +\d* +(\d+)/m.exec(text)?.[1]);
    };
    // What compiles changed modules makes thousands more.
    await callsIn(1);
    // From where what is read often is read by one call on.
    const few = await callsIn(40);
    const many = await callsIn(240);
    const perSample = (many - few) / 200;
    console.log("system calls in a sample of a tree of ten:", perSample);
    // Each of the ten costs two.
    assertGreaterOrEqual(perSample, 20);
    assertLessOrEqual(perSample, 60);
  },
});

for (const to of ["| cat > /dev/null", "> /dev/null"]) {
  Deno.test({
    ...needs(["strace"], `a sample is written by the thread that reads, ${to}`),
    fn: async () => {
      await using tree = startScript("echo ready; hold");
      await tree.line();
      using directory = new TemporaryDirectory();
      const trace = `${directory.path}/trace`;
      await run([
        "sh",
        "-c",
        `strace -f -e trace=write,getrusage -o ${trace} "$@" ${to}`,
        "sh",
        ...FROM_SOURCE,
        `--pid=${tree.pid}`,
        "--count=40",
        "--interval=20ms",
      ]);
      const text = await Deno.readTextFile(trace);
      const threads = (call: RegExp) =>
        Array.from(text.matchAll(call), ([, tid = ""]) => tid);
      const writing = threads(/^(\d+) +write\(\d+, "\{\\"timestamp/gm);
      // The first lines, before it is known that there are many; the last one is the run's.
      const later = new Set(writing.slice(10));
      // Once in a sample, for what procline itself uses.
      assertEquals(later, new Set(threads(/^(\d+) +getrusage\(/gm)));
      assertGreaterOrEqual(writing.length, 40);
    },
  });
}

function countProcesses(): number {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name))
    .length;
}
