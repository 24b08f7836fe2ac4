import { assertEquals } from "@std/assert";
import { smaps } from "../../src/collect/smaps.ts";
import { smapsRollup } from "../../src/collect/smaps_rollup.ts";
import { status } from "../../src/collect/status.ts";
import type { Sample } from "../../src/model/sample.ts";
import type { FakeProcess } from "../support/fake_proc.ts";
import { besidesFirstSample } from "../support/samples.ts";
import { processOf, Stage } from "../support/stage.ts";

/** PF_FORKNOEXEC: forked, and no program run since. */
const FORKED = 4194304 + 0x40;
const PAGE = 4096;

const PARENT = { pid: 10, state: "D", sizePages: 9000, residentPages: 5000 };
const CHILD = { ...PARENT, pid: 11, ppid: 10, state: "S", flags: FORKED };

/** What the tree shows, and each process: its pages, or why not, and whether they may be shared. */
function shown({ tree, processes }: Sample) {
  return {
    tree: [(tree.rssBytes ?? NaN) / PAGE, tree.mayShareMemory],
    lines: processes.map(({ rssBytes, mayShareMemory, unreadable }) =>
      rssBytes === null
        ? unreadable?.rssBytes
        : mayShareMemory
        ? `${rssBytes / PAGE}?`
        : rssBytes / PAGE
    ),
  };
}

function shownOf(...processes: FakeProcess[]) {
  return shown(new Stage(processes).after(0));
}

Deno.test("sampler() counts memory once that a child of vfork has from its parent", () => {
  const stage = new Stage([PARENT, CHILD]);
  const sample = stage.after(0);
  assertEquals(shown(sample), {
    tree: [5000, false],
    lines: [5000, "shared_with_parent"],
  });
  assertEquals(sample.tree.vsizeBytes, 9000 * PAGE);
  assertEquals(besidesFirstSample(processOf(sample, 11).unreadable), {
    rssBytes: "shared_with_parent",
    vsizeBytes: "shared_with_parent",
  });
  assertEquals(besidesFirstSample(sample.tree.unreadable), null);

  // It runs a program.
  stage.fs.change(10, { state: "S" });
  stage.fs.change(11, { flags: 4194304, addresses: 8192, residentPages: 7 });
  assertEquals(shown(stage.after(1)), {
    tree: [5007, false],
    lines: [5000, 7],
  });
  assertEquals(stage.sampler.summary.peakRssBytes, 5007 * PAGE);
});

Deno.test("sampler() counts the memory of children of vfork that have one themselves once", () => {
  const first = { ...CHILD, state: "D" };
  const second = { ...CHILD, pid: 12, ppid: 11 };
  assertEquals(shownOf(PARENT, first, second), {
    tree: [5000, false],
    lines: [5000, "shared_with_parent", "shared_with_parent"],
  });
});

Deno.test("sampler() counts the whole memory of a root that has its parent's", () => {
  const root = { ...CHILD, pid: 10, ppid: 1 };
  assertEquals(shownOf(root), { tree: [5000, false], lines: [5000] });
});

Deno.test("sampler() finds the thread that waits for a child of vfork", () => {
  const stage = new Stage([
    { ...PARENT, state: "S", numThreads: 3 },
    { ...CHILD, numThreads: 1 },
  ]);
  const line = stage.fs.readTextFile("/proc/10/stat");
  for (const [tid, state] of [[10, "S"], [20, "D"], [21, "R"]] as const) {
    stage.fs.write(
      `/proc/10/task/${tid}/stat`,
      line.replace(") S ", `) ${state} `),
    );
  }
  assertEquals(shown(stage.after(0)).lines, [5000, "shared_with_parent"]);
  // Another thread forks a copy that looks the same: which of the two is waited for cannot be told.
  stage.fs.start({ ...CHILD, pid: 12, starttime: 300 });
  assertEquals(shown(stage.after(1)).lines, [5000, "5000?", "5000?"]);
});

Deno.test("sampler() takes no copy made by fork for its parent's memory", () => {
  // Pages of files that the copy has not used are missing.
  const stage = new Stage([PARENT, { ...CHILD, residentPages: 4990 }]);
  const both = { tree: [9990, false], lines: [5000, 4990] };
  assertEquals(shown(stage.after(0)), both);
  // They come to look the same, and the parent waits for another child, or for a disk.
  stage.fs.change(11, { residentPages: 5000 });
  assertEquals(shown(stage.after(1)), {
    tree: [10_000, false],
    lines: [5000, 5000],
  });
  // In another size of the address space, too.
  assertEquals(shownOf(PARENT, { ...CHILD, sizePages: 9001 }), {
    tree: [10_000, false],
    lines: [5000, 5000],
  });
});

Deno.test("sampler() sums up the memory of a child that may be its parent's, and says so", () => {
  const stage = new Stage([{ ...PARENT, state: "S" }, CHILD]);
  const unknown = { tree: [10_000, true], lines: [5000, "5000?"] };
  assertEquals([shown(stage.after(0)), shown(stage.after(1))], [
    unknown,
    unknown,
  ]);
  // It was a copy after all.
  stage.fs.change(11, { residentPages: 5001 });
  const own = { tree: [10_001, false], lines: [5000, 5001] };
  assertEquals(shown(stage.after(1)), own);
  stage.fs.change(11, { residentPages: 5000 });
  assertEquals(shown(stage.after(1)).tree, [10_000, false]);
});

Deno.test("sampler() takes a parent that waits for a disk for no parent that waits for a child", () => {
  const stage = new Stage([PARENT, CHILD]);
  stage.fs.write("/proc/10/wchan", "folio_wait_bit_common");
  assertEquals(shown(stage.after(0)).tree, [10_000, true]);
  for (
    const wchan of ["0", "kernel_clone", "_do_fork", "wait_for_completion"]
  ) {
    stage.fs.write("/proc/10/wchan", wchan);
    assertEquals(shown(stage.after(1)).tree, [5000, false]);
  }
});

Deno.test("sampler() takes the youngest of children that look alike for the one that is waited for", () => {
  const copy = (pid: number) => ({ ...CHILD, pid, starttime: 200 });
  assertEquals(
    shownOf(PARENT, copy(11), copy(12), {
      ...CHILD,
      pid: 13,
      starttime: 300,
    }),
    {
      tree: [15_000, true],
      lines: [5000, "5000?", "5000?", "shared_with_parent"],
    },
  );
  // Which of two that were born in the same tick it is cannot be told.
  assertEquals(shownOf(PARENT, copy(11), copy(12)).lines, [
    5000,
    "5000?",
    "5000?",
  ]);
});

Deno.test("sampler() knows the memory as its parent's while that grows", () => {
  const stage = new Stage([PARENT, CHILD]);
  let pages = 5000;
  stage.fs.onRead = (path) => {
    if (!path.endsWith("/statm")) return;
    pages++;
    stage.fs.change(10, { residentPages: pages });
    stage.fs.change(11, { residentPages: pages });
  };
  assertEquals(
    processOf(stage.after(0), 11).unreadable?.rssBytes,
    "shared_with_parent",
  );
});

Deno.test("sampler() counts the memory of a child that runs a program between two readings", () => {
  const stage = new Stage([PARENT, CHILD]);
  let readings = 0;
  stage.fs.onRead = (path) => {
    if (path !== "/proc/11/statm" || ++readings !== 3) return;
    stage.fs.change(11, { flags: 4194304, sizePages: 90, residentPages: 7 });
  };
  assertEquals(shown(stage.after(0)), {
    tree: [5007, false],
    lines: [5000, 7],
  });
});

Deno.test("sampler() counts memory once in pss and uss, and says it of sizes by kind and by mapping", () => {
  const stage = new Stage([PARENT, CHILD], {
    collect: [smapsRollup(), smaps(), status()],
  });
  const sizes = ("Rss Pss Shared_Clean Shared_Dirty Private_Clean " +
    "Private_Dirty Referenced Anonymous Swap Locked").split(" ")
    .map((name) => `${name}: 8 kB\n`).join("");
  for (const pid of [10, 11]) {
    stage.fs.write(`/proc/${pid}/smaps_rollup`, sizes);
    stage.fs.write(
      `/proc/${pid}/smaps`,
      `1000-2000 r--p 00000000 08:01 1 /a\nSize: 8 kB\n${sizes}`,
    );
  }
  const { tree, processes: [, child], mappings = [] } = stage.after(0);
  assertEquals([tree.pssBytes, tree.ussBytes], [8192, 16_384]);
  assertEquals(mappings.map(({ pid }) => pid), [10]);
  const why = child?.unreadable ?? {};
  assertEquals([why.pssBytes, why.smaps, why.peakRssBytes], [
    "shared_with_parent",
    "shared_with_parent",
    "shared_with_parent",
  ]);
  // The user is its own.
  assertEquals([child?.uid, why.uid], [7, undefined]);
});

Deno.test("sampler() reads no more of processes whose memory is known to be their own", () => {
  const reads = (flags: number) => {
    const stage = new Stage([
      { ...PARENT, state: "S" },
      { ...CHILD, flags, residentPages: 4990 },
    ]);
    stage.after(0);
    const before = stage.fs.reads.length;
    stage.after(1);
    return stage.fs.reads.slice(before);
  };
  assertEquals(reads(FORKED), reads(4194304));
});
