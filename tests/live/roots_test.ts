import { assert, assertEquals, assertGreater } from "@std/assert";
import { parseLines } from "../support/burner.ts";
import {
  runProcline,
  startProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

Deno.test("procline --all shows every process that /proc lists, kernel threads too", async () => {
  const { stdout, stderr, code } = await runProcline(["--all", "-n", "1"]);
  assertEquals(stderr, "");
  assertEquals(code, 0);
  const lines = parseLines(stdout);
  const processes = lines.filter(({ kind }) => kind === "process");
  const pids = new Set(processes.map(({ pid }) => pid));
  assert(pids.has(1) && pids.has(Deno.pid));
  const [run] = lines;
  assertEquals([run?.root_pid, run?.root_cgroup], [null, null]);
  // Where this is no container, kthreadd is there, and its memory is null with the reason.
  const kthreadd = processes.find(({ comm }) => comm === "kthreadd");
  const second = await Deno.readTextFile("/proc/2/comm").catch(() => "");
  const isListed = second.trim() === "kthreadd";
  if (isListed) assertEquals(kthreadd?.unreadable.rss_bytes, "kernel_thread");
  const tree = lines.find(({ kind }) => kind === "tree");
  assertEquals(tree?.num_processes, processes.length);
});

Deno.test("procline --name samples the process of that name that the others were started by", async () => {
  using directory = new TemporaryDirectory();
  const name = `p${Deno.pid}`;
  const program = `${directory.path}/${name}`;
  await Deno.copyFile("/bin/sh", program);
  await using tree = startScript(`
    ${program} -c 'echo $$; ${program} -c "echo; read end" <&3 & wait' &
    wait
  `);
  const pid = Number(await tree.line());
  await tree.line();

  await using procline = startProcline(["--name", name, "--count", "1"]);
  const { tree: line, processes } = await procline.sample();

  assertEquals(line.root_pid, pid);
  assertGreater(processes.length, 1);
});

Deno.test("procline --name and --unit say that there is no such thing", async () => {
  const named = await runProcline(["--name", "no such"]);
  assertEquals(
    [named.code, named.stderr],
    [1, 'procline: Cannot sample "no such": no process has this name\n'],
  );
  const unit = await runProcline(["--unit", "no such"]);
  assertEquals(unit.code, 1);
  assert(
    unit.stderr.startsWith('procline: Cannot sample the unit "no such": '),
  );
  const hinted = await runProcline(["--pid", "nginx"]);
  assertEquals(hinted.code, 2);
  assert(hinted.stderr.includes("--name takes a name"), hinted.stderr);
});
