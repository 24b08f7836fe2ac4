import { assertEquals } from "@std/assert";
import { ProcReadError } from "../../src/errors.ts";
import { CpuQuota, readCpuQuota } from "../../src/host/cpu_quota.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { CountingFs } from "../support/counting_fs.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

/** What is read of a group with these files. */
function quotaOf(hierarchy: string, files: Readonly<Record<string, string>>) {
  const fs = new MemoryFs();
  for (const [name, text] of Object.entries(files)) {
    fs.write(`/c/${name}`, text);
  }
  return readCpuQuota(new ProcReader(fs), "/c", hierarchy);
}

const NO_LIMIT = { value: null, reason: null };

Deno.test("readCpuQuota() divides the quota by the period, a fraction stays one", () => {
  assertEquals(quotaOf("", { "cpu.max": "150000 100000\n" }).value, 1.5);
  assertEquals(quotaOf("", { "cpu.max": "max 100000\n" }), NO_LIMIT);
  const quota = { "cpu.cfs_quota_us": "5000\n" };
  assertEquals(
    quotaOf("cpu", { ...quota, "cpu.cfs_period_us": "20000\n" }).value,
    0.25,
  );
  assertEquals(quotaOf("cpu", quota).reason, "gone");
});

Deno.test("readCpuQuota() needs no period of a group of cgroup v1 without a quota", () => {
  assertEquals(quotaOf("cpu", { "cpu.cfs_quota_us": "-1\n" }), NO_LIMIT);
});

Deno.test("cpuQuota.read() opens its files once, and those of a group that was made anew", () => {
  const memory = new MemoryFs();
  let isRemoved = false;
  const fs = new CountingFs(memory, () => {
    if (!isRemoved) return;
    isRemoved = false;
    throw new ProcReadError("/c/cpu.max", { reason: "gone", detail: "ENODEV" });
  });
  const quota = new CpuQuota(new ProcReader(fs), "/c", "");
  assertEquals(quota.read().reason, "gone");
  memory.write("/c/cpu.max", "100000 100000\n");
  assertEquals(quota.read().value, 1);
  memory.write("/c/cpu.max", "50000 100000\n");
  assertEquals(quota.read().value, 0.5);
  assertEquals(fs.numOpened, 1);
  memory.write("/c/cpu.max", "25000 100000\n");
  isRemoved = true;
  assertEquals(quota.read().value, 0.25);
  assertEquals([fs.numOpened, fs.numOpen], [2, 1]);
  quota.close();
  assertEquals(fs.numOpen, 0);
});
