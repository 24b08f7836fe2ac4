import { assertEquals } from "@std/assert";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { io } from "../../src/collect/io.ts";
import type { Sample } from "../../src/model/sample.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc, statText } from "../support/fake_proc.ts";

/** A parent that has read 100 bytes and a child that has read 50, sampled each second. */
class Stage {
  readonly fs = new FakeProc();
  readonly #clock = new ManualClock({ epochMs: 0, monotonicMs: 0 });
  readonly #sampler: Sampler;

  constructor() {
    this.fs.start({ pid: 10, ppid: 1 });
    this.fs.start({ pid: 11, ppid: 10 });
    this.hasRead("self", 0);
    this.hasRead(10, 100);
    this.hasRead(11, 50);
    this.#sampler = new Sampler({
      pid: 10,
      collect: [io()],
      fs: this.fs,
      clock: this.#clock,
    }, { selfUsage: { cpuSeconds: () => 0, rssBytes: () => 0 } });
  }

  hasRead(pid: number | "self", bytes: number): void {
    this.fs.write(
      `/proc/${pid}/io`,
      `rchar: ${bytes}\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n`,
    );
  }

  end(pid: number): void {
    this.fs.end(pid);
    this.fs.write(`/proc/${pid}/io`, { error: "gone" });
  }

  /** Sets the page faults of the parent's reaped children, and those of the child. */
  hasFaults(ofReaped: number, ofChild: number): void {
    this.fs.write("/proc/10/stat", withFaults({ pid: 10 }, 0, ofReaped));
    this.fs.write(
      "/proc/11/stat",
      withFaults({ pid: 11, ppid: 10 }, ofChild, 0),
    );
  }

  sample(): Sample {
    this.#clock.pass(1);
    return this.#sampler.sample();
  }

  /** Takes a sample, and returns the bytes that the tree has read. */
  total(): unknown {
    return this.sample().tree.ioReadCharsBytesTotal;
  }
}

/** The `stat` of a process with these page faults. */
function withFaults(
  process: Parameters<typeof statText>[0],
  minflt: number,
  cminflt: number,
): string {
  const [name = "", rest = ""] = statText(process).split(/(?<=\)) /);
  const fields = rest.split(" ");
  return [name, ...fields.with(7, `${minflt}`).with(8, `${cminflt}`)].join(" ");
}

Deno.test("io of a child that was refused is known again once its parent has reaped it", () => {
  const stage = new Stage();
  stage.fs.write("/proc/11/io", { error: "denied" });
  stage.hasFaults(900, 60);
  assertEquals(stage.total(), null);
  stage.end(11);
  stage.fs.write("/proc/10/stat", withFaults({ pid: 10 }, 0, 960));
  stage.hasRead(10, 170);
  assertEquals([stage.total(), stage.total()], [170, 170]);
});

Deno.test("io is not known any more once a child has ended that was refused, and nobody reaped", () => {
  const stage = new Stage();
  stage.fs.write("/proc/11/io", { error: "denied" });
  stage.hasFaults(900, 60);
  assertEquals(stage.total(), null);
  stage.end(11);
  const { tree } = stage.sample();
  assertEquals(tree.ioReadCharsBytesTotal, null);
  assertEquals(stage.total(), null);
  assertEquals(stage.sample().tree.unreadable, {
    ioReadCharsBytesTotal: "denied",
    ioReadCharsBytesPerSecond: "denied",
    ioWrittenCharsBytesTotal: "denied",
    ioWrittenCharsBytesPerSecond: "denied",
    ioReadCallsTotal: "denied",
    ioWriteCallsTotal: "denied",
    ioReadBytesTotal: "denied",
    ioReadBytesPerSecond: "denied",
    ioWrittenBytesTotal: "denied",
    ioWrittenBytesPerSecond: "denied",
    ioCancelledWriteBytesTotal: "denied",
  });
});

Deno.test("io of the tree is not known while a program is refused that could be read before its exec", () => {
  const stage = new Stage();
  assertEquals(stage.total(), 150);
  stage.fs.write("/proc/11/io", { error: "denied" });
  assertEquals(stage.total(), null);
  stage.hasRead(11, 80);
  assertEquals(stage.total(), 180);
});

Deno.test("io of the tree holds what was seen of a zombie, which is refused to its own user", () => {
  const stage = new Stage();
  assertEquals(stage.total(), 150);
  stage.fs.change(11, { state: "Z", sizePages: 0, residentPages: 0 });
  stage.fs.write("/proc/11/io", { error: "denied" });
  assertEquals(stage.total(), 150);
});

Deno.test("io counts a child that is reaped between samples once", () => {
  const stage = new Stage();
  assertEquals(stage.total(), 150);
  stage.end(11);
  stage.hasRead(10, 170);
  assertEquals([stage.total(), stage.total()], [170, 170]);
});

Deno.test("io counts a child once that is reaped before its parent's io is read, in the same sample", () => {
  const stage = new Stage();
  assertEquals(stage.total(), 150);
  stage.fs.onRead = (path) => {
    if (path !== "/proc/10/io") return;
    stage.fs.onRead = () => {};
    stage.end(11);
    stage.hasRead(10, 170);
  };
  assertEquals([stage.total(), stage.total()], [170, 170]);
});

Deno.test("io counts a child once that is reaped after its parent's io is read, in the same sample", () => {
  const stage = new Stage();
  assertEquals(stage.total(), 150);
  stage.fs.onRead = (path) => {
    if (path !== "/proc/11/io") return;
    stage.fs.onRead = () => {};
    stage.end(11);
    stage.hasRead(10, 170);
  };
  assertEquals([stage.total(), stage.total()], [170, 170]);
});

Deno.test("io counts a child once that ends while its parent is read again for another one's sake", () => {
  const stage = new Stage();
  stage.fs.start({ pid: 12, ppid: 10 });
  stage.hasRead(12, 30);
  assertEquals(stage.total(), 180);
  let readings = 0;
  stage.fs.onRead = (path) => {
    // The first child ends while it is read, the other just before its parent is read a second
    // time.
    if (path === "/proc/11/io") {
      stage.end(11);
      stage.hasRead(10, 150);
    } else if (path === "/proc/10/io" && ++readings === 2) {
      stage.end(12);
      stage.hasRead(10, 180);
    }
  };
  assertEquals([stage.total(), stage.total()], [180, 180]);
});

Deno.test("io of a process that was never read and is gone leaves the tree's known", () => {
  const stage = new Stage();
  stage.total();
  stage.fs.start({ pid: 12, ppid: 10 });
  stage.fs.write("/proc/12/io", { error: "gone" });
  assertEquals(stage.total(), 150);
});

Deno.test("io is unknown if the kernel does not count it, and so is a rate until it was known twice", () => {
  const stage = new Stage();
  stage.total();
  stage.fs.start({ pid: 12, ppid: 10 });
  stage.fs.write("/proc/12/io", { error: "denied" });
  const { tree } = stage.sample();
  assertEquals(tree.ioReadCharsBytesTotal, null);
  assertEquals(tree.unreadable?.ioReadCharsBytesTotal, "denied");
  stage.hasRead(12, 0);
  assertEquals(stage.sample().tree.ioReadCharsBytesPerSecond, null);
  assertEquals(stage.sample().tree.ioReadCharsBytesPerSecond, 0);

  const without = new Stage();
  for (const pid of ["self", "10", "11"]) {
    without.fs.write(`/proc/${pid}/io`, { error: "gone" });
  }
  assertEquals(without.total(), null);
});

Deno.test("io knows no rate of a counter that fell, of the process, and says so", () => {
  const stage = new Stage();
  stage.sample();
  stage.hasRead(11, 40);
  const { processes: [, child] } = stage.sample();
  assertEquals(
    [
      child?.ioReadCharsBytesPerSecond,
      child?.unreadable?.ioReadCharsBytesPerSecond,
    ],
    [null, "counter"],
  );
  assertEquals(child?.ioWrittenCharsBytesPerSecond, 0);
});

/** A file of all seven counters, each with this value, but for some. */
function counters(
  all: number,
  others: Readonly<Record<string, number | string | null>> = {},
): string {
  return ("rchar wchar syscr syscw read_bytes write_bytes " +
    "cancelled_write_bytes").split(" ")
    .map((name) => [name, name in others ? others[name] : all])
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\n`).join("");
}

Deno.test("io loses a counter that makes no sense or is missing, and its rate, alone", () => {
  const stage = new Stage();
  stage.fs.write("/proc/10/io", counters(100));
  stage.fs.write("/proc/11/io", counters(10));
  stage.sample();
  stage.fs.write(
    "/proc/10/io",
    counters(140, { cancelled_write_bytes: -1024, read_bytes: null }),
  );
  const { processes: [root], tree } = stage.sample();
  assertEquals(root?.unreadable, {
    ioReadBytesTotal: "unsupported",
    ioReadBytesPerSecond: "unsupported",
    ioCancelledWriteBytesTotal: "malformed",
  });
  assertEquals([root?.ioReadBytesTotal, root?.ioReadBytesPerSecond], [
    null,
    null,
  ]);
  assertEquals([root?.ioWrittenBytesTotal, root?.ioWrittenBytesPerSecond], [
    140,
    40,
  ]);
  // What was known of it before stays in the sum.
  assertEquals([tree.ioReadBytesTotal, tree.ioWrittenBytesTotal], [110, 150]);
  assertEquals([tree.ioCancelledWriteBytesTotal, tree.unreadable], [110, null]);

  // The rate is over the two seconds since the counter was last known.
  stage.fs.write("/proc/10/io", counters(160));
  const again = stage.sample().processes[0];
  assertEquals([again?.ioReadBytesPerSecond, again?.ioWrittenBytesPerSecond], [
    30,
    20,
  ]);
});

Deno.test("io knows no sum of a counter that was never known of a process, and says why", () => {
  const stage = new Stage();
  stage.fs.write("/proc/10/io", counters(100));
  stage.fs.write("/proc/11/io", counters(10, { write_bytes: "?" }));
  stage.sample();
  const { tree } = stage.sample();
  assertEquals([tree.ioWrittenBytesTotal, tree.ioWrittenBytesPerSecond], [
    null,
    null,
  ]);
  assertEquals(tree.ioReadBytesTotal, 110);
  assertEquals(tree.unreadable, {
    ioWrittenBytesTotal: "malformed",
    ioWrittenBytesPerSecond: "malformed",
  });
  stage.fs.write("/proc/11/io", counters(10));
  const { tree: known } = stage.sample();
  assertEquals([known.ioWrittenBytesTotal, known.ioWrittenBytesPerSecond], [
    110,
    null,
  ]);
  assertEquals(known.unreadable, null);
});

Deno.test("io never falls if the count of a process does, and goes on from there", () => {
  const stage = new Stage();
  stage.hasRead(11, 5_000_000);
  assertEquals(stage.total(), 5_000_100);
  stage.hasRead(11, 1000);
  const fallen = stage.sample();
  const childOf = ({ processes }: Sample) =>
    processes.find(({ pid }) => pid === 11);
  assertEquals(fallen.tree.ioReadCharsBytesTotal, 5_000_100);
  assertEquals(fallen.tree.ioReadCharsBytesPerSecond, 0);
  assertEquals(childOf(fallen)?.ioReadCharsBytesTotal, 5_000_000);
  assertEquals(childOf(fallen)?.ioReadCharsBytesPerSecond, null);
  // From there it reads 300 bytes, and the parent 7.
  stage.hasRead(11, 1300);
  stage.hasRead(10, 107);
  const after = stage.sample();
  assertEquals(after.tree.ioReadCharsBytesTotal, 5_000_407);
  assertEquals(after.tree.ioReadCharsBytesPerSecond, 307);
  assertEquals(childOf(after)?.ioReadCharsBytesTotal, 5_000_300);
  assertEquals(childOf(after)?.ioReadCharsBytesPerSecond, 300);
});
