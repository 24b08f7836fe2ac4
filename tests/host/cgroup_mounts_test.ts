import { assertEquals, assertThrows } from "@std/assert";
import { RootError } from "../../src/errors.ts";
import { CgroupMounts } from "../../src/host/cgroup_mounts.ts";
import { findCgroup } from "../../src/host/cgroup_paths.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import type { MountWatch } from "../../src/kernel/proc_fs.ts";
import { FakeProc } from "../support/fake_proc.ts";

const ROOT = "29 1 8:1 / / rw - ext4 /dev/sda1 rw";
const SYSFS = "24 29 0:22 / /sys rw - sysfs sysfs rw";
const HIERARCHY =
  "30 24 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw";
/** One group, bound to a directory. */
const BOUND = "41 29 0:26 /docker/abc /own rw - cgroup2 cgroup rw";

function mounts(...lines: readonly string[]): CgroupMounts {
  const fs = new FakeProc();
  fs.write("/proc/self/mountinfo", lines.map((line) => `${line}\n`).join(""));
  return new CgroupMounts(new ProcReader(fs));
}

/** The directory of a path, or why it has none. */
function placeOf(path: string, ...lines: readonly string[]): string {
  const { directory, reason } = mounts(...lines).place(path);
  return directory ?? reason;
}

for (const order of [[BOUND, SYSFS, HIERARCHY], [SYSFS, HIERARCHY, BOUND]]) {
  const when = order[0] === BOUND ? "before" : "after";
  Deno.test(`CgroupMounts.place() takes the mount that shows most of the way, bound ${when} the hierarchy`, () => {
    const at = (path: string) => placeOf(path, ...order, ROOT);
    assertEquals(at("/docker/abc"), "/own");
    assertEquals(at("/docker/abc/below"), "/own/below");
    assertEquals(at("/docker/abcd"), "/sys/fs/cgroup/docker/abcd");
    assertEquals(at("/docker"), "/sys/fs/cgroup/docker");
    assertEquals(at("/"), "/sys/fs/cgroup");
  });
}

Deno.test("CgroupMounts.place() knows no directory of a group that no mount holds", () => {
  const at = (path: string) => placeOf(path, ROOT, BOUND);
  assertEquals(at("/docker/abc/x"), "/own/x");
  for (const path of ["/", "/docker", "/docker/def", "/x", "/../x"]) {
    assertEquals(at(path), "unmounted");
  }
  assertEquals(placeOf("/x", ROOT), "unmounted");
});

Deno.test("CgroupMounts.place() leads out of a cgroup namespace only where a mount does", () => {
  const outer = "41 29 0:26 /../.. /host rw - cgroup2 cgroup rw";
  const at = (path: string) => placeOf(path, ROOT, SYSFS, HIERARCHY, outer);
  assertEquals(at("/../.."), "/host");
  assertEquals(at("/../../other/x"), "/host/other/x");
  assertEquals(at("/x"), "/sys/fs/cgroup/x");
  // The name of the group between is not known.
  assertEquals(at("/../other"), "unmounted");
  assertEquals(at("/../../../y"), "unmounted");
  // A group may be called so.
  assertEquals(at("/..x"), "/sys/fs/cgroup/..x");
  assertEquals(at("/../../..x"), "/host/..x");
});

Deno.test("CgroupMounts.place() does not look below what covers a mount", () => {
  const at = (...lines: readonly string[]) =>
    placeOf("/x", ROOT, SYSFS, HIERARCHY, ...lines);
  assertEquals(at(), "/sys/fs/cgroup/x");
  const tmpfs = "50 30 0:40 / /sys/fs/cgroup rw - tmpfs tmpfs rw";
  assertEquals(at(tmpfs), "unmounted");
  const again = "51 50 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
  assertEquals(at(tmpfs, again), "/sys/fs/cgroup/x");
  // Above its mount point, in the file system that holds it.
  const above = "52 24 0:40 / /sys/fs rw - tmpfs tmpfs rw";
  assertEquals(at(above), "unmounted");
  // A mount below it covers one group, not the others.
  const below = "53 30 0:40 / /sys/fs/cgroup/y rw - tmpfs tmpfs rw";
  assertEquals(at(below), "/sys/fs/cgroup/x");
  // Another group that is bound over it shows its own path alone.
  const other = "54 30 0:26 /other /sys/fs/cgroup rw - cgroup2 cgroup rw";
  assertEquals(at(other), "unmounted");
  assertEquals(
    placeOf("/other/x", ROOT, SYSFS, HIERARCHY, other),
    "/sys/fs/cgroup/x",
  );
});

Deno.test("CgroupMounts.place() goes by the mounts that hold others, not by their order", () => {
  // A host that has mounted /sys before its root was moved to /, and a root of another file system.
  assertEquals(placeOf("/x", SYSFS, HIERARCHY, ROOT), "/sys/fs/cgroup/x");
  const chroot = [SYSFS.replace(" 29 ", " 7 "), HIERARCHY];
  assertEquals(placeOf("/x", ...chroot), "/sys/fs/cgroup/x");
  const covered = "60 29 0:50 / / rw - tmpfs tmpfs rw";
  assertEquals(placeOf("/x", ROOT, SYSFS, HIERARCHY, covered), "unmounted");
});

Deno.test("CgroupMounts.place() finds a hybrid host's hierarchy, and a mount point with blanks", () => {
  const v1 = "33 31 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu";
  const tmpfs = "31 24 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw";
  const unified = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
  const hybrid = [ROOT, SYSFS, tmpfs, v1, unified];
  assertEquals(placeOf("/a/b", ...hybrid), "/sys/fs/cgroup/unified/a/b");
  assertEquals(placeOf("/cpu", ROOT, SYSFS, tmpfs, v1), "unmounted");
  const blank = "41 29 0:38 /my\\040job /a\\040b rw - cgroup2 cgroup2 rw";
  assertEquals(placeOf("/my job/x", ROOT, blank), "/a b/x");
});

Deno.test("CgroupMounts.place() says why where the mounts cannot be read", () => {
  const fs = new FakeProc();
  fs.write("/proc/self/mountinfo", { error: "denied" });
  const denied = new CgroupMounts(new ProcReader(fs));
  assertEquals(denied.place("/x"), { directory: null, reason: "denied" });
  assertEquals(denied.isMounted, false);
});

Deno.test("CgroupMounts reads the mounts again once they may have changed", () => {
  const fs = new FakeProc();
  const write = (...lines: readonly string[]) =>
    fs.write("/proc/self/mountinfo", lines.map((line) => `${line}\n`).join(""));
  write(ROOT, SYSFS, HIERARCHY);
  const mounts = new CgroupMounts(new ProcReader(fs));
  assertEquals(
    mounts.place("/docker/abc").directory,
    "/sys/fs/cgroup/docker/abc",
  );
  write(ROOT, SYSFS, HIERARCHY, BOUND);
  assertEquals(
    mounts.place("/docker/abc").directory,
    "/sys/fs/cgroup/docker/abc",
  );
  mounts.refresh();
  assertEquals(mounts.place("/docker/abc").directory, "/own");
  assertEquals(
    fs.reads.filter((path) => path === "/proc/self/mountinfo").length,
    2,
  );
});

Deno.test("CgroupMounts.upwards() goes up by the path, from mount to mount", () => {
  const up = (path: string, ...lines: readonly string[]) =>
    mounts(ROOT, SYSFS, HIERARCHY, ...lines).upwards(path);
  assertEquals(up("/docker/abc/x", BOUND), [
    "/own/x",
    "/own",
    "/sys/fs/cgroup/docker",
    "/sys/fs/cgroup",
  ]);
  const outer = "41 29 0:26 /../.. /host rw - cgroup2 cgroup rw";
  assertEquals(up("/x", outer), [
    "/sys/fs/cgroup/x",
    "/sys/fs/cgroup",
    "/host",
  ]);
  assertEquals(up("/../../y", outer), ["/host/y", "/host"]);
  assertEquals(up("/"), ["/sys/fs/cgroup"]);
});

Deno.test("CgroupMounts.pathOf() is the path of what place() finds", () => {
  const all = mounts(ROOT, SYSFS, HIERARCHY, BOUND);
  for (const path of ["/", "/a", "/a/b", "/docker/abc", "/docker/abc/x"]) {
    const { directory } = all.place(path);
    assertEquals(all.pathOf(directory ?? ""), path);
  }
  assertEquals(all.pathOf("/tmp"), null);
  assertEquals(all.pathOf("/sys/fs"), null);
});

Deno.test("findCgroup() takes a directory in full, or a path in the hierarchy", () => {
  const find = (path: string) =>
    findCgroup(mounts(ROOT, SYSFS, HIERARCHY, BOUND), path);
  for (
    const path of [
      "/sys/fs/cgroup/a/b",
      "/a/b",
      "a/b",
      "a/b/",
      "//a/./c/../b",
      "/sys/fs/../fs/cgroup/a/b",
    ]
  ) {
    assertEquals(find(path), "/sys/fs/cgroup/a/b");
  }
  // Whichever mount it is given by, it is that group.
  assertEquals(
    find("/sys/fs/cgroup/docker/abc/x"),
    "/sys/fs/cgroup/docker/abc/x",
  );
  assertEquals(find("/own/x"), "/own/x");
  assertEquals(find("/docker/abc/x"), "/own/x");
  assertEquals(find("/"), "/sys/fs/cgroup");
});

Deno.test("findCgroup() says that cgroup v2 is not mounted, or holds no such group", () => {
  assertThrows(
    () => findCgroup(mounts(ROOT), "/a"),
    RootError,
    'Cannot sample the cgroup "/a": cgroup v2 is not mounted',
  );
  assertThrows(
    () => findCgroup(mounts(ROOT, BOUND), "/docker/def"),
    RootError,
    'Cannot sample the cgroup "/docker/def": no mount of cgroup v2 that this program sees holds it',
  );
});

Deno.test("CgroupMounts.place() does not take for a container's own group what --sys puts in its place", () => {
  const fs = new FakeProc();
  const own = "30 24 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw";
  const host = "41 29 0:26 / /host/sys/fs/cgroup ro - cgroup2 cgroup rw";
  fs.write(
    "/proc/self/mountinfo",
    [ROOT, SYSFS, own, host].map((line) => `${line}\n`).join(""),
  );
  const inodes = (atSys: number, atHost: number) => {
    const status = { device: 26, numLinks: 2 };
    fs.writeStatus("/sys/fs/cgroup", { ...status, inode: atSys });
    fs.writeStatus("/host/sys/fs/cgroup", { ...status, inode: atHost });
    const { directory } = new CgroupMounts(new ProcReader(fs)).place(
      "/docker/abc/x",
    );
    return directory;
  };
  assertEquals(inodes(7, 1), "/sys/fs/cgroup/x");
  assertEquals(inodes(1, 1), "/host/sys/fs/cgroup/docker/abc/x");
});

/** Tells of mounts when it is told to. */
class WatchedFs extends FakeProc {
  hasChanged = false;
  numReads = 0;
  numWatches = 0;

  override readTextFile(path: string): string {
    if (path === "/proc/self/mountinfo") this.numReads++;
    return super.readTextFile(path);
  }

  watchMounts(): MountWatch {
    this.numWatches++;
    return {
      hasChanged: () => {
        const { hasChanged } = this;
        this.hasChanged = false;
        return hasChanged;
      },
      close: () => {
        this.numWatches--;
      },
    };
  }
}

Deno.test("cgroupMounts.refresh() reads what is watched again if it has changed, and once in 32 samples", () => {
  const fs = new WatchedFs();
  fs.write("/proc/self/mountinfo", `${ROOT}\n${SYSFS}\n${HIERARCHY}\n`);
  const read = new CgroupMounts(new ProcReader(fs));
  /** How often they are read in so many samples. */
  const readsIn = (samples: number): number => {
    const before = fs.numReads;
    for (let i = 0; i < samples; i++) {
      read.refresh();
      assertEquals(read.place("/x").directory, directory);
    }
    return fs.numReads - before;
  };
  let directory = "/sys/fs/cgroup/x";
  // Short runs do without; then once more, as they may have changed before the watch.
  assertEquals([readsIn(7), fs.numWatches], [7, 0]);
  assertEquals([readsIn(1), fs.numWatches], [1, 1]);
  assertEquals(readsIn(23), 0);
  assertEquals(readsIn(1), 1);

  directory = "/own";
  fs.write(
    "/proc/self/mountinfo",
    `${ROOT}\n${BOUND.replace("/docker/abc", "/x")}\n`,
  );
  fs.hasChanged = true;
  assertEquals(readsIn(10), 1);
  read.close();
  assertEquals(fs.numWatches, 0);
});

Deno.test("cgroupMounts.refresh() reads again what could not be read, though nothing has changed", () => {
  const fs = new WatchedFs();
  fs.write("/proc/self/mountinfo", { error: "denied" });
  const read = new CgroupMounts(new ProcReader(fs));
  for (let i = 0; i < 20; i++) {
    read.refresh();
    assertEquals(read.place("/x").reason, "denied");
  }
  fs.write("/proc/self/mountinfo", `${ROOT}\n${SYSFS}\n${HIERARCHY}\n`);
  read.refresh();
  assertEquals(read.place("/x").directory, "/sys/fs/cgroup/x");
});
