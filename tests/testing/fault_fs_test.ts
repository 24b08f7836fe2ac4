import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProcReadError } from "../../src/errors.ts";
import {
  FAULT_KINDS,
  FaultFs,
  type FaultFsOptions,
} from "../../src/testing/fault_fs.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc, statText } from "../support/fake_proc.ts";

/** A host with one process, its reads numbered from 1. */
function faulty(options: FaultFsOptions): FaultFs {
  const fs = new FakeProc();
  fs.start({ pid: 10 });
  return new FaultFs(fs, options);
}

function reasonOf(read: () => unknown): string {
  return assertThrows(read, ProcReadError).reason;
}

for (const kind of ["gone", "denied", "failed"] as const) {
  Deno.test(`FaultFs fails the read that was asked for as ${kind}, and no other`, () => {
    const fs = faulty({ reads: [2], kinds: [kind] });
    fs.readTextFile("/proc/uptime");
    assertEquals(reasonOf(() => fs.readTextFile("/proc/uptime")), kind);
    assertEquals(fs.readTextFile("/proc/uptime"), "10.00 0.00\n");
    assertEquals(fs.faults, [{ number: 2, path: "/proc/uptime", kind }]);
    assertEquals(fs.reads, 3);
  });
}

Deno.test("FaultFs empties a text, a list of names and bytes", () => {
  const fs = faulty({ probability: 1, kinds: ["empty"] });
  assertEquals(fs.readTextFile("/proc/uptime"), "");
  assertEquals(fs.readDir("/proc"), []);
  assertEquals(fs.readFile("/proc/self/auxv"), new Uint8Array(0));
});

Deno.test("FaultFs cuts a text at any of its bytes", () => {
  const whole = "10.00 0.00\n";
  const lengths = new Set<number>();
  for (let seed = 1; seed <= 200; seed++) {
    const fs = faulty({ reads: [1], kinds: ["cut"], seed });
    const text = fs.readTextFile("/proc/uptime");
    assert(whole.startsWith(text) && text.length < whole.length);
    lengths.add(text.length);
  }
  assertEquals(lengths.size, whole.length);
});

Deno.test("FaultFs flips one to four bits", () => {
  const whole = new TextEncoder().encode("10.00 0.00\n");
  for (let seed = 1; seed <= 200; seed++) {
    const fs = faulty({ reads: [1], kinds: ["flipped"], seed });
    const bytes = fs.readFile("/proc/uptime");
    assertEquals(bytes.length, whole.length);
    let flipped = 0;
    for (const [i, byte] of bytes.entries()) {
      for (let bits = byte ^ (whole[i] ?? 0); bits > 0; bits &= bits - 1) {
        flipped++;
      }
    }
    assert(flipped <= 4, `${flipped} bits with seed ${seed}`);
  }
});

Deno.test("FaultFs lets the same reads go wrong for the same seed, and others for another", () => {
  const faultsOf = (seed: number) => {
    const fs = faulty({ probability: 0.3, kinds: ["empty", "cut"], seed });
    for (let i = 0; i < 100; i++) fs.readTextFile("/proc/uptime");
    return fs.faults.map(({ number, kind }) => `${number} ${kind}`);
  };
  assertEquals(faultsOf(7), faultsOf(7));
  assert(faultsOf(7).join() !== faultsOf(8).join());
  // 30 of 100 are expected, 15 and 45 are more than three deviations away.
  assert(faultsOf(7).length > 15 && faultsOf(7).length < 45);
});

Deno.test("FaultFs leaves paths alone that do not match", () => {
  const matches = (path: string) => path.endsWith("/stat");
  const fs = faulty({ probability: 1, kinds: ["denied"], matches });
  assertEquals(fs.readTextFile("/proc/uptime"), "10.00 0.00\n");
  assertEquals(reasonOf(() => fs.readTextFile("/proc/10/stat")), "denied");
});

Deno.test("FaultFs fails an opening for which a damaged text is due", () => {
  for (const kind of FAULT_KINDS) {
    const fs = faulty({ reads: [1], kinds: [kind] });
    const isReason = ["gone", "denied"].includes(kind);
    assertEquals(
      reasonOf(() => fs.open("/proc/10/stat")),
      isReason ? kind : "failed",
    );
  }
});

Deno.test("FaultFs removes a process: its files are gone, open ones too, and it is not listed", () => {
  const fs = faulty({});
  const file = fs.open("/proc/10/stat");
  file.readText();
  fs.removeProcess(10);
  assertEquals(reasonOf(() => file.readText()), "gone");
  assertEquals(reasonOf(() => fs.readTextFile("/proc/10/stat")), "gone");
  assertEquals(fs.readDir("/proc").includes("10"), false);
});

Deno.test("FaultFs adds a process in the place of another, whose open files stay gone", () => {
  const fs = faulty({});
  const file = fs.open("/proc/10/stat");
  fs.addProcess(10, { stat: "new", "task/10/stat": "thread", exe: "/bin/new" });
  assertEquals(reasonOf(() => file.readText()), "gone");
  assertEquals(fs.open("/proc/10/stat").readText(), "new");
  assertEquals(fs.readLink("/proc/10/exe"), "/bin/new");
  assertEquals(fs.readDir("/proc/10/task"), ["10"]);
  assertEquals(fs.readDir("/proc").filter((name) => name === "10"), ["10"]);
  assertEquals(reasonOf(() => fs.readTextFile("/proc/10/io")), "gone");
});

Deno.test("FaultFs shows a process that it adds also to a sampler that keeps its list while the kernel has created none", () => {
  const fs = new FakeProc();
  fs.start({ pid: 10, ppid: 1 });
  fs.created(5000);
  const faulty = new FaultFs(fs);
  using sampler = new Sampler({ pid: 10, fs: faulty });
  sampler.sample();
  sampler.sample();
  faulty.addProcess(11, {
    stat: statText({ pid: 11, ppid: 10 }),
    statm: "1 1 1 1 0 1 0\n",
  });
  assertEquals(sampler.sample().tree.numProcesses, 2);
});

Deno.test("FaultFs calls back before each read, so that a process may end in mid-sweep", () => {
  const fs: FaultFs = faulty({
    onRead: ({ number, path }) => {
      if (number === 2) fs.removeProcess(10);
      assertEquals(path, "/proc/10/stat");
    },
  });
  fs.readTextFile("/proc/10/stat");
  assertEquals(reasonOf(() => fs.readTextFile("/proc/10/stat")), "gone");
});

Deno.test("FaultFs moves the time since boot back, to its start at most", () => {
  const fs = faulty({});
  fs.shiftUptime(-4);
  assertEquals(fs.readTextFile("/proc/uptime"), "6.00 0.00\n");
  fs.shiftUptime(-100);
  assertEquals(fs.readTextFile("/proc/uptime"), "0.00 0.00\n");
});
