import { assertEquals } from "@std/assert";
import { UnreadMembers } from "../../src/collect/_unread_members.ts";
import { parseStat, type Stat } from "../../src/parse/stat.ts";
import { statText } from "../support/fake_proc.ts";

/** A process whose faults change. */
class Faulting {
  readonly pid: number;
  readonly startTicks = 100;
  stat: Stat;

  constructor(pid: number, ppid: number, faults: Partial<Stat> = {}) {
    this.pid = pid;
    this.stat = { ...parseStat(statText({ pid, ppid })), ...faults };
  }

  hasReaped(cminflt: number): void {
    this.stat = { ...this.stat, cminflt };
  }
}

/** A sample of these processes, of which these have ended since. */
function endOf(
  members: UnreadMembers,
  living: readonly Faulting[],
  ended: readonly Faulting[] = [],
  departed: readonly Faulting[] = [],
) {
  return members.end({ living, ended, departed });
}

/** A shell and a child that cannot be read, which has had 40 page faults. */
function stage() {
  const members = new UnreadMembers();
  const shell = new Faulting(10, 1, { cminflt: 500 });
  const child = new Faulting(11, 10, { minflt: 30, cminflt: 10 });
  members.note(child, [null, "denied"]);
  assertEquals(endOf(members, [shell, child]), [null, "denied"]);
  return { members, shell, child };
}

Deno.test("UnreadMembers knows the sum again once a parent has reaped the child", () => {
  const { members, shell, child } = stage();
  shell.hasReaped(545);
  assertEquals(endOf(members, [shell], [child]), null);
});

Deno.test("UnreadMembers waits for a parent that reaps after it was read", () => {
  const { members, shell, child } = stage();
  assertEquals(endOf(members, [shell], [child]), [null, "denied"]);
  shell.hasReaped(540);
  assertEquals(endOf(members, [shell]), null);
});

Deno.test("UnreadMembers does not know the sum any more if nobody has reaped the child", () => {
  const { members, shell, child } = stage();
  shell.hasReaped(539);
  assertEquals(endOf(members, [shell], [child]), [null, "denied"]);
  assertEquals(endOf(members, [shell]), [null, "denied"]);
  shell.hasReaped(900);
  assertEquals(endOf(members, [shell]), [null, "denied"]);
});

Deno.test("UnreadMembers asks for the faults of all children that have ended", () => {
  const { members, shell, child } = stage();
  const other = new Faulting(12, 10, { minflt: 100, cminflt: 0 });
  assertEquals(endOf(members, [shell, child, other]), [null, "denied"]);
  shell.hasReaped(600);
  assertEquals(endOf(members, [shell], [child, other]), [null, "denied"]);
  assertEquals(endOf(members, [shell]), [null, "denied"]);
});

Deno.test("UnreadMembers finds what the nearest ancestor that lives has reaped with its child", () => {
  const { members, shell, child } = stage();
  const grandchild = new Faulting(12, 11, { minflt: 7, cminflt: 0 });
  members.note(grandchild, ["denied", null]);
  assertEquals(
    endOf(members, [shell, child, grandchild]),
    ["denied", "denied"],
  );
  shell.hasReaped(547);
  assertEquals(endOf(members, [shell], [child, grandchild]), null);
});

Deno.test("UnreadMembers loses what an outsider reaps, and what leaves", () => {
  const { members, shell, child } = stage();
  const orphan = new Faulting(12, 1, { minflt: 7, cminflt: 0 });
  members.note(orphan, ["denied", null]);
  endOf(members, [shell, child, orphan]);
  members.note(child, [null, null]);
  assertEquals(endOf(members, [shell, child], [orphan]), ["denied", null]);

  members.note(child, [null, "failed"]);
  assertEquals(endOf(members, [shell], [], [child]), ["denied", "failed"]);
});

Deno.test("UnreadMembers knows a member that can be read again", () => {
  const { members, shell, child } = stage();
  members.note(child, [null, null]);
  assertEquals(endOf(members, [shell, child]), null);
});
