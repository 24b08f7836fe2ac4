import { assertEquals, assertThrows } from "@std/assert";
import { RootError } from "../../src/errors.ts";
import { CgroupMounts } from "../../src/host/cgroup_mounts.ts";
import { findUnit } from "../../src/host/unit_cgroup.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

const MOUNT =
  "30 1 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";

/** The directory of a unit on a host with these groups. */
function find(
  unit: string,
  groups: readonly string[],
  mountinfo = MOUNT,
): string {
  const fs = new MemoryFs();
  fs.write("/proc/self/mountinfo", mountinfo);
  for (const group of groups) {
    fs.write(`/sys/fs/cgroup${group}/cgroup.procs`, "");
  }
  const reader = new ProcReader(fs);
  return findUnit(reader, new CgroupMounts(reader), unit);
}

const GROUPS = [
  "",
  "/init.scope",
  "/system.slice",
  "/system.slice/nginx.service",
  "/system.slice/nginx.service/worker",
  "/user.slice/user-7.slice/user@7.service/app.slice/editor.service",
];

Deno.test("findUnit() finds a service by its name, with its suffix or without", () => {
  const directory = "/sys/fs/cgroup/system.slice/nginx.service";
  assertEquals(find("nginx", GROUPS), directory);
  assertEquals(find("nginx.service", GROUPS), directory);
});

Deno.test("findUnit() finds a scope, a slice and a unit of a user", () => {
  assertEquals(find("init.scope", GROUPS), "/sys/fs/cgroup/init.scope");
  assertEquals(find("system.slice", GROUPS), "/sys/fs/cgroup/system.slice");
  assertEquals(
    find("editor", GROUPS),
    "/sys/fs/cgroup/user.slice/user-7.slice/user@7.service/app.slice/editor.service",
  );
});

Deno.test("findUnit() finds a unit whose name systemd has escaped", () => {
  assertEquals(
    find("cpu", ["/system.slice/_cpu.service"]),
    "/sys/fs/cgroup/system.slice/_cpu.service",
  );
});

Deno.test("findUnit() says which groups there are if two users have a unit of the name", () => {
  const groups = ["/user@1.service/a.service", "/user@2.service/a.service"];
  assertThrows(
    () => find("a", groups),
    RootError,
    'Cannot sample the unit "a": several cgroups have this name, "/user@1.service/a.service", "/user@2.service/a.service": choose one with --cgroup',
  );
});

Deno.test("findUnit() refuses a unit that does not run", () => {
  assertThrows(
    () => find("mysql", GROUPS),
    RootError,
    'Cannot sample the unit "mysql": no cgroup is named mysql.service; a unit has one while it runs',
  );
});

Deno.test("findUnit() says that cgroup v2 is not mounted", () => {
  assertThrows(
    () => find("nginx", GROUPS, "30 1 0:26 / /x rw - tmpfs tmpfs rw\n"),
    RootError,
    'Cannot sample the unit "nginx": cgroup v2 is not mounted',
  );
});

Deno.test("findUnit() takes the one instance of a template", () => {
  const tty = "/system.slice/system-getty.slice/getty@tty1.service";
  assertEquals(find("getty@", [...GROUPS, tty]), `/sys/fs/cgroup${tty}`);
  assertEquals(find("getty@.service", [tty]), `/sys/fs/cgroup${tty}`);
  assertEquals(find("getty@tty1", [tty]), `/sys/fs/cgroup${tty}`);
});

Deno.test("findUnit() says which instances of a template there are", () => {
  assertThrows(
    () => find("a@", ["/a@1.service", "/a@2.service", "/a.service"]),
    RootError,
    'Cannot sample the unit "a@": several cgroups are of this template, "/a@1.service", "/a@2.service": choose one with --cgroup',
  );
});

Deno.test("findUnit() says that a timer has no processes", () => {
  assertThrows(
    () => find("backup.timer", ["/backup.service"]),
    RootError,
    'Cannot sample the unit "backup.timer": units that end in .timer have no processes of their own',
  );
});

Deno.test("findUnit() shows no raw escapes of a name", () => {
  assertThrows(
    () => find("a\u001b[31m", GROUPS),
    RootError,
    'no cgroup is named "a\\u001b[31m.service"; a unit has one while it runs',
  );
});
