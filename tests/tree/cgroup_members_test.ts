import { assertEquals } from "@std/assert";
import { readCgroupMembers } from "../../src/tree/cgroup_members.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import type { ProcFs } from "../../src/kernel/proc_fs.ts";
import { FakeProc } from "../support/fake_proc.ts";
import { plainFs } from "../support/plain_fs.ts";

const UNIT = "/sys/fs/cgroup/unit";

/** A cgroup with two processes, and one in a cgroup below it. */
function hierarchy(): FakeProc {
  const fs = new FakeProc();
  fs.write(`${UNIT}/cgroup.procs`, "10\n11\n");
  fs.write(`${UNIT}/below/cgroup.procs`, "12\n");
  return fs;
}

function membersIn(fs: ProcFs) {
  const list = readCgroupMembers(new ProcReader(fs), UNIT);
  return list === null ? null : { ...list, pids: [...list.pids] };
}

Deno.test("readCgroupMembers() lists a cgroup and those below it", () => {
  assertEquals(membersIn(hierarchy()), { pids: [10, 11, 12], reason: null });
});

Deno.test("readCgroupMembers() counts processes of another pid namespace, which have no id", () => {
  const fs = hierarchy();
  fs.write(`${UNIT}/cgroup.procs`, "0\n10\n0\n");
  assertEquals(membersIn(fs), { pids: [10, 12], reason: null, hidden: 2 });
});

Deno.test("readCgroupMembers() is null for a cgroup that was removed", () => {
  assertEquals(membersIn(new FakeProc()), null);
});

Deno.test("readCgroupMembers() passes over a cgroup that is removed meanwhile", () => {
  const fs = hierarchy();
  fs.write(`${UNIT}/below/cgroup.procs`, { error: "gone" });
  assertEquals(membersIn(fs), { pids: [10, 11], reason: null });
});

Deno.test("readCgroupMembers() says why there may be others", () => {
  const fs = hierarchy();
  fs.write(`${UNIT}/below/cgroup.procs`, { error: "denied" });
  assertEquals(membersIn(fs), { pids: [10, 11], reason: "denied" });
});

Deno.test("readCgroupMembers() finds the processes of a threaded cgroup further up", () => {
  const fs = hierarchy();
  fs.write(`${UNIT}/below/cgroup.procs`, { error: "failed" });
  fs.write(`${UNIT}/below/cgroup.type`, "threaded\n");
  assertEquals(membersIn(fs), { pids: [10, 11], reason: null });
});

/** Files of controllers, known and new, and groups that are called like them. */
function oddNames(): FakeProc {
  const fs = hierarchy();
  fs.write(`${UNIT}/memory.max`, "max\n");
  fs.write(`${UNIT}/newcontroller.weight`, "7\n");
  fs.write(`${UNIT}/below/cgroup.events`, "populated 1\n");
  fs.write(`${UNIT}/memory.stage2/cgroup.procs`, "13\n");
  fs.write(`${UNIT}/memory.stage2/cpu.1/cgroup.procs`, "14\n");
  return fs;
}

for (
  const [how, fs] of [
    ["by what is a directory", oddNames()],
    [
      "by what holds a list, where directories are not told",
      plainFs(oddNames()),
    ],
  ] as const
) {
  Deno.test(`readCgroupMembers() tells groups from files ${how}`, () => {
    assertEquals(membersIn(fs), { pids: [10, 11, 12, 13, 14], reason: null });
  });
}

Deno.test("readCgroupMembers() reads no file of a controller as a group", () => {
  const fs = oddNames();
  membersIn(fs);
  const files = fs.reads.filter((path) => path.includes("."));
  assertEquals(
    files.filter((path) => path.endsWith("/cgroup.procs")).length,
    4,
  );
  assertEquals(files.filter((path) => /\.(max|weight)/.test(path)), []);
});

Deno.test("readCgroupMembers() counts groups whose names are not UTF-8", () => {
  const fs = hierarchy();
  fs.write(`${UNIT}/\ufffd\ufffdq/cgroup.procs`, { error: "gone" });
  assertEquals(membersIn(fs), {
    pids: [10, 11, 12],
    reason: null,
    unnamed: 1,
  });
  // A name may hold U+FFFD in its own right; a second one like it is another.
  fs.write(`${UNIT}/\ufffd/cgroup.procs`, "13\n");
  const twice = {
    ...plainFs(fs),
    readEntries: (path: string) =>
      path === UNIT
        ? [...fs.readEntries(path), { name: "\ufffd", isDirectory: true }]
        : fs.readEntries(path),
  };
  assertEquals(membersIn(twice), {
    pids: [10, 11, 12, 13],
    reason: null,
    unnamed: 2,
  });
});

Deno.test("readCgroupMembers() finds by their threads the processes of a cgroup within a threaded subtree", () => {
  const fs = hierarchy();
  for (const directory of [UNIT, `${UNIT}/below`]) {
    fs.write(`${directory}/cgroup.procs`, { error: "failed" });
    fs.write(`${directory}/cgroup.type`, "threaded\n");
  }
  fs.write(`${UNIT}/cgroup.threads`, "101\n10\n0\n");
  fs.write(`${UNIT}/below/cgroup.threads`, "102\n103\n");
  for (const [tid, tgid] of [[101, 10], [10, 10], [102, 12], [103, 10]]) {
    fs.write(`/proc/${tid}/status`, `Tgid:\t${tgid}\n`);
  }
  assertEquals(membersIn(fs), { pids: [10, 12], reason: null, hidden: 1 });
  // A thread that has ended is passed over; one that may not be read may be of another process.
  fs.write("/proc/101/status", { error: "gone" });
  fs.write("/proc/102/status", { error: "denied" });
  assertEquals(membersIn(fs), { pids: [10], reason: "denied", hidden: 1 });
});

Deno.test("readCgroupMembers() counts groups whose names are left out, and none that was just made", () => {
  const fs = hierarchy();
  const status = { device: 1, inode: 5, numLinks: 3 };
  fs.writeStatus(UNIT, status);
  assertEquals(membersIn(fs), { pids: [10, 11, 12], reason: null });
  fs.writeStatus(UNIT, { ...status, numLinks: 5 });
  assertEquals(membersIn(fs), {
    pids: [10, 11, 12],
    reason: null,
    unnamed: 2,
  });
  // Made between the listing and the count.
  fs.writeStatus(UNIT, { ...status, numLinks: 4 });
  let listings = 0;
  fs.onRead = (path) => {
    if (path !== UNIT || ++listings !== 2) return;
    fs.write(`${UNIT}/late/cgroup.procs`, "13\n");
  };
  assertEquals(membersIn(fs)?.unnamed, undefined);
});
