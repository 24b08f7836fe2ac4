import { assert, assertEquals, assertGreater } from "@std/assert";
import { CHECKOUT } from "../support/procline.ts";

/** The text of every test file, by its path. */
const TESTS: ReadonlyMap<string, string> = new Map(
  testFilesIn("tests").map((path) => [
    path,
    Deno.readTextFileSync(`${CHECKOUT}${path}`),
  ]),
);

function testFilesIn(directory: string): string[] {
  return [...Deno.readDirSync(`${CHECKOUT}${directory}`)].flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) return testFilesIn(path);
    return path.endsWith("_test.ts") && !path.endsWith("/promises_test.ts")
      ? [path]
      : [];
  });
}

/**
 * Whether some file has a test of this name, in which `...` stands for what differs from test to
 * test.
 */
function isThere(name: string): boolean {
  const parts = name.split("...").map((part) =>
    part.trim().replaceAll("\\", "\\\\")
  );
  return [...TESTS.values()].some((text) => {
    let at = 0;
    for (const part of parts) {
      at = text.indexOf(part, at);
      if (at < 0) return false;
      at += part.length;
    }
    return true;
  });
}

/**
 * What is observed in odd cases, by the sections of the notes on them, and the test that holds
 * procline to it.
 */
const ODD_CASES: Readonly<Record<string, readonly string[]>> = {
  "0.1 ESRCH has no class in Deno": [
    "HostFs says gone of an open stat once the process has ended",
  ],
  "0.3, 9 a process that is being reaped": [
    "parseStat() reads the line of a process that is being reaped",
    "parseStat() reads a running process that has given up its memory",
  ],
  "0.5, 13 rss of stat is wrong": [
    "procline agrees with ps on the memory of a process",
  ],
  "0.13, 16 a reader that is stuck": [
    "procline ends with 143 within two seconds of SIGTERM though nobody reads",
    "procline waits for a reader that reads nothing for ten seconds",
  ],
  "0.14, 15 only -A reads /proc": [
    "procline says in one sentence that it needs every permission",
  ],
  "0.15 a byte order mark, a link that is no UTF-8": [
    "HostFs keeps a byte order mark, and reads bytes that are no UTF-8 as U+FFFD",
    "HostFs cannot give a link that is no UTF-8, and says so",
  ],
  "1 names": [
    "parseStat() reads a name of bytes that are no UTF-8 as U+FFFD",
    "the parser of ... reads what the kernel prints",
    "procline prints a hostile process name as one text in one line",
  ],
  "1 kernel threads": ["parseStat() reads a kernel thread"],
  "2 a program that is deleted, renamed, denied": [
    "sampler() does not take a renamed program for another one",
    "sampler() says why a program is not known, and keeps the process",
  ],
  "3 arguments": [
    "parseCmdline() reads ...",
    "cmdline is null where there are no arguments, and says why",
    "cutCmdline() cuts arguments of any kind to 4,000 bytes of JSON",
  ],
  "4 zombies": [
    "parseStat() reads a zombie",
    "sampler() knows no memory of a zombie, and says so",
    "parseStatus() gives null for the sizes of a zombie and of a kernel thread",
  ],
  "5 a main thread that has ended": [
    "sampler() reads the memory of a zombie leader from a living thread",
    "sampler() takes the memory of a zombie leader from another thread where the first has ended",
    "procline shows the memory and program of a process whose main thread has ended",
  ],
  "6 children of threads, threads as roots": [
    "sampler() finds the child of a thread by its parent process",
    "sampler() refuses the id of a thread as root",
  ],
  "7 orphans, sessions, subreapers": [
    "sampler() keeps an orphan, and what it starts",
    "procline keeps a double fork's last in the tree, as an orphan, with its CPU",
  ],
  "8 a process id that is taken again": [
    "sampler() gives a reused pid a fresh start",
    "procline gives a process that has taken an id again a start of its own",
    "sampler() takes a fall of CPU time for another process where no open file vouches",
    "sampler() reads outsiders in turn, and heals a pid that was taken again",
  ],
  "8 exec keeps the identity": [
    "sampler() sees an exec between samples as the same process",
    "sampler() sees an exec of the same name by its addresses",
  ],
  "8 descriptors run out": [
    "procline goes on by path where the system gives it few descriptors",
    "HostFs opens by path beyond its limit of open files",
  ],
  "8 memory that is shared": [
    "procline --collect smaps_rollup tells memory that eight workers share from memory of their own",
  ],
  "9 a process that ends in mid-sample": [
    "sampler() counts a process that is gone between stat and statm",
    "sampler() counts a process that is gone between listing and reading",
  ],
  "10 steps of the wall clock, suspend": [
    "sampler() lets a step of the wall clock change the label alone",
    "LadingEncoder.lines() lets the time rise where the wall clock steps back",
  ],
  "10 a time namespace": [
    "sampler() knows no age of a process that starts in the future",
  ],
  "10 pages and ticks": [
    "parseAuxv() reads pages of 65536 bytes and 250 ticks",
  ],
  "11 numbers above 2^53, below 0": [
    "parseStat() keeps numbers of 64 bits exact",
    "parseStat() reads children's times below 0",
    "RecordsEncoder.lines() writes whole numbers of 64 bits exactly",
  ],
  "12 children that were waited for": [
    "procline -- counts 500 children of 20 ms in a row",
    "procline -- counts orphans that a subreaper waits for",
    "procline -- keeps what it last saw of children whose parent ignores SIGCHLD",
  ],
  "12 a reap inside the sweep": [
    "sampler() counts a child once that is waited for in the middle of a sample",
    "sampler() says where children keep ending while it reads",
  ],
  "0.6, 12 io of ended children": [
    "io counts a child that is waited for between samples once",
    "io counts a child once that is waited for after its parent's io is read, in the same sample",
  ],
  "10 a sampler that was stopped": [
    "procline says after SIGSTOP what it missed, on the sample that came late",
  ],
  "14 another user's processes": [
    "procline tells a user of another user's processes what it may",
  ],
  "14 hidepid": ["procline says that /proc hides processes"],
  "14 pid namespaces": [
    "procline samples from within a pid namespace",
    "procline says that /proc is of another pid namespace",
    "procline reads a host's /proc that is mounted elsewhere",
  ],
  "14 cgroup v1, v2, both, none, deleted, outside": [
    "parseCgroup() reads cgroup v1 and v2 together",
    "parseCgroup() reads nothing where the kernel has no control groups",
    "parseCgroup() leaves the mark of a deleted group in the path",
    "parseCgroup() reads a group outside the reader's namespace",
    "parseCgroup() reads a path with colons, spaces and quotes",
  ],
  "16 readers that go away, disks that are full, pipes that do not block": [
    "procline ends with 0 and says nothing when its reader closes in mid-line",
    "procline ends with 1 and a sentence when the disk is full",
    "procline writes every byte once into a pipe that does not block",
    "LineOutput.write() says that a terminal was closed",
  ],
};

for (const [oddCase, names] of Object.entries(ODD_CASES)) {
  Deno.test(`there is a test of odd case ${oddCase}`, () => {
    assertEquals(names.filter((name) => !isThere(name)), []);
  });
}

Deno.test("each promise in README names tests that are there", () => {
  const readme = Deno.readTextFileSync(`${CHECKOUT}README.md`);
  const section = readme.split("\n## ").find((text) =>
    text.startsWith("What it promises\n")
  );
  assert(section !== undefined, "README has no such section");
  const rows = section.split("\n").filter((line) => /^\| [A-Z]/.test(line));
  assertGreater(rows.length, 12);
  for (const row of rows) {
    const names = [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
    assertGreater(names.length, 0, row);
    assertEquals(names.filter((name) => !isThere(name)), [], row);
  }
});
