import { assertEquals } from "@std/assert";
import { cgroupFiles } from "../../src/collect/cgroup_files.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { CgroupFigure } from "../../src/model/collected_fields.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

const GROUP = "/sys/fs/cgroup/job";

/** The figures of a group with these files. */
function figuresOf(files: Readonly<Record<string, string>>): CgroupFigure[] {
  const fs = new MemoryFs();
  fs.write(
    "/proc/self/mountinfo",
    "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
  );
  fs.addProcess({ pid: 10, files: { cgroup: "0::/job\n" } });
  for (const [name, text] of Object.entries(files)) {
    fs.write(`${GROUP}/${name}`, text);
  }
  using sampler = new Sampler({ pid: 10, collect: [cgroupFiles()], fs });
  return [...sampler.sample().cgroupFigures ?? []];
}

function figure(
  name: string,
  value: number | null,
  more: Partial<CgroupFigure> = {},
): CgroupFigure {
  return { path: "/job", name, device: null, isCounter: false, value, ...more };
}

Deno.test("cgroup_files reads a limit, a number and a list of numbers", () => {
  assertEquals(
    figuresOf({
      "memory.current": "4096\n",
      "memory.max": "max\n",
      "memory.stat": "anon 7\npgfault 9\n",
    }),
    [
      figure("memory.current", 4096),
      figure("memory.max", null),
      figure("memory.stat.anon", 7),
      figure("memory.stat.pgfault", 9, { isCounter: true }),
    ],
  );
});

Deno.test("cgroup_files tells devices apart", () => {
  assertEquals(
    figuresOf({ "io.stat": "8:0 rbytes=1\n8:16 rbytes=2\n" }),
    [
      figure("io.stat.rbytes", 1, { device: "8:0", isCounter: true }),
      figure("io.stat.rbytes", 2, { device: "8:16", isCounter: true }),
    ],
  );
});

Deno.test("cgroup_files reads pressure, and leaves out what holds no figure", () => {
  assertEquals(
    figuresOf({
      "cpu.pressure": "some avg10=1.50 avg60=0.00 avg300=0.00 total=120\n",
      "cgroup.controllers": "cpu io memory\n",
      "cpuset.cpus": "0-3\n",
    }),
    [
      figure("cpu.pressure.some.avg10", 1.5),
      figure("cpu.pressure.some.avg60", 0),
      figure("cpu.pressure.some.avg300", 0),
      figure("cpu.pressure.some.total", 120),
    ],
  );
});
