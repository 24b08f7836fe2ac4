import { assertEquals } from "@std/assert";
import type { FileStatus } from "../../src/kernel/proc_fs.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { readProgram } from "../../src/measure/program.ts";
import { parseStat } from "../../src/parse/stat.ts";
import type { MemoryProcess } from "../../src/testing/memory_fs.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

type Files = NonNullable<MemoryProcess["files"]>;

/** The program of a process that has these files, `root` being the process's root directory. */
function programWith(
  files: Files,
  statuses: Readonly<Record<string, FileStatus>> = {},
) {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, addresses: 0x5000, files });
  for (const [name, status] of Object.entries(statuses)) {
    fs.write(`/proc/10/${name}`, files[name] ?? "");
    fs.writeStatus(`/proc/10/${name}`, status);
  }
  const stat = parseStat(fs.readTextFile("/proc/10/stat"));
  const { exe, exeDeleted, path, reason } = readProgram(
    new ProcReader(fs),
    "/proc/10",
    stat,
  );
  return { exe, exeDeleted, path, reason };
}

const FILE = { device: 65024, inode: 77, numLinks: 1 };

Deno.test("readProgram() takes a file without a name for deleted", () => {
  assertEquals(
    programWith({ exe: "/opt/app (deleted)" }, {
      exe: { ...FILE, numLinks: 0 },
      "root/opt/app (deleted)": { ...FILE, inode: 78 },
    }),
    { exe: "app", exeDeleted: true, path: "/opt/app", reason: null },
  );
});

Deno.test("readProgram() knows a file that is named as if it were deleted", () => {
  const exe = "/opt/app (deleted)";
  assertEquals(
    programWith({ exe }, { exe: FILE, "root/opt/app (deleted)": FILE }),
    { exe: "app (deleted)", exeDeleted: false, path: exe, reason: null },
  );
  assertEquals(
    programWith({ exe: `${exe} (deleted)` }, {
      exe: { ...FILE, numLinks: 0 },
    }),
    { exe: "app (deleted)", exeDeleted: true, path: exe, reason: null },
  );
});

Deno.test("readProgram() takes a file for deleted that only has other names left", () => {
  const exe = "/opt/app (deleted)";
  const deleted = {
    exe: "app",
    exeDeleted: true,
    path: "/opt/app",
    reason: null,
  };
  assertEquals(programWith({ exe }, { exe: FILE }), deleted);
  for (const other of [{ ...FILE, inode: 1 }, { ...FILE, device: 1 }]) {
    assertEquals(
      programWith({ exe }, { exe: FILE, "root/opt/app (deleted)": other }),
      deleted,
    );
  }
});

Deno.test("readProgram() names a program in memory whole, whatever its name holds", () => {
  assertEquals(
    programWith({ exe: "/memfd:a/b (deleted)" }),
    { exe: "memfd:a/b", exeDeleted: true, path: "/memfd:a/b", reason: null },
  );
  assertEquals(
    programWith({ exe: "/memfd:my prog (deleted)" }).exe,
    "memfd:my prog",
  );
  // A directory of that name in the root directory.
  assertEquals(programWith({ exe: "/memfd:a/b" }).exe, "b");
});

const MAPS = "4000-5000 r--p 00000000 fe:00 7      /lib/first.so\n" +
  "5000-6000 r-xp 00001000 fe:00 8      /opt/b\ufffdd\n" +
  "6000-7000 rw-p 00000000 00:00 0      [heap]\n";

Deno.test("readProgram() takes a path that Deno cannot read from what is mapped where the code starts", () => {
  const exe = { error: "failed" } as const;
  assertEquals(programWith({ exe, maps: MAPS }), {
    exe: "b\ufffdd",
    exeDeleted: false,
    path: "/opt/b\ufffdd",
    reason: null,
  });
  assertEquals(
    programWith({
      exe,
      maps: MAPS.replace("\ufffdd", "\ufffdd (deleted)"),
    }, { exe: { ...FILE, numLinks: 0 } }),
    {
      exe: "b\ufffdd",
      exeDeleted: true,
      path: "/opt/b\ufffdd",
      reason: null,
    },
  );
});

Deno.test("readProgram() says why a path is not known", () => {
  const exe = { error: "failed" } as const;
  const reason = (files: Files) => programWith(files).reason;
  assertEquals(reason({ exe }), "failed");
  assertEquals(reason({ exe, maps: { error: "denied" } }), "denied");
  assertEquals(reason({ exe, maps: "?\n" }), "malformed");
  assertEquals(
    reason({ exe, maps: "1000-2000 r-xp 0 fe:00 7 /a\n" }),
    "failed",
  );
  assertEquals(reason({ exe, maps: MAPS.replace("/opt", "") }), null);
  assertEquals(reason({ exe, maps: "5000-6000 r-xp 0 0:0 0\n" }), "failed");
  assertEquals(reason({ exe: { error: "denied" }, maps: MAPS }), "denied");
  assertEquals(reason({ exe: { error: "gone" }, maps: MAPS }), "exiting");
});
