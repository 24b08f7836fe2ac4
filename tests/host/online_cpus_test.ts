import { assertEquals } from "@std/assert";
import { readHostFacts } from "../../src/host/facts.ts";
import { OnlineCpus } from "../../src/host/online_cpus.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

function onlineCpus(fs: MemoryFs): OnlineCpus {
  const reader = new ProcReader(fs);
  return new OnlineCpus(reader, readHostFacts(reader));
}

const ONLINE = "/sys/devices/system/cpu/online";

Deno.test("OnlineCpus sees CPUs go off line and on again", () => {
  const fs = new MemoryFs();
  const cpus = onlineCpus(fs);
  assertEquals(cpus.read().cpus.value, [{ first: 0, last: 3 }]);
  fs.write(ONLINE, "0,2\n");
  assertEquals(cpus.read().cpus.value, [
    { first: 0, last: 0 },
    { first: 2, last: 2 },
  ]);
  fs.write(ONLINE, "0-7\n");
  assertEquals(cpus.read().cpus.value, [{ first: 0, last: 7 }]);
});

Deno.test("OnlineCpus takes the lines of /proc/stat where sysfs is not there", () => {
  const fs = new MemoryFs();
  fs.write(ONLINE, { error: "gone" });
  fs.write("/proc/stat", "cpu  9 0 9 9\ncpu0 4\ncpu1 1\ncpu3 4\nintr 5\n");
  assertEquals(onlineCpus(fs).read().cpus.value, [
    { first: 0, last: 1 },
    { first: 3, last: 3 },
  ]);
});

Deno.test("OnlineCpus says why it knows none", () => {
  const fs = new MemoryFs();
  fs.write(ONLINE, { error: "denied" });
  assertEquals(onlineCpus(fs).read().cpus.reason, "denied");
});
