import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseCgroup } from "../../src/parse/cgroup.ts";

function says(text: string, message: string): void {
  const error = assertThrows(() => parseCgroup(text), ProcParseError);
  assertEquals(error.message, message);
}

function pathOf(line: string): string | undefined {
  return parseCgroup(line)[0]?.path;
}

Deno.test("parseCgroup() reads cgroup v2", () => {
  assertEquals(parseCgroup("0::/user.slice/session-1.scope\n"), [
    { hierarchyId: 0, controllers: [], path: "/user.slice/session-1.scope" },
  ]);
});

Deno.test("parseCgroup() reads cgroup v1 and v2 together", () => {
  const text =
    "12:cpu,cpuacct:/a\n4:memory:/user.slice\n1:name=systemd:/init.scope\n0::/\n";
  assertEquals(parseCgroup(text), [
    { hierarchyId: 12, controllers: ["cpu", "cpuacct"], path: "/a" },
    { hierarchyId: 4, controllers: ["memory"], path: "/user.slice" },
    { hierarchyId: 1, controllers: ["name=systemd"], path: "/init.scope" },
    { hierarchyId: 0, controllers: [], path: "/" },
  ]);
});

Deno.test("parseCgroup() reads a path with colons, spaces and quotes", () => {
  assertEquals(pathOf('0::/we ird:na"me:\n'), '/we ird:na"me:');
});

Deno.test("parseCgroup() leaves the mark of a deleted group in the path", () => {
  assertEquals(pathOf("0::/gone (deleted)\n"), "/gone (deleted)");
});

Deno.test("parseCgroup() reads a group outside the cgroup namespace of who reads", () => {
  assertEquals(pathOf("0::/..\n"), "/..");
  assertEquals(pathOf("0::/../../other\n"), "/../../other");
});

Deno.test("parseCgroup() reads nothing if the kernel has no control groups", () => {
  assertEquals(parseCgroup(""), []);
});

Deno.test("parseCgroup() refuses a line that is cut", () => {
  says(
    "4:memory:/a\n0::/user",
    'Cannot parse the end of the last line in cgroup: current value is "0::/user"',
  );
});

Deno.test("parseCgroup() refuses a line without two colons", () => {
  says("0:/a\n", 'Cannot parse path in cgroup: current value is "0:/a"');
  says("/a\n", 'Cannot parse path in cgroup: current value is "/a"');
});

Deno.test("parseCgroup() refuses a path that does not start with a slash", () => {
  says("0::a\n", 'Cannot parse path in cgroup: current value is "0::a"');
  says("0::\n", 'Cannot parse path in cgroup: current value is "0::"');
});

Deno.test("parseCgroup() refuses a hierarchy that is not a number", () => {
  says("x::/\n", 'Cannot parse hierarchy-ID in cgroup: current value is "x"');
  says("-1::/\n", 'Cannot parse hierarchy-ID in cgroup: current value is "-1"');
  says("::/\n", 'Cannot parse hierarchy-ID in cgroup: current value is ""');
});

Deno.test("parseCgroup() refuses an empty line", () => {
  says("\n", 'Cannot parse path in cgroup: current value is ""');
});
