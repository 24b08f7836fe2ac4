import { assertEquals } from "@std/assert";
import { ProcReadError } from "../../src/errors.ts";
import { ProcessList } from "../../src/tree/process_list.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { FakeProc } from "../support/fake_proc.ts";

/** A list on a procfs with two processes, and how often /proc was listed. */
class Stage {
  readonly fs: FakeProc;
  readonly list: ProcessList;
  listings = 0;

  constructor(
    options: { readonly keep?: boolean; readonly fs?: FakeProc } = {},
  ) {
    this.fs = options.fs ?? new FakeProc();
    this.fs.start({ pid: 10 });
    this.fs.start({ pid: 11 });
    this.fs.onRead = (path) => {
      if (path === "/proc") this.listings++;
    };
    const { keep = true } = options;
    this.list = new ProcessList(new ProcReader(this.fs), {
      mayCount: true,
      showsAll: keep,
      hasOwnLoadavg: true,
      mayLookUp: true,
    });
  }

  pids(): number[] {
    return [...this.list.read().pids];
  }
}

Deno.test("ProcessList lists the names that are numbers", () => {
  const { list } = new Stage();
  assertEquals(list.read(), { pids: new Set([10, 11]), reason: null });
});

Deno.test("ProcessList keeps its list while no task is created", () => {
  const stage = new Stage();
  assertEquals([stage.pids(), stage.pids()], [[10, 11], [10, 11]]);
  assertEquals(stage.listings, 1);
  stage.fs.start({ pid: 12 });
  assertEquals([stage.pids(), stage.listings], [[10, 11, 12], 2]);
});

Deno.test("ProcessList lists again if a task that is not a process was created", () => {
  const stage = new Stage();
  stage.pids();
  stage.fs.created(2000);
  assertEquals([stage.pids(), stage.listings], [[10, 11], 2]);
});

Deno.test("ProcessList finds the next time what comes after the listing", () => {
  const stage = new Stage();
  stage.fs.onRead = (path) => {
    if (path === "/proc") stage.fs.created(1003);
  };
  stage.pids();
  stage.fs.start({ pid: 12 });
  assertEquals(stage.pids(), [10, 11, 12]);
});

Deno.test("ProcessList.drop() takes a process off a list that was kept, and off no other", () => {
  const stage = new Stage();
  stage.pids();
  stage.fs.end(11);
  assertEquals(stage.list.drop(11), false);
  assertEquals(stage.pids(), [10, 11]);
  assertEquals(stage.list.drop(11), true);
  assertEquals(stage.pids(), [10]);
});

for (
  const [why, prepare] of [
    [
      "there is no /proc/stat",
      (fs) => fs.write("/proc/stat", { error: "gone" }),
    ],
    ["it tells of no tasks", (fs) => fs.write("/proc/stat", "cpu  1 2 3 4\n")],
    ["it is cut", (fs) => fs.write("/proc/stat", "cpu  1\nprocesses 10")],
    ["fewer were created than there are", (fs) => fs.created(1)],
  ] satisfies [string, (fs: FakeProc) => void][]
) {
  Deno.test(`ProcessList lists each time if ${why}`, () => {
    const stage = new Stage();
    prepare(stage.fs);
    stage.pids();
    stage.pids();
    assertEquals(stage.listings, 2);
  });
}

Deno.test("ProcessList lists each time if it is not to keep a list", () => {
  const stage = new Stage({ keep: false });
  stage.pids();
  stage.pids();
  assertEquals(stage.listings, 2);
});

Deno.test("ProcessList says why there may be others, and keeps no such list", () => {
  const stage = new Stage();
  stage.fs.readDir = () => {
    throw new ProcReadError("/proc", { reason: "failed", detail: "the test" });
  };
  assertEquals(stage.list.read(), {
    pids: new Set<number>(),
    reason: "failed",
  });
  Reflect.deleteProperty(stage.fs, "readDir");
  assertEquals(stage.pids(), [10, 11]);
});

Deno.test("ProcessList lists again after 32 uses, and for ever each time if the count had missed a process", () => {
  const stage = new Stage();
  stage.pids();
  stage.fs.start({ pid: 12 });
  stage.fs.created(1002);
  for (let use = 0; use < 32; use++) assertEquals(stage.pids(), [10, 11]);
  assertEquals([stage.pids(), stage.listings], [[10, 11, 12], 2]);
  stage.fs.start({ pid: 13 });
  stage.fs.created(1002);
  assertEquals([stage.pids(), stage.listings], [[10, 11, 12, 13], 3]);
});

Deno.test("ProcessList goes on to keep its list if a process came while it was listed again", () => {
  const stage = new Stage();
  for (let use = 0; use < 33; use++) stage.pids();
  stage.fs.onRead = (path) => {
    if (path === "/proc") stage.fs.start({ pid: 12 });
  };
  assertEquals(stage.pids(), [10, 11, 12]);
  stage.fs.onRead = (path) => {
    if (path === "/proc") stage.listings++;
  };
  stage.listings = 0;
  stage.pids();
  stage.pids();
  assertEquals(stage.listings, 1);
});

Deno.test("ProcessList lists again if there are fewer tasks, as children may have other parents", () => {
  const fs = new FakeProc();
  fs.write("/proc/self/status", "NSpid:\t9\n");
  fs.write("/proc/loadavg", "0.00 0.00 0.00 1/3 11\n");
  const stage = new Stage({ fs });
  assertEquals([stage.pids(), stage.pids(), stage.listings], [
    [10, 11],
    [10, 11],
    1,
  ]);
  fs.end(11);
  fs.write("/proc/loadavg", "0.00 0.00 0.00 1/2 11\n");
  assertEquals([stage.pids(), stage.listings], [[10], 2]);
});
