import { assertEquals } from "@std/assert";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { GivenPids, isInRange } from "../../src/tree/given_pids.ts";
import { FakeProc } from "../support/fake_proc.ts";

/** A kernel that gives out ids from 300 to 32,767, whose last one was 1,000. */
class Stage {
  readonly fs = new FakeProc();
  readonly given: GivenPids;

  constructor(
    options: { readonly isOwn?: boolean; readonly isInitial?: boolean } = {},
  ) {
    const { isOwn = true, isInitial = true } = options;
    this.fs.write("/proc/self/status", "NSpid:\t9\n");
    this.fs.write(
      "/proc/self/ns/pid",
      `pid:[${isInitial ? 4_026_531_836 : 4_026_532_000}]`,
    );
    this.fs.write("/proc/sys/kernel/pid_max", "32768\n");
    this.gives(1000);
    this.given = new GivenPids(new ProcReader(this.fs), isOwn);
    this.sweep(500);
  }

  gives(lastPid: number): void {
    this.fs.write("/proc/loadavg", `0.00 0.00 0.00 1/10 ${lastPid}\n`);
  }

  /** A sweep by which this id was given out last, and this many tasks were created. */
  after(lastPid: number, created: number) {
    this.gives(lastPid);
    this.sweep(created);
    return this.given.range;
  }

  sweep(created: number): void {
    const loadavg = this.given.readLoadavg();
    this.given.begin({ loadavg, created });
    this.given.listed(true);
  }
}

Deno.test("isInRange() leaves out the first, holds the last, and passes over the ids below 300", () => {
  const held = (after: number, upTo: number) =>
    [1, 299, 300, 400, 401, 500, 501, 32767].filter((pid) =>
      isInRange({ after, upTo }, pid)
    );
  assertEquals(held(400, 500), [401, 500]);
  assertEquals(held(400, 400), []);
  assertEquals(held(500, 300), [300, 501, 32767]);
  assertEquals(isInRange("all", 1), true);
});

Deno.test("GivenPids knows nothing at first, and then what was given out", () => {
  const stage = new Stage();
  assertEquals(stage.given.range, "all");
  assertEquals(stage.after(1005, 505), { after: 1000, upTo: 1005 });
  assertEquals(stage.after(1005, 505), { after: 1005, upTo: 1005 });
});

Deno.test("GivenPids counts the ids that go round", () => {
  // From 32,760 to 32,767 are 7, from 300 to 309 are 10: 17 tasks, and one too many.
  for (const [created, whole] of [[17, false], [18, true]] as const) {
    const stage = new Stage();
    stage.after(32_760, 32_260);
    assertEquals(
      stage.after(309, 32_260 + created),
      whole ? "all" : { after: 32_760, upTo: 309 },
    );
  }
});

Deno.test("GivenPids allows for three ids of each thread that are passed over, and no more", () => {
  // 10 threads, and one that was created: 33 ids in use, and one that was given out.
  assertEquals(new Stage().after(1034, 501), { after: 1000, upTo: 1034 });
  assertEquals(new Stage().after(1035, 501), "all");
});

Deno.test("GivenPids knows the range where a third of all ids are those of threads, and not where half are", () => {
  for (
    const [threads, range] of [
      [12_000, { after: 1000, upTo: 1002 }],
      [16_300, "all"],
    ] as const
  ) {
    const stage = new Stage();
    stage.fs.write("/proc/loadavg", `0.00 0.00 0.00 1/${threads} 1000\n`);
    stage.sweep(500);
    assertEquals(stage.after(1002, 502), range);
  }
});

Deno.test("GivenPids takes ids that tasks were refused with for given out", () => {
  assertEquals(new Stage().after(1400, 500), { after: 1000, upTo: 1400 });
});

Deno.test("GivenPids begins where it last could list", () => {
  const stage = new Stage();
  stage.gives(1003);
  stage.given.begin({ loadavg: stage.given.readLoadavg(), created: 503 });
  assertEquals(stage.given.range, { after: 1000, upTo: 1003 });
  assertEquals(stage.after(1004, 504), { after: 1000, upTo: 1004 });
});

Deno.test("GivenPids takes a new process as told whose id is about to be, and any other for a sign", () => {
  const stage = new Stage();
  stage.after(1002, 502);
  stage.gives(1004);
  stage.given.explain([1001, 1003, 990]);
  assertEquals(stage.given.range, { after: 1000, upTo: 1004 });
  stage.given.explain([936]);
  assertEquals(stage.given.range, "all");
});

Deno.test("GivenPids reads nothing that is not of this procfs", () => {
  const stage = new Stage({ isOwn: false });
  assertEquals(stage.fs.reads, []);
  assertEquals(stage.after(1001, 500), { after: 0, upTo: 0 });
  assertEquals(stage.after(1001, 501), "all");
});

Deno.test("GivenPids.idsUpTo() tells each id, how many more they are than tasks, and none if they are too many", () => {
  const stage = new Stage();
  stage.after(1003, 502);
  assertEquals(stage.given.idsUpTo(3), { ids: [1001, 1002, 1003], surplus: 1 });
  assertEquals(stage.given.idsUpTo(2), null);
  // Where nothing was given out, there is nothing that may be too much.
  stage.after(1003, 502);
  assertEquals(stage.given.idsUpTo(0), { ids: [], surplus: 0 });
  stage.after(1004, 504);
  assertEquals(stage.given.idsUpTo(9), { ids: [1004], surplus: -1 });
  // No task was created, and yet an id given out.
  stage.after(1005, 504);
  assertEquals(stage.given.idsUpTo(9), null);
});

Deno.test("GivenPids.idsUpTo() tells none in a namespace whose host creates tasks too", () => {
  const stage = new Stage({ isInitial: false });
  assertEquals(stage.after(1003, 503), { after: 1000, upTo: 1003 });
  assertEquals([stage.given.isExact, stage.given.idsUpTo(9)], [false, null]);
});

Deno.test("GivenPids.idsUpTo() goes on at 300 after the highest id", () => {
  const stage = new Stage();
  stage.after(32_765, 32_265);
  stage.after(301, 32_269);
  assertEquals(stage.given.idsUpTo(9), {
    ids: [32_766, 32_767, 300, 301],
    surplus: 0,
  });
});
