import { assertEquals } from "@std/assert";
import { CgroupMounts } from "../../src/host/cgroup_mounts.ts";
import {
  type MemoryLimitReading,
  MemoryLimits,
} from "../../src/host/memory_limits.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { type FileContent, MemoryFs } from "../../src/testing/memory_fs.ts";

const V2 = "30 1 0:26 / /cg rw - cgroup2 cgroup2 rw\n";
const V1 = "31 1 0:27 / /m rw - cgroup cgroup rw,memory\n";

/** A host of this mountinfo with these files. */
function limitOf(
  path: string,
  files: Readonly<Record<string, FileContent>>,
  { mounts = V2, hierarchy = "" } = {},
): MemoryLimitReading {
  const fs = new MemoryFs();
  fs.write("/proc/self/mountinfo", mounts);
  for (const [name, content] of Object.entries(files)) fs.write(name, content);
  const reader = new ProcReader(fs);
  const limits = new MemoryLimits(reader, new CgroupMounts(reader));
  return limits.highest({ hierarchy, path });
}

/** The files of a group of cgroup v2. */
function group(
  directory: string,
  { max, current, inactive }: {
    readonly max: string;
    readonly current: number;
    readonly inactive: number;
  },
): Record<string, string> {
  return {
    [`${directory}/memory.max`]: `${max}\n`,
    [`${directory}/memory.current`]: `${current}\n`,
    [`${directory}/memory.stat`]: `anon 1\ninactive_file ${inactive}\n`,
  };
}

Deno.test("MemoryLimits.highest() sees a limit on the parent, which a sibling has filled", () => {
  assertEquals(
    limitOf("/a.slice/b.service", {
      ...group("/cg/a.slice/b.service", {
        max: "1000",
        current: 300,
        inactive: 100,
      }),
      ...group("/cg/a.slice", { max: "2000", current: 1900, inactive: 100 }),
    }),
    // (1900 - 100) / 2000, more than (300 - 100) / 1000.
    {
      value: { path: "/a.slice", bytes: 2000, percentage: 90 },
      reason: null,
    },
  );
  assertEquals(
    limitOf("/a.slice/b.service", {
      ...group("/cg/a.slice/b.service", {
        max: "1000",
        current: 975,
        inactive: 0,
      }),
      ...group("/cg/a.slice", { max: "2000", current: 1900, inactive: 100 }),
    }).value,
    { path: "/a.slice/b.service", bytes: 1000, percentage: 97.5 },
  );
});

Deno.test("MemoryLimits.highest() tells no limit from one that it does not know", () => {
  const free = group("/cg/a", { max: "max", current: 5, inactive: 0 });
  assertEquals(limitOf("/a", free), { value: null, reason: null });
  // Without the controller there is no limit either.
  assertEquals(limitOf("/a/b", free), { value: null, reason: null });
  assertEquals(limitOf("/", {}), { value: null, reason: null });
  const limited = group("/cg/a", { max: "10", current: 5, inactive: 0 });
  for (
    const [file, content, reason] of [
      ["memory.max", { error: "denied" }, "denied"],
      ["memory.max", "lots\n", "malformed"],
      ["memory.current", { error: "gone" }, "gone"],
      ["memory.current", "max\n", "malformed"],
      ["memory.stat", { error: "denied" }, "denied"],
      ["memory.stat", "anon 5\n", "unsupported"],
      ["memory.stat", "anon 5\ninactive_file x\n", "malformed"],
    ] as const
  ) {
    assertEquals(
      limitOf("/a/b", { ...limited, [`/cg/a/${file}`]: content }),
      { value: null, reason },
    );
  }
  assertEquals(limitOf("/../x", limited).reason, "unmounted");
});

Deno.test("MemoryLimits.highest() takes a group that may have nothing for full, and knows no use below 0", () => {
  const limit = (max: string, current: number, inactive: number) =>
    limitOf("/a", group("/cg/a", { max, current, inactive })).value?.percentage;
  assertEquals(limit("0", 0, 0), 100);
  assertEquals(limit("100", 10, 20), 0);
  assertEquals(limit("1000000000000", 250_000_000_000, 0), 25);
});

/** The files of a group of cgroup v1. */
function group1(
  directory: string,
  { limit, usage, inactive = 0, lowest = limit, hierarchy = 1 }: {
    readonly limit: string;
    readonly usage: number;
    readonly inactive?: number;
    readonly lowest?: string;
    readonly hierarchy?: number;
  },
): Record<string, string> {
  return {
    [`${directory}/memory.limit_in_bytes`]: `${limit}\n`,
    [`${directory}/memory.usage_in_bytes`]: `${usage}\n`,
    [`${directory}/memory.use_hierarchy`]: `${hierarchy}\n`,
    [`${directory}/memory.stat`]:
      `inactive_file 7\nhierarchical_memory_limit ${lowest}\ntotal_inactive_file ${inactive}\n`,
  };
}

const FREE = "9223372036854771712";
const IN_V1 = { mounts: V1, hierarchy: "memory" };

Deno.test("MemoryLimits.highest() reads cgroup v1, also with large pages and old kernels", () => {
  for (const free of [FREE, "9223372036854710272", "9223372036854775807"]) {
    const own = group1("/m/s/job", { limit: free, usage: 5, lowest: "800" });
    assertEquals(
      limitOf("/s/job", { ...own, "/m/s/job/memory.stat": "" }, IN_V1),
      {
        value: null,
        reason: null,
      },
    );
    assertEquals(
      limitOf("/s/job", {
        ...own,
        ...group1("/m/s", { limit: "800", usage: 500, inactive: 100 }),
        ...group1("/m", { limit: free, usage: 9000 }),
      }, IN_V1),
      { value: { path: "/s", bytes: 800, percentage: 50 }, reason: null },
    );
  }
});

Deno.test("MemoryLimits.highest() lets no limit of cgroup v1 hold below a group that counts itself alone", () => {
  const files = {
    ...group1("/m/s/job", { limit: "1000", usage: 100 }),
    ...group1("/m/s", { limit: "800", usage: 790, hierarchy: 0 }),
  };
  assertEquals(limitOf("/s/job", files, IN_V1).value?.percentage, 10);
  // Its own it has all the same.
  assertEquals(limitOf("/s", files, IN_V1).value?.percentage, 98.75);
});

Deno.test("MemoryLimits.highest() says that cgroup v1 has a lower limit out of sight, or no files", () => {
  const mounts = "31 1 0:27 /docker/x /m rw - cgroup cgroup rw,memory\n";
  const inside = { mounts, hierarchy: "memory" };
  const own = { limit: FREE, usage: 100 };
  const files = group1("/m", { ...own, lowest: "500" });
  assertEquals(limitOf("/docker/x", files, inside), {
    value: null,
    reason: "unmounted",
  });
  const limited = { limit: "400", usage: 100, lowest: "400" };
  assertEquals(
    limitOf("/docker/x", group1("/m", limited), inside).value,
    { path: "/docker/x", bytes: 400, percentage: 25 },
  );
  assertEquals(limitOf("/docker/y", files, inside).reason, "unmounted");
  assertEquals(limitOf("/a", {}, IN_V1).reason, "unsupported");
});
