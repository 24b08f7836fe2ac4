import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
} from "@std/assert";
import { events } from "../../src/collect/events.ts";
import { io } from "../../src/collect/io.ts";
import { smaps } from "../../src/collect/smaps.ts";
import type { Collector } from "../../src/collect/collector.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { Sample } from "../../src/model/sample.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { FakeProc } from "../support/fake_proc.ts";
import { IDLE } from "../support/stage.ts";

const CHILDREN = 99;
const IO = "rchar: 9\nwchar: 8\nsyscr: 7\nsyscw: 6\nread_bytes: 5\n" +
  "write_bytes: 4\ncancelled_write_bytes: 3\n";

/** A sampler of a root with 99 children whose every read takes a hundredth of a second. */
class SlowHost {
  readonly fs = new FakeProc();
  readonly clock = new ManualClock({ epochMs: 1_000_000, monotonicMs: 5000 });
  readonly sampler: Sampler;

  constructor(collect: readonly Collector[] = []) {
    for (let pid = 10; pid <= 10 + CHILDREN; pid++) {
      this.fs.start({ pid, ppid: pid === 10 ? 1 : 10, utime: pid });
      this.fs.write(`/proc/${pid}/io`, IO);
      this.fs.write(`/proc/${pid}/smaps`, "");
    }
    this.fs.uptime(10);
    this.sampler = new Sampler({
      pid: 10,
      fs: this.fs,
      clock: this.clock,
      collect,
    }, { selfUsage: IDLE });
    this.fs.reads.length = 0;
    this.fs.onRead = () => this.clock.pass(0.01);
  }

  /** How many files of this name were read. */
  count(name: string): number {
    return this.fs.reads.filter((path) => path.endsWith(`/${name}`)).length;
  }
}

/** Counts the turns that the program has until `work` is done. */
async function turnsDuring(
  work: Promise<unknown>,
  onTurn: () => void = () => {},
): Promise<number> {
  let turns = 0;
  let isOver = false;
  const over = () => isOver = true;
  work.then(over, over);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve));
    if (isOver) return turns;
    turns++;
    onTurn();
  }
}

Deno.test("sampler.samples() gives way while it reads processes, and smaps, but not in its sweep", async () => {
  const host = new SlowHost([smaps()]);
  const read: [number, number, number][] = [];

  const taking = Array.fromAsync(host.sampler.samples({ count: 1 }));
  const turns = await turnsDuring(taking, () => {
    read.push([host.count("stat"), host.count("statm"), host.count("smaps")]);
  });

  // 100 statm, 100 exe and 100 smaps are 3 s; each turn is due after 50 ms and a step's rest.
  assertGreater(turns, 20);
  const stats = new Set(read.map(([stat]) => stat));
  assertEquals([...stats], [host.count("stat")], "a turn within the sweep");
  const statms = read.map(([, statm]) => statm);
  assert(Math.min(...statms) < host.count("statm"));
  assert(read.some(([, , smaps]) => smaps > 0 && smaps < 100));
  assertEquals((await taking)[0]?.processes.length, 100);
});

Deno.test("sampler.samples() gives no turn away in a sample that is short", async () => {
  const host = new SlowHost();
  host.fs.onRead = () => {};
  const samples = host.sampler.samples({ count: 1 });
  let turns = 0;
  setTimeout(() => turns++);

  await samples.next();

  assertEquals(turns, 0);
  await samples.return();
  await new Promise((resolve) => setTimeout(resolve));
});

Deno.test("sampler.samples() in turns are what sampler.sample() takes at once", async () => {
  const inTurns = new SlowHost([io(), smaps(), events()]);
  const atOnce = new SlowHost([io(), smaps(), events()]);
  // Time passes by reads alone, and each sample of either is read alike.
  const intervalMs = 10;
  const taken = await Array.fromAsync(
    inTurns.sampler.samples({ intervalMs, count: 2 }),
  );
  const [first, second] = taken;
  assertGreater(second?.tree.missedSamples, 100);

  assertEquals(first, atOnce.sampler.sample());
  assertEquals(second, atOnce.sampler.sample(second?.tree.missedSamples));
});

Deno.test("sampler.sample() within a sample of samples() finishes that one first", async () => {
  const host = new SlowHost([events()]);
  const taken: Sample[] = [];

  const taking = Array.fromAsync(host.sampler.samples({ count: 1 }));
  await turnsDuring(taking, () => {
    if (taken.length === 0) taken.push(host.sampler.sample());
  });

  const [first] = await taking;
  const [second] = taken;
  assertEquals([first?.tree.seq, second?.tree.seq], [0, 1]);
  assertEquals([first?.processes.length, second?.processes.length], [100, 100]);
  assertEquals([first?.events.length, second?.events.length], [100, 0]);
  assertEquals(host.sampler.summary.samples, 2);
});

Deno.test("sampler.samples() finishes a sample in which the signal aborts", async () => {
  const host = new SlowHost();
  const controller = new AbortController();

  const { signal } = controller;
  const taking = Array.fromAsync(host.sampler.samples({ signal }));
  await turnsDuring(taking, () => controller.abort());

  assertEquals(
    (await taking).map(({ processes }) => processes.length),
    [100],
  );
});

Deno.test("sampler.samples() drops a sample if it is told to, and counts it nowhere", async () => {
  const host = new SlowHost();
  const first = host.sampler.sample();
  const before = host.sampler.summary;
  host.fs.change(10, { utime: 500 });
  const read = host.count("statm");
  const controller = new AbortController();

  const { signal } = controller;
  const taking = Array.fromAsync(
    host.sampler.samples({ signal }, { dropped: signal }),
  );
  await turnsDuring(taking, () => controller.abort());

  assertEquals(await taking, []);
  assertEquals(host.sampler.summary, before);
  assertEquals(host.sampler.rssBytes, first.tree.rssBytes);
  assert(host.count("statm") < read + 100);
});

Deno.test("sampler.samples() throws if the sampler is closed within a sample", async () => {
  const host = new SlowHost();

  const taking = Array.fromAsync(host.sampler.samples({ count: 1 }));
  await turnsDuring(taking, () => host.sampler.close());

  await assertRejects(() => taking, Error, "the sampler is closed");
});

Deno.test("sampler.sampleSilentlyInTurns() gives way, and is what sampleSilently() takes at once", async () => {
  const inTurns = new SlowHost([io(), events()]);
  const atOnce = new SlowHost([io(), events()]);

  const taking = inTurns.sampler.sampleSilentlyInTurns();
  assertGreater(await turnsDuring(taking), 10);

  assertEquals(await taking, atOnce.sampler.sampleSilently());
  assertEquals(inTurns.sampler.sample(), atOnce.sampler.sample());
});

Deno.test("sampler.sampleSilentlyInTurns() drops the sample if it is told to", async () => {
  const host = new SlowHost();
  const controller = new AbortController();

  const { signal } = controller;
  const taking = host.sampler.sampleSilentlyInTurns({ dropped: signal });
  await turnsDuring(taking, () => controller.abort());

  assertEquals(await taking, null);
});
