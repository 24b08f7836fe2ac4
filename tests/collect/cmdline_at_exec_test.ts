import { assertEquals } from "@std/assert";
import { cmdlineAtExec } from "../../src/collect/cmdline_at_exec.ts";
import { type FakeProcess, statText } from "../support/fake_proc.ts";
import { processOf, ROOT, Stage } from "../support/stage.ts";

/** A tree with the collector, and how often the arguments of its root were read. */
class Reading {
  readonly stage: Stage;

  constructor(root: Partial<FakeProcess> = {}) {
    this.stage = new Stage([{ ...ROOT, ...root }], {
      collect: [cmdlineAtExec()],
    });
  }

  get reads(): number {
    return this.stage.fs.reads.filter((path) => path === "/proc/10/cmdline")
      .length;
  }

  /** The arguments of the root, or why there are none, a second later. */
  next(): string {
    const { cmdline, unreadable } = processOf(this.stage.after(1), 10);
    return cmdline?.join(" ") ?? `${unreadable?.cmdline}`;
  }

  rename(title: string): void {
    this.stage.fs.write("/proc/10/cmdline", title);
  }
}

Deno.test("cmdline_at_exec reads arguments once: a new title is not seen", () => {
  const reading = new Reading();
  assertEquals(reading.next(), "prog --fast");
  reading.rename("prog: busy\0");
  for (let i = 0; i < 100; i++) {
    reading.stage.fs.change(10, { utime: i });
    assertEquals(reading.next(), "prog --fast");
  }
  assertEquals(reading.reads, 1);
});

for (
  const [what, change] of [
    ["moved its stack", { addresses: 8192 }],
    ["another name", { comm: "other" }],
  ] as const
) {
  Deno.test(`cmdline_at_exec reads arguments again of a process with ${what}`, () => {
    const reading = new Reading();
    reading.next();
    reading.stage.fs.change(10, change);
    reading.rename("other\0--slow\0");
    assertEquals(reading.next(), "other --slow");
    assertEquals(reading.next(), "other --slow");
    assertEquals(reading.reads, 2);
  });
}

Deno.test("cmdline_at_exec keeps the arguments of a process that is about to end", () => {
  const reading = new Reading();
  reading.next();
  reading.rename("");
  // Without memory it has neither a program nor a stack.
  reading.stage.fs.change(10, {
    addresses: 0,
    sizePages: 0,
    exe: { error: "gone" },
  });
  assertEquals(reading.next(), "prog --fast");
  reading.stage.fs.change(10, { state: "Z" });
  assertEquals(reading.next(), "prog --fast");
});

Deno.test("cmdline_at_exec reads again what was not there yet", () => {
  const reading = new Reading();
  reading.rename("");
  assertEquals(reading.next(), "executing");
  reading.rename("prog\0");
  assertEquals(reading.next(), "prog");
});

Deno.test("cmdline_at_exec asks a kernel thread once, and keeps what a zombie was", () => {
  const kernel = new Reading({ flags: 0x200000, addresses: 0, sizePages: 0 });
  kernel.rename("");
  for (let i = 0; i < 100; i++) assertEquals(kernel.next(), "kernel_thread");
  assertEquals(kernel.reads, 1);

  const reading = new Reading();
  reading.next();
  reading.stage.fs.change(10, { state: "Z", addresses: 0, sizePages: 0 });
  reading.rename("");
  assertEquals(reading.next(), "prog --fast");
});

Deno.test("cmdline_at_exec reads again, in one of 32 samples, of a process that hides its addresses", () => {
  const reading = new Reading();
  // Where the stack starts is 0 for whoever may not trace the process.
  const stat = statText(ROOT).replace(" 4996 ", " 0 ");
  reading.stage.fs.write("/proc/10/stat", stat);
  for (let i = 0; i < 64; i++) reading.next();
  assertEquals(reading.reads, 3);
  reading.rename("other\0");
  const seen = new Set(Array.from({ length: 32 }, () => reading.next()));
  assertEquals([...seen], ["prog --fast", "other"]);
});

Deno.test("cmdline_at_exec reads the arguments of a process that takes over a pid", () => {
  const reading = new Reading();
  reading.next();
  const { fs } = reading.stage;
  fs.start({ pid: 11, ppid: 10 });
  const of11 = () => processOf(reading.stage.after(1), 11).cmdline?.join(" ");
  assertEquals(of11(), "prog --fast");
  fs.end(11);
  fs.start({ pid: 11, ppid: 10, starttime: 900 });
  fs.write("/proc/11/cmdline", "another\0");
  assertEquals(of11(), "another");
});
