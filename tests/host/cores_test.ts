import { assertEquals } from "@std/assert";
import { CgroupMounts } from "../../src/host/cgroup_mounts.ts";
import { CpuLimits } from "../../src/host/cores.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { CountingFs } from "../support/counting_fs.ts";

const ROOT = "24 1 0:20 / / rw - overlay overlay rw\n";
const HIERARCHY = "30 24 0:26 / /cg rw - cgroup2 cgroup rw\n";
/** Another part of it on top, where a path leads to another group. */
const ON_TOP = "31 30 0:26 /y /cg rw - cgroup2 cgroup rw\n";

Deno.test("cpuLimits.lower() opens what the paths of its groups lead to once mounts have changed", () => {
  const memory = new MemoryFs();
  memory.write("/proc/self/mountinfo", ROOT + HIERARCHY);
  memory.write("/cg/x/cpu.max", "100000 100000\n");
  const fs = new CountingFs(memory);
  const reader = new ProcReader(fs);
  const mounts = new CgroupMounts(reader);
  const limits = new CpuLimits(reader, mounts);
  const lower = () => {
    mounts.refresh();
    return limits.lower(8, ["/cg/x"], "").value;
  };
  assertEquals([lower(), lower(), fs.numOpened], [1, 1, 1]);
  memory.write("/proc/self/mountinfo", ROOT + HIERARCHY + ON_TOP);
  memory.write("/cg/x/cpu.max", "50000 100000\n");
  assertEquals([lower(), lower()], [0.5, 0.5]);
  assertEquals([fs.numOpened, fs.numOpen], [2, 1]);
  limits.close();
  assertEquals(fs.numOpen, 0);
});
