import { assert, assertEquals } from "@std/assert";
import { events } from "../../src/collect/events.ts";
import { CHILD, processOf, ROOT, Stage } from "../support/stage.ts";

Deno.test("events reports starts, execs, new parents and ends", () => {
  const stage = new Stage([ROOT, CHILD, { pid: 12, ppid: 11 }], {
    collect: [events()],
  });
  const starts = stage.after(0).events;
  assertEquals(starts.map(({ kind, pid }) => [kind, pid]), [
    ["start", 10],
    ["start", 11],
    ["start", 12],
  ]);
  const [start] = starts;
  assert(start?.kind === "start");
  assertEquals([start.cmdline, start.uid], [["prog", "--fast"], 7]);
  // The wall clock stands at 1,000 s, 10 s after boot; the process started 1 s after boot.
  assertEquals(start.startedAt, new Date(991_000).toISOString());

  stage.fs.end(11);
  stage.fs.change(10, { exe: "/bin/new", addresses: 8192, cutime: 3 });
  stage.fs.change(12, { ppid: 1 });
  assertEquals(stage.after(1).events, [
    {
      kind: "exit",
      pid: 11,
      ppid: 10,
      startTicks: 100,
      exe: "prog",
      comm: "prog",
      cmdline: ["prog", "--fast"],
      cmdlineTruncated: false,
      lifetimeSeconds: 10,
      userCpuSecondsTotal: 0,
      kernelCpuSecondsTotal: 0,
      childrenUserCpuSecondsTotal: 0,
      childrenKernelCpuSecondsTotal: 0,
      peakRssBytes: 409_600,
    },
    {
      kind: "exec",
      pid: 10,
      startTicks: 100,
      exe: "new",
      previousExe: "prog",
      comm: "prog",
    },
    {
      kind: "reparented",
      pid: 12,
      startTicks: 100,
      ppid: 1,
      previousPpid: 11,
    },
  ]);
});

Deno.test("events knows of an ended process the arguments of its last program", () => {
  const stage = new Stage([ROOT, CHILD], { collect: [events()] });
  stage.after(0);
  stage.fs.write("/proc/11/cmdline", "cc\0a.c\0");
  stage.fs.change(11, { exe: "/usr/bin/cc", comm: "cc", addresses: 8192 });
  stage.after(1);
  stage.fs.end(11);
  const [exit] = stage.after(1).events;
  assert(exit?.kind === "exit");
  assertEquals([exit.exe, exit.cmdline], ["cc", ["cc", "a.c"]]);
  assertEquals(exit.unreadable, undefined);
});

Deno.test("events says why it knows no arguments of an ended process", () => {
  for (
    const [state, reason] of [["Z", "zombie"], ["R", "executing"]] as const
  ) {
    const stage = new Stage([ROOT, { ...CHILD, state }], {
      collect: [events()],
    });
    stage.fs.write("/proc/11/cmdline", "");
    stage.after(0);
    stage.fs.end(11);
    const [exit] = stage.after(1).events;
    assert(exit?.kind === "exit");
    assertEquals([exit.cmdline, exit.unreadable?.cmdline], [null, reason]);
  }
});

Deno.test("events does not take a renamed program for another one", () => {
  const stage = new Stage([ROOT], { collect: [events()] });
  stage.after(0);
  stage.fs.change(10, { exe: "/usr/bin/renamed" });
  for (let i = 0; i < 40; i++) assertEquals(stage.after(1).events, []);
  assertEquals(processOf(stage.after(1), 10).exe, "renamed");
});

Deno.test("events knows the most memory that a process has shown", () => {
  const stage = new Stage([ROOT, { ...CHILD, residentPages: 300 }], {
    collect: [events()],
  });
  stage.after(0);
  stage.fs.change(11, { residentPages: 100 });
  stage.after(1);
  stage.fs.end(11);
  const [exit] = stage.after(1).events;
  assert(exit?.kind === "exit");
  assertEquals(exit.peakRssBytes, 300 * 4096);
});

Deno.test("events knows no date of a start if the time since boot cannot be read", () => {
  const stage = new Stage([ROOT], { collect: [events()] });
  stage.fs.write("/proc/uptime", { error: "denied" });
  stage.clock.pass(0);
  const [start] = stage.sampler.sample().events;
  assert(start?.kind === "start");
  assertEquals([start.startedAt, start.unreadable?.startedAt], [
    null,
    "denied",
  ]);
});
