import { assertEquals, assertThrows } from "@std/assert";
import { RootError } from "../../src/errors.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { findNamedProcess } from "../../src/tree/named_processes.ts";
import { FakeProc, type FakeProcess } from "../support/fake_proc.ts";

/** The one process of this name among these. */
function find(name: string, processes: readonly FakeProcess[]): number {
  const fs = new FakeProc();
  for (const process of processes) fs.start(process);
  return findNamedProcess(new ProcReader(fs), name, 99);
}

const MASTER = { pid: 10, ppid: 1, comm: "nginx", exe: "/usr/sbin/nginx" };
const WORKERS = [11, 12].map((pid) => ({ ...MASTER, pid, ppid: 10 }));

Deno.test("findNamedProcess() takes the one that the others of the name were started by", () => {
  assertEquals(find("nginx", [...WORKERS, MASTER]), 10);
});

Deno.test("findNamedProcess() knows a process by its program too, also if that is replaced", () => {
  const process = { pid: 7, ppid: 1, comm: "worker" };
  assertEquals(find("python3", [{ ...process, exe: "/usr/bin/python3" }]), 7);
  const replaced = { ...process, exe: "/usr/bin/python3 (deleted)" };
  assertEquals(find("python3", [replaced]), 7);
});

/** The one process of this name, if there is one that has this name and these arguments. */
function findStartedAs(name: string, comm: string, args: string): number {
  const fs = new FakeProc();
  fs.start({ pid: 7, comm, exe: { error: "denied" } });
  fs.write("/proc/7/cmdline", args);
  return findNamedProcess(new ProcReader(fs), name, 99);
}

Deno.test("findNamedProcess() knows a long name that the kernel has cut by the arguments", () => {
  const script = "/opt/backup-every-night.sh";
  for (
    const args of [
      `/bin/sh\0${script}\0now\0`,
      `/bin/sh\0-e\0${script}\0`,
      `${script}\0`,
    ]
  ) {
    assertEquals(
      findStartedAs("backup-every-night.sh", "backup-every-ni", args),
      7,
    );
  }
  // The 15 bytes end within the second of the two that make the letter.
  assertEquals(
    findStartedAs(
      "vierzehn-Stellä-und-mehr",
      "vierzehn-Stell\ufffd",
      "vierzehn-Stellä-und-mehr\0",
    ),
    7,
  );
});

Deno.test("findNamedProcess() takes no other process whose cut name is the same", () => {
  const find = (comm: string, args: string) => () =>
    findStartedAs("backup-every-night.sh", comm, args);
  assertThrows(find("backup-every-ni", "/bin/sh\0backup-every-nine.sh\0"));
  assertThrows(find("vi", "vi\0backup-every-night.sh\0"));
  assertThrows(find("backup-every-ni", ""));
});

Deno.test("findNamedProcess() does not take the program that asks", () => {
  assertEquals(
    find("deno", [
      { pid: 99, ppid: 1, comm: "deno" },
      { pid: 5, ppid: 1, comm: "deno" },
    ]),
    5,
  );
});

Deno.test("findNamedProcess() says which there are if there are several", () => {
  const others = Array.from(
    { length: 12 },
    (_, i) => ({ ...MASTER, pid: 20 + i }),
  );
  assertThrows(
    () => find("nginx", others),
    RootError,
    'Cannot sample "nginx": 12 processes have this name and a parent of another, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29 and 2 more: choose one with --pid',
  );
});

Deno.test("findNamedProcess() refuses a name that no process has", () => {
  assertThrows(
    () => find("ngin\u001b", [MASTER]),
    RootError,
    'Cannot sample "ngin\\u001b": no process has this name',
  );
});
