import { assertEquals } from "@std/assert";
import { cwd } from "../../src/collect/cwd.ts";
import type { FileStatus } from "../../src/kernel/proc_fs.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { NullReason } from "../../src/model/null_reason.ts";
import { MemoryFs, type MemoryProcess } from "../../src/testing/memory_fs.ts";

const DIRECTORY = { device: 65024, inode: 77, numLinks: 2 };

/** The working directory on a process's line, its flags, and why it is null. */
function cwdOf(
  process: Partial<MemoryProcess>,
  statuses: Readonly<Record<string, FileStatus>> = {},
) {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, ...process });
  for (const [name, status] of Object.entries(statuses)) {
    fs.writeStatus(`/proc/10/${name}`, status);
  }
  using sampler = new Sampler({ pid: 10, collect: [cwd()], fs });
  const [line] = sampler.sample().processes;
  return [
    line?.cwd,
    line?.cwdDeleted,
    line?.cwdTruncated,
    line?.unreadable?.cwd ?? null,
  ];
}

const linkTo = (target: string) => ({ files: { cwd: target } });

Deno.test("cwd is what the link says, whatever it holds", () => {
  for (
    const path of ["/", "/srv/app", "/a b\n\u001b[2J\ufffd=", "/a (deleted)/b"]
  ) {
    assertEquals(cwdOf(linkTo(path)), [path, false, false, null]);
  }
});

Deno.test("cwd knows a directory that was removed", () => {
  assertEquals(
    cwdOf(linkTo("/srv/app (deleted)"), {
      cwd: { ...DIRECTORY, numLinks: 0 },
    }),
    ["/srv/app", true, false, null],
  );
  // Some file systems leave a removed directory its links; another one has its name now.
  assertEquals(
    cwdOf(linkTo("/srv/app (deleted)"), {
      cwd: DIRECTORY,
      "cwd/../app (deleted)": { ...DIRECTORY, inode: 78 },
    }),
    ["/srv/app", true, false, null],
  );
  // A name that cannot be looked up, as it is not UTF-8.
  assertEquals(
    cwdOf(linkTo("/\ufffd (deleted)"), { cwd: { ...DIRECTORY, numLinks: 0 } }),
    ["/\ufffd", true, false, null],
  );
  assertEquals(
    cwdOf(linkTo("/a (deleted) (deleted)"), {
      cwd: { ...DIRECTORY, numLinks: 0 },
    }),
    ["/a (deleted)", true, false, null],
  );
});

Deno.test("cwd knows a directory that is named as if it had been removed", () => {
  const path = "/srv/app (deleted)";
  assertEquals(
    cwdOf(linkTo(path), { cwd: DIRECTORY, "cwd/../app (deleted)": DIRECTORY }),
    [path, false, false, null],
  );
  assertEquals(
    cwdOf(linkTo("/\ufffd (deleted)"), { cwd: DIRECTORY }),
    ["/\ufffd (deleted)", false, false, null],
  );
});

Deno.test("cwd cuts a path to 4,000 bytes of JSON, and says so", () => {
  const fits = `/${"d".repeat(3999)}`;
  assertEquals(cwdOf(linkTo(fits)), [fits, false, false, null]);
  assertEquals(cwdOf(linkTo(`${fits}e`)), [fits, false, true, null]);
  // Each takes six bytes in JSON: (4000 - 1) / 6.
  const controls = `/${"\u0001".repeat(2000)}`;
  assertEquals(cwdOf(linkTo(controls)), [
    controls.slice(0, 1 + 666),
    false,
    true,
    null,
  ]);
});

Deno.test("cwd is null if it cannot be read, and says why", () => {
  const unread = (reason: NullReason) => [null, null, null, reason];
  const error = (reason: "denied" | "gone" | "failed") => ({
    files: { cwd: { error: reason } },
  });
  assertEquals(cwdOf(error("denied")), unread("denied"));
  // ENAMETOOLONG of a path of more than a page.
  assertEquals(cwdOf(error("failed")), unread("failed"));
  assertEquals(cwdOf({ ...error("gone"), flags: 0x4 }), unread("exiting"));
  assertEquals(
    cwdOf({ ...error("gone"), flags: 0x0020_0000 }),
    unread("kernel_thread"),
  );
});

Deno.test("cwd of a zombie is null, and that of a process whose main thread has ended is another thread's", () => {
  const fs = new MemoryFs();
  const files = { cwd: { error: "gone" } } as const;
  fs.addProcess({ pid: 10, state: "Z", vsizeBytes: 0, files });
  fs.addProcess({ pid: 11, ppid: 10, state: "Z", numThreads: 2, files });
  fs.write("/proc/11/task/1000011/cwd", "/srv");
  using sampler = new Sampler({ pid: 10, collect: [cwd()], fs });
  const { processes } = sampler.sample();
  assertEquals(processes.map((line) => [line.cwd, line.unreadable?.cwd]), [
    [null, "zombie"],
    ["/srv", undefined],
  ]);
});

Deno.test("cwd is read in each sample", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files: { cwd: "/a" } });
  using sampler = new Sampler({ pid: 10, collect: [cwd()], fs });
  assertEquals(sampler.sample().processes[0]?.cwd, "/a");
  fs.changeProcess(10, { files: { cwd: "/b" } });
  assertEquals(sampler.sample().processes[0]?.cwd, "/b");
});
