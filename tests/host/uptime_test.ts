import { assertEquals } from "@std/assert";
import { readHostFacts } from "../../src/host/facts.ts";
import { ageAt, BootUptime } from "../../src/host/uptime.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { MemoryFs, statText } from "../../src/testing/memory_fs.ts";

const LXCFS =
  "400 300 0:50 /proc/uptime /proc/uptime rw,nosuid - fuse.lxcfs lxcfs rw\n";
const PROC = "22 1 0:21 / /proc rw - proc proc rw\n";

/** A container whose init started 5,000.25 s after boot, and procline 6,000.5 s after. */
function container(options: { readonly lxcfs: boolean }): MemoryFs {
  const fs = new MemoryFs();
  fs.write("/proc/self/mountinfo", options.lxcfs ? PROC + LXCFS : PROC);
  fs.addProcess({ pid: 1, ppid: 0, startSeconds: 5000.25 });
  fs.write("/proc/self/stat", statText({ pid: 7, startSeconds: 6000.5 }));
  return fs;
}

function read(fs: MemoryFs) {
  const reader = new ProcReader(fs);
  return new BootUptime(reader, readHostFacts(reader)).read();
}

Deno.test("BootUptime takes the kernel's time since boot", () => {
  const fs = new MemoryFs();
  fs.write("/proc/uptime", "7921.84 31403.12\n");
  assertEquals(read(fs), { value: 7921.84, reason: null, errorSeconds: 0 });
});

Deno.test("BootUptime adds the start of the container's init where lxcfs counts from it", () => {
  const fs = container({ lxcfs: true });
  fs.write("/proc/uptime", "1000.50 900.00\n");
  assertEquals(read(fs).value, 6000.75);
});

Deno.test("BootUptime does so too in a container that is older than this program's start", () => {
  const fs = container({ lxcfs: true });
  fs.write("/proc/uptime", "86400.50 900.00\n");
  assertEquals(read(fs).value, 91400.75);
});

Deno.test("BootUptime does so without a mount of lxcfs if this program would start in the future", () => {
  const fs = container({ lxcfs: false });
  fs.write("/proc/uptime", "1000.50 900.00\n");
  assertEquals(read(fs).value, 6000.75);
});

Deno.test("BootUptime adds nothing where lxcfs shows the host's own time, to the host's own init", () => {
  const fs = container({ lxcfs: true });
  fs.addProcess({ pid: 1, ppid: 0, startSeconds: 0 });
  fs.write("/proc/uptime", "7000.00 900.00\n");
  assertEquals(read(fs).value, 7000);
});

for (const text of ["1000.0 900.0\n", "1000 900\n"]) {
  Deno.test(`BootUptime knows ${text.trim()} of an older lxcfs to a second`, () => {
    const fs = container({ lxcfs: true });
    fs.write("/proc/uptime", text);
    // Both the time and the start were cut: 6,000 of 6,000.25 to 6,001.
    assertEquals(read(fs), { value: 6000, reason: null, errorSeconds: 1 });
  });
}

for (
  const [what, prepare] of [
    ["init's stat may not be read", (fs) => {
      fs.write("/proc/1/stat", { error: "denied" });
    }],
    ["init is not in sight", (fs) => fs.removeProcess(1)],
    ["this program would still start in the future", (fs) => {
      fs.addProcess({ pid: 1, ppid: 0, startSeconds: 40 });
    }],
  ] satisfies [string, (fs: MemoryFs) => void][]
) {
  Deno.test(`BootUptime does not know the time since boot in a container if ${what}`, () => {
    const fs = container({ lxcfs: true });
    fs.write("/proc/uptime", "1000.50 900.00\n");
    prepare(fs);
    assertEquals([read(fs).value, read(fs).reason], [null, "clock"]);
  });
}

Deno.test("BootUptime says why the file cannot be read", () => {
  const fs = new MemoryFs();
  fs.write("/proc/uptime", { error: "denied" });
  assertEquals(read(fs).reason, "denied");
  fs.write("/proc/uptime", "soon\n");
  assertEquals(read(fs).reason, "malformed");
});

Deno.test("ageAt() knows no age of a process that starts in the future", () => {
  assertEquals(ageAt(10, 250, 100), { value: 7.5, reason: null });
  assertEquals(ageAt(10, 1001, 100), { value: 0, reason: null });
  // 100 - 100.01 is less than -0.01 in floating point.
  assertEquals(ageAt(100, 10001, 100), { value: 0, reason: null });
  assertEquals(ageAt(10, 1002, 100), { value: null, reason: "clock" });
});
