import { assertEquals } from "@std/assert";
import { readCgroupMembers } from "../../src/tree/cgroup_members.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { FakeProc } from "../support/fake_proc.ts";

const UNIT = "/sys/fs/cgroup/unit";

/** A cgroup with two processes, and one in a cgroup below it. */
function hierarchy(): FakeProc {
  const fs = new FakeProc();
  fs.write(`${UNIT}/cgroup.procs`, "10\n11\n");
  fs.write(`${UNIT}/below/cgroup.procs`, "12\n");
  return fs;
}

function membersIn(fs: FakeProc) {
  const list = readCgroupMembers(new ProcReader(fs), UNIT);
  return list === null ? null : { ...list, pids: [...list.pids] };
}

Deno.test("readCgroupMembers() lists a cgroup and those below it", () => {
  assertEquals(membersIn(hierarchy()), { pids: [10, 11, 12], reason: null });
});

Deno.test("readCgroupMembers() leaves out processes of another pid namespace", () => {
  const fs = hierarchy();
  fs.write(`${UNIT}/cgroup.procs`, "0\n10\n");
  assertEquals(membersIn(fs)?.pids, [10, 12]);
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
