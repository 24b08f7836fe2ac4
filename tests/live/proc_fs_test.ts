import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProcReadError } from "../../src/errors.ts";
import { HostFs } from "../../src/kernel/host_fs.ts";
import {
  CHECKOUT,
  Child,
  ignored,
  needs,
  needsRoot,
  run,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

function reasonOf(read: () => unknown): string {
  return assertThrows(read, ProcReadError).reason;
}

/** Reads a file that is held open, once. */
function readHeld(fs: HostFs, path: string): string {
  using opened = new DisposableStack();
  const file = fs.open(path);
  opened.defer(() => file.close());
  return file.readText();
}

/** A file system that takes a directory of the test's own for /proc. */
function onDirectory(directory: TemporaryDirectory): HostFs {
  return new HostFs({ proc: directory.path });
}

/** As often as a file is read until system calls read it, and more. */
const MANY = 20;

for (const reads of [1, MANY]) {
  Deno.test(`HostFs says gone of an open stat once the process has ended, after ${reads} readings`, async () => {
    const fs = new HostFs();
    const tree = startScript("echo ready; hold");
    await tree.line();
    const file = fs.open(`/proc/${tree.pid}/stat`);
    for (let i = 0; i < reads; i++) {
      assert(file.readText().startsWith(`${tree.pid} (`));
    }
    await tree[Symbol.asyncDispose]();
    assertEquals(reasonOf(() => file.readText()), "gone");
    assertEquals(
      reasonOf(() => fs.readTextFile(`/proc/${tree.pid}/stat`)),
      "gone",
    );
    file.close();
  });
}

Deno.test("HostFs leaves no descriptor, and no library, of a file that was read often", () => {
  const numOpen = () => Array.from(Deno.readDirSync("/proc/self/fd")).length;
  const before = numOpen();
  const fs = new HostFs();
  const files = Array.from({ length: 5 }, () => fs.open("/proc/self/statm"));
  for (let i = 0; i < MANY; i++) {
    for (const file of files) file.readText();
    assertEquals(numOpen(), before + files.length);
  }
  for (const file of files) file.close();
  assertEquals(numOpen(), before);
});

Deno.test("HostFs refuses to close a file twice, or to read one that is closed", () => {
  for (const reads of [1, MANY]) {
    const file = new HostFs().open("/proc/self/statm");
    for (let i = 0; i < reads; i++) file.readText();
    file.close();
    assertThrows(() => file.close());
    assertThrows(() => file.readText());
  }
});

Deno.test({
  ...needs(
    ["script"],
    "HostFs asks nobody for a permission, and reads on without",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await Deno.writeTextFile(`${directory.path}/stat`, "text\n");
    const script = `import { HostFs } from "${CHECKOUT}src/kernel/host_fs.ts";
const fs = new HostFs({ proc: ${JSON.stringify(directory.path)} });
const file = fs.open("/proc/stat");
const texts = Array.from({ length: ${MANY} }, () => file.readText());
file.close();
console.log(new Set(texts).size, texts.length, fs.watchMounts());`;
    await Deno.writeTextFile(`${directory.path}/reads.ts`, script);
    const { stdout, stderr } = await run([
      // On a terminal Deno would ask.
      ..."script -qec".split(" "),
      `${Deno.execPath()} run --no-check --allow-read=${directory.path} ${directory.path}/reads.ts`,
      "/dev/null",
    ]);
    assertEquals([stdout.trim(), stderr], [`1 ${MANY} null`, ""]);
  },
});

Deno.test("HostFs keeps a file that was read often if its path leads to another one by then, or to none", () => {
  using directory = new TemporaryDirectory();
  const fs = onDirectory(directory);
  const path = `${directory.path}/stat`;
  Deno.writeTextFileSync(path, "before\n");
  const file = fs.open("/proc/stat");
  for (let i = 0; i < MANY; i++) {
    if (i === 3) Deno.removeSync(path);
    assertEquals(file.readText(), "before\n");
  }
  file.close();
});

Deno.test("HostFs reads and writes parts of a file of bytes", () => {
  using directory = new TemporaryDirectory();
  const fs = onDirectory(directory);
  const host = `${directory.path}/kpageflags`;
  Deno.writeFileSync(host, Uint8Array.from({ length: 10_000 }, (_, i) => i));
  const file = fs.openBytes("/proc/kpageflags", "readwrite");
  assertEquals(file.readAt(9000, 3), Uint8Array.of(40, 41, 42));
  assertEquals(file.readAt(0, 5000).length, 5000);
  assertEquals(file.readAt(9998, 8), Uint8Array.of(14, 15));
  assertEquals(file.readAt(2 ** 40, 8), new Uint8Array(0));
  assertEquals(file.writeAt(9000, Uint8Array.of(1, 2)), 2);
  assertEquals(file.readAt(8999, 4), Uint8Array.of(39, 1, 2, 42));
  file.close();

  const read = fs.openBytes("/proc/kpageflags", "read");
  const error = assertThrows(
    () => read.writeAt(0, Uint8Array.of(1)),
    ProcReadError,
  );
  assertEquals(
    [error.reason, error.message],
    [
      "failed",
      `Cannot write "/proc/kpageflags": Bad file descriptor (os error 9) at "${host}"`,
    ],
  );
  read.close();
  assertEquals(reasonOf(() => fs.openBytes("/proc/none", "read")), "gone");
});

Deno.test("HostFs says why a read fails in the same words before and after a file was read often", () => {
  using directory = new TemporaryDirectory();
  const fs = onDirectory(directory);
  Deno.writeTextFileSync(`${directory.path}/stat`, "text\n");
  Deno.mkdirSync(`${directory.path}/task`);
  const file = fs.open("/proc/stat");
  const failures = () =>
    ["/proc/none", "/proc/task", "/proc/stat/x", "/proc/a\0b"].flatMap((path) =>
      [() => fs.readTextFile(path), () => readHeld(fs, path)].map(
        (read) => {
          const { reason, message } = assertThrows(read, ProcReadError);
          return { reason, message };
        },
      )
    );
  const before = failures();
  for (let i = 0; i < MANY; i++) file.readText();
  assertEquals(failures(), before);
  assertEquals(before.map(({ reason }) => reason).slice(0, 2), [
    "gone",
    "gone",
  ]);
  file.close();
});

Deno.test({
  ...needsRoot(
    ["unshare", "mount"],
    "HostFs.watchMounts() tells once of each change of the mounts",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const script = `import { HostFs } from "${CHECKOUT}src/kernel/host_fs.ts";
const mount = (...argv) => new Deno.Command(argv[0], { args: argv.slice(1) }).outputSync().success;
const watch = new HostFs().watchMounts();
const told = [watch.hasChanged()];
told.push(mount("mount", "-t", "tmpfs", "none", ${
      JSON.stringify(directory.path)
    }));
told.push(watch.hasChanged(), watch.hasChanged());
told.push(mount("umount", ${JSON.stringify(directory.path)}));
told.push(watch.hasChanged(), watch.hasChanged());
watch.close();
console.log(...told);`;
    const { stdout } = await run([
      ..."unshare --mount --propagation private".split(" "),
      Deno.execPath(),
      "eval",
      script,
    ]);
    assertEquals(stdout, "false true true false true true false\n");
  },
});

Deno.test("HostFs refuses to end a watch of mounts twice, and leaves no library of one that cannot begin", () => {
  const libraries = () =>
    Deno.readTextFileSync("/proc/self/maps").split("\n")
      .filter((line) => line.includes("libdl.so")).length;
  const before = libraries();
  using directory = new TemporaryDirectory();
  assertEquals(onDirectory(directory).watchMounts(), null);
  assertEquals(libraries(), before);

  const watch = new HostFs().watchMounts();
  assert(watch !== null, "The mounts cannot be watched");
  watch.close();
  // Its descriptor is another file's now.
  using file = Deno.openSync("/proc/self/stat");
  assertThrows(() => watch.close());
  assertEquals(file.readSync(new Uint8Array(9)), 9);
});

Deno.test("HostFs reads a file that is held open again each time", () => {
  using directory = new TemporaryDirectory();
  const fs = onDirectory(directory);
  Deno.writeTextFileSync(`${directory.path}/stat`, "before\n");
  const file = fs.open("/proc/stat");
  assertEquals(file.readText(), "before\n");
  const texts = ["after\n", "afteR\n", "shorter", "", "longer again\n"];
  for (const text of [...texts, ...texts, ...texts]) {
    Deno.writeTextFileSync(`${directory.path}/stat`, text);
    assertEquals(file.readText(), text);
  }
  file.close();
});

Deno.test("HostFs reads a file of more than its buffer to the end", () => {
  using directory = new TemporaryDirectory();
  const text = "0123456789abcde\n".repeat(20_000);
  Deno.writeTextFileSync(`${directory.path}/smaps`, text);
  assertEquals(onDirectory(directory).readTextFile("/proc/smaps"), text);
  assertEquals(
    onDirectory(directory).readFile("/proc/smaps").length,
    text.length,
  );
});

Deno.test("HostFs reads a record of more than its buffer to the end, of a file that is held open", () => {
  using directory = new TemporaryDirectory();
  const fs = onDirectory(directory);
  const file = `${directory.path}/status`;
  Deno.writeTextFileSync(file, "short\n");
  const held = fs.open("/proc/status");
  const lengths = [65_535, 65_536, 65_537, 300_000, 3];
  for (const length of [...lengths, ...lengths, ...lengths]) {
    const text = "x".repeat(length);
    Deno.writeTextFileSync(file, text);
    assertEquals(held.readText() === text, true, `${length} bytes`);
  }
  held.close();
});

Deno.test({
  ...needs(
    ["perl"],
    "HostFs reads all short records of a file that is held open, though the kernel gives them by pages",
  ),
  fn: async () => {
    // What has ended is listed until its parent waits for it.
    const script =
      '$| = 1; for (1 .. 1500) { fork or exit } print "ready\\n"; <STDIN>';
    await using parent = new Child(["perl", "-e", script]);
    await parent.line();
    const path = `/proc/${parent.pid}/task/${parent.pid}/children`;
    const fs = new HostFs();
    const file = fs.open(path);
    for (let i = 0; i < MANY; i++) {
      assertEquals(file.readText().split(" ").length - 1, 1500);
    }
    assertEquals(file.readText(), fs.readTextFile(path));
    file.close();
  },
});

Deno.test("HostFs keeps a byte order mark, and reads bytes that are not UTF-8 as U+FFFD", () => {
  using directory = new TemporaryDirectory();
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x80]);
  Deno.writeFileSync(`${directory.path}/comm`, bytes);
  const fs = onDirectory(directory);
  assertEquals(fs.readTextFile("/proc/comm"), "\ufeffa\ufffd\ufffd");
  const file = fs.open("/proc/comm");
  assertEquals(file.readText(), "\ufeffa\ufffd\ufffd");
  file.close();
});

Deno.test("HostFs says why a read fails", () => {
  using directory = new TemporaryDirectory();
  const fs = onDirectory(directory);
  Deno.symlinkSync("x".repeat(10), `${directory.path}/exe`);
  assertEquals(fs.readLink("/proc/exe"), "xxxxxxxxxx");
  assertEquals(reasonOf(() => fs.readTextFile("/proc/none")), "gone");
  assertEquals(reasonOf(() => fs.readDir("/proc/none")), "gone");
  assertEquals(reasonOf(() => fs.readTextFile("/proc")), "failed");
  assertEquals(
    reasonOf(() => fs.readLink(`/proc/${"d/".repeat(3000)}`)),
    "failed",
  );
  assertEquals(
    reasonOf(() => new HostFs().readTextFile("/proc/self/mem")),
    "failed",
  );
});

Deno.test("HostFs replaces /proc and /sys at the start of a path only", () => {
  using directory = new TemporaryDirectory();
  Deno.mkdirSync(`${directory.path}/proc/sys`, { recursive: true });
  Deno.writeTextFileSync(`${directory.path}/proc/sys/a`, "proc");
  Deno.writeTextFileSync(`${directory.path}/a`, "sys");
  const fs = new HostFs({
    proc: `${directory.path}/proc`,
    sys: directory.path,
  });
  assertEquals(fs.readTextFile("/proc/sys/a"), "proc");
  assertEquals(fs.readTextFile("/sys/a"), "sys");
  assertEquals(fs.readTextFile(`${directory.path}/a`), "sys");
  Deno.writeTextFileSync(
    `${directory.path}/procfoo`,
    "a path that begins alike",
  );
  for (const path of ["/procfoo", "/processes/a"]) {
    assertEquals(reasonOf(() => fs.readTextFile(path)), "gone");
  }
});

Deno.test("HostFs opens by path beyond its limit of open files, and within it again once some are closed", () => {
  const fs = new HostFs({ maxOpenFiles: 1 });
  const numOpen = () => Array.from(Deno.readDirSync("/proc/self/fd")).length;
  const before = numOpen();
  const first = fs.open("/proc/self/stat");
  const second = fs.open("/proc/self/stat");
  assertEquals(numOpen(), before + 1);
  assertEquals([first.byPath, second.byPath], [undefined, true]);
  assert(second.readText().startsWith(`${Deno.pid} (`));
  second.close();
  first.close();
  assertEquals(numOpen(), before);
  const third = fs.open("/proc/self/stat");
  assertEquals(numOpen(), before + 1);
  third.close();
});

for (const maxOpenFiles of [-1, 0.5, NaN, -Infinity]) {
  Deno.test(`HostFs refuses to hold ${maxOpenFiles} files open`, () => {
    assertThrows(
      () => new HostFs({ maxOpenFiles }),
      RangeError,
      `Cannot hold ${maxOpenFiles} files open: maxOpenFiles is a whole number, 0 or above, Infinity or "auto"`,
    );
  });
}

Deno.test("HostFs holds no file open if it is told to, and any number for Infinity", () => {
  const numOpen = () => Array.from(Deno.readDirSync("/proc/self/fd")).length;
  const before = numOpen();
  for (const [maxOpenFiles, more] of [[0, 0], [Infinity, 20]] as const) {
    const fs = new HostFs({ maxOpenFiles });
    const files = Array.from({ length: 20 }, () => fs.open("/proc/self/stat"));
    assertEquals(numOpen(), before + more);
    for (const file of files) file.close();
    assertEquals(numOpen(), before);
  }
});

Deno.test("HostFs holds half of the descriptors open that this program may have, by its soft limit", async () => {
  const script = `import { HostFs } from "${CHECKOUT}src/kernel/host_fs.ts";
const fs = new HostFs();
const numOpen = () => Array.from(Deno.readDirSync("/proc/self/fd")).length;
const before = numOpen();
const files = Array.from({ length: 200 }, () => fs.open("/proc/self/stat"));
console.log(numOpen() - before, files.every((file) => file.readText() !== ""));`;
  const { stdout } = await run([
    "bash",
    "-c",
    'ulimit -n 200; exec "$@"',
    "bash",
    Deno.execPath(),
    "eval",
    script,
  ]);
  assertEquals(stdout, "100 true\n");
});

Deno.test("HostFs gives a link that is not UTF-8 with U+FFFD for each such byte", async () => {
  using directory = new TemporaryDirectory();
  const fs = onDirectory(directory);
  // What a person would escape, what a terminal would act on, and the sentence of the error itself.
  const odd = `a\\n"'\n\t\x1b[2J é\u200b😀" is not valid UTF-8`;
  for (
    const [bytes, shown] of [["\\377", "\ufffd"], ["\\342\\202", "\ufffd"]]
  ) {
    await run([
      "sh",
      "-c",
      `rm -f "$1/exe"; ln -s "$2$(printf '${bytes}')b" "$1/exe"`,
      "sh",
      directory.path,
      odd,
    ]);
    assertEquals(fs.readLink("/proc/exe"), `${odd}${shown}b`);
  }
});

/** The mount point of cgroup v2; null if it is not mounted. */
const CGROUP2 = Deno.readTextFileSync("/proc/self/mountinfo").split("\n")
  .find((line) => line.includes(" - cgroup2 "))?.split(" ")[4] ?? null;

Deno.test({
  ...(CGROUP2 === null
    ? ignored("HostFs calls EOPNOTSUPP unsupported", "no cgroup v2")
    : needsRoot([], "HostFs calls EOPNOTSUPP unsupported")),
  fn: () => {
    // The kernel has no list of processes for a group of threads.
    const group = Deno.makeTempDirSync({
      dir: CGROUP2 ?? "",
      prefix: "procline_test_",
    });
    const threads = `${group}/threads`;
    try {
      Deno.mkdirSync(threads);
      Deno.writeTextFileSync(`${threads}/cgroup.type`, "threaded\n");
      const path = `${threads}/cgroup.procs`;
      const fs = new HostFs();
      assertEquals(reasonOf(() => fs.readTextFile(path)), "unsupported");
      const file = fs.open(path);
      assertEquals(reasonOf(() => file.readText()), "unsupported");
      file.close();
    } finally {
      Deno.removeSync(threads);
      Deno.removeSync(group);
    }
  },
});
