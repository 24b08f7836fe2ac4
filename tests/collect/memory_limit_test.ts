import { assertEquals } from "@std/assert";
import { cgroup } from "../../src/collect/cgroup.ts";
import { memoryLimit } from "../../src/collect/memory_limit.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc } from "../support/fake_proc.ts";

const MIB = 1024 ** 2;
const VERSION_2 = "30 1 0:26 / /c rw - cgroup2 cgroup2 rw\n";
const VERSION_1 = "31 1 0:31 / /c rw - cgroup cgroup rw,memory\n";
const SERVICE = "/a.slice/b.service";

/** The root, of id 10, has a child. Their service uses 120 MiB; its slice 320 of 400 MiB. */
function hostWith(mounts: string): FakeProc {
  const fs = new FakeProc();
  fs.write("/proc/self/mountinfo", mounts);
  const version1 = mounts === VERSION_1;
  const entries = version1 ? `8:memory:${SERVICE}\n` : `0::${SERVICE}\n`;
  fs.start({ pid: 10, ppid: 1 });
  fs.start({ pid: 11, ppid: 10 });
  fs.write("/proc/10/cgroup", entries);
  // Another limit holds for the child: it is not the tree's.
  fs.write("/proc/11/cgroup", entries.replace(SERVICE, "/small"));
  const group = (path: string, used: number, limit: number | null) => {
    const write = (file: string, text: string) =>
      fs.write(`/c${path}/${file}`, `${text}\n`);
    write("cgroup.procs", path === SERVICE ? "10\n11" : "");
    write(
      version1 ? "memory.limit_in_bytes" : "memory.max",
      limit === null
        ? version1 ? "9223372036854771712" : "max"
        : `${limit * MIB}`,
    );
    write(
      version1 ? "memory.usage_in_bytes" : "memory.current",
      `${(used + 40) * MIB}`,
    );
    write("memory.stat", `inactive_file 1\ntotal_inactive_file ${40 * MIB}`);
    if (version1) return;
    write("memory.stat", `inactive_file ${40 * MIB}`);
  };
  group("/a.slice", 320, 400);
  group(SERVICE, 120, null);
  group("/small", 9, 10);
  return fs;
}

/** What the tree's line has of the limit with each of the two collectors. */
function limitsOf(
  fs: FakeProc,
  root: ConstructorParameters<typeof Sampler>[0],
): unknown[] {
  return [memoryLimit(), cgroup()].map((collector) => {
    using sampler = new Sampler({ ...root, collect: [collector], fs });
    const { tree } = sampler.sample();
    return [
      tree.memoryLimitPercentage,
      tree.memoryLimitBytes,
      tree.memoryLimitCgroup,
      tree.unreadable?.memoryLimitPercentage,
    ];
  });
}

for (
  const [version, mounts] of [["v2", VERSION_2], ["v1", VERSION_1]] as const
) {
  for (
    const root of [{ pid: 10 }, { cgroup: "/c/a.slice/b.service" }] as const
  ) {
    Deno.test(`memory_limit finds the limit of a parent of ${JSON.stringify(root)} in cgroup ${version}, as cgroup does`, () => {
      const limit = [80, 400 * MIB, "/a.slice", undefined];
      assertEquals(limitsOf(hostWith(mounts), root), [limit, limit]);
    });
  }

  Deno.test(`memory_limit takes a child in cgroup ${version} by its own group`, () => {
    const limit = [90, 10 * MIB, "/small", undefined];
    assertEquals(limitsOf(hostWith(mounts), { pid: 11 }), [limit, limit]);
  });

  Deno.test(`memory_limit takes all processes for those of the group / of cgroup ${version}`, () => {
    const fs = hostWith(mounts);
    const free = [null, null, null, undefined];
    if (version === "v1") {
      fs.write("/c/memory.limit_in_bytes", "9223372036854771712\n");
    }
    assertEquals(limitsOf(fs, { all: true }), [free, free]);
    // As the root of a container's own cgroup namespace.
    const [max, current] = version === "v2"
      ? ["memory.max", "memory.current"]
      : ["memory.limit_in_bytes", "memory.usage_in_bytes"];
    fs.write(`/c/${max}`, `${1000 * MIB}\n`);
    fs.write(`/c/${current}`, `${500 * MIB}\n`);
    fs.write("/c/memory.stat", "inactive_file 0\ntotal_inactive_file 0\n");
    const limit = [50, 1000 * MIB, "/", undefined];
    assertEquals(limitsOf(fs, { all: true }), [limit, limit]);
  });
}

Deno.test("memory_limit says why a limit is not known", () => {
  const reasonAfter = (change: (fs: FakeProc) => void) => {
    const fs = hostWith(VERSION_2);
    change(fs);
    return limitsOf(fs, { pid: 10 });
  };
  const unknown = (reason: string) => [null, null, null, reason];
  const denied = { error: "denied" } as const;
  assertEquals(
    reasonAfter((fs) => fs.write("/c/a.slice/memory.max", denied)),
    [unknown("denied"), unknown("denied")],
  );
  assertEquals(
    reasonAfter((fs) => fs.write("/proc/10/cgroup", denied)),
    [unknown("denied"), unknown("denied")],
  );
  assertEquals(
    reasonAfter((fs) =>
      fs.write("/proc/self/mountinfo", "20 1 0:20 / / rw - ext4 /dev/vda rw\n")
    ),
    [unknown("unmounted"), unknown("unmounted")],
  );
  assertEquals(
    reasonAfter((fs) => fs.write("/c/a.slice/memory.max", "some\n")),
    [unknown("malformed"), unknown("malformed")],
  );
});

Deno.test("memory_limit follows a root that moves, and keeps the group of one that has become a zombie", () => {
  const fs = hostWith(VERSION_2);
  using sampler = new Sampler({ pid: 10, collect: [memoryLimit()], fs });
  const limit = () => sampler.sample().tree.memoryLimitCgroup;
  assertEquals(limit(), "/a.slice");
  fs.write("/proc/10/cgroup", "0::/small\n");
  assertEquals(limit(), "/small");
  fs.change(10, { state: "Z" });
  fs.write("/proc/10/cgroup", "0::/\n");
  assertEquals(limit(), "/small");
});

Deno.test("memory_limit reads the cgroup of the root alone", () => {
  const fs = hostWith(VERSION_2);
  using sampler = new Sampler({ pid: 10, collect: [memoryLimit()], fs });
  sampler.sample();
  fs.reads.length = 0;
  sampler.sample();
  assertEquals(fs.reads.includes("/proc/10/cgroup"), true);
  assertEquals(fs.reads.includes("/proc/11/cgroup"), false);
  assertEquals(
    fs.reads.filter((path) => path.startsWith("/c/") && path.includes("memory"))
      .sort(),
    [
      "/c/a.slice/b.service/memory.max",
      "/c/a.slice/memory.current",
      "/c/a.slice/memory.max",
      "/c/a.slice/memory.stat",
      "/c/memory.max",
    ],
  );
});
