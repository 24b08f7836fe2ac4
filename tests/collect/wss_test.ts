import { assertEquals, assertLess } from "@std/assert";
import { ProcReadError, type ReadFailure } from "../../src/errors.ts";
import { wss } from "../../src/collect/wss.ts";
import type { ProcBytes, ProcFs } from "../../src/kernel/proc_fs.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { Sample } from "../../src/model/sample.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import type { MemoryFs } from "../../src/testing/memory_fs.ts";
import {
  BITMAP,
  filesOf,
  FLAGS,
  idleFrames,
  idleHost,
  KPF,
  largePage,
  PAGE,
  pagemapOf,
  use,
  withBytes,
  writeFlags,
} from "../support/idle_host.ts";
import { plainFs } from "../support/plain_fs.ts";

/** A sampler of process 10 with the collector, and the clock that it goes by. */
class Stage implements Disposable {
  readonly #fs: MemoryFs;
  readonly #clock = new ManualClock();
  readonly #sampler: Sampler;

  constructor(fs: MemoryFs, { through = fs, every = 1 }: {
    readonly through?: ProcFs;
    readonly every?: number;
  } = {}) {
    this.#fs = fs;
    this.#sampler = new Sampler({
      pid: 10,
      fs: through,
      clock: this.#clock,
      collect: [wss({ every })],
    });
  }

  sample(): Sample {
    this.#fs.pass(1);
    this.#clock.pass(1);
    return this.#sampler.sample();
  }

  [Symbol.dispose](): void {
    this.#sampler.close();
  }
}

/** The working sets of the processes and of the tree; reasons in place of those that are null. */
function setsOf({ processes, tree }: Sample): unknown[] {
  return [...processes, tree].map(({ wssBytes, unreadable }) =>
    wssBytes ?? unreadable?.wssBytes ?? null
  );
}

Deno.test("wss counts the pages that were used since the reading before, and of the tree each once", () => {
  const fs = idleHost(256);
  const pages = [3, 70, "swapped", null, 130] as const;
  fs.addProcess({ pid: 10, files: filesOf(pages) });
  fs.addProcess({ pid: 11, ppid: 10, files: filesOf([70, 200, 64, 70]) });
  using stage = new Stage(fs);
  assertEquals(setsOf(stage.sample()), [
    "first_sample",
    "first_sample",
    "first_sample",
  ]);
  assertEquals(idleFrames(fs), [3, 64, 70, 130, 200]);

  use(fs, 3, 70);
  // 3 and 70; 70, which is mapped twice; 3 and 70.
  assertEquals(setsOf(stage.sample()), [2 * PAGE, PAGE, 2 * PAGE]);
  assertEquals(idleFrames(fs), [3, 64, 70, 130, 200]);

  assertEquals(setsOf(stage.sample()), [0, 0, 0]);
  use(fs, 3, 64, 70, 130, 200);
  assertEquals(setsOf(stage.sample()), [3 * PAGE, 3 * PAGE, 5 * PAGE]);
});

Deno.test("wss marks no page that belongs to nobody in the tree", () => {
  const fs = idleHost(256);
  fs.addProcess({ pid: 9, ppid: 1, files: filesOf([1, 2]) });
  fs.addProcess({ pid: 10, files: filesOf([5, 63, 64]) });
  using stage = new Stage(fs);
  stage.sample();
  assertEquals(idleFrames(fs), [5, 63, 64]);
});

Deno.test("wss counts a page that came since the reading before as used", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf([5]) });
  using stage = new Stage(fs);
  stage.sample();
  fs.changeProcess(10, { files: filesOf([5, 6, 100]) });
  assertEquals(setsOf(stage.sample()), [2 * PAGE, 2 * PAGE]);
  assertEquals(setsOf(stage.sample()), [0, 0]);
});

Deno.test("wss does not look for pages among the kernel's own addresses", () => {
  const fs = idleHost(128);
  const { maps, pagemap } = filesOf([5]);
  const vsyscall =
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n";
  fs.addProcess({ pid: 10, files: { maps: maps + vsyscall, pagemap } });
  using stage = new Stage(fs);
  stage.sample();
  assertEquals(setsOf(stage.sample()), [0, 0]);
});

Deno.test("wss goes by the first frame of a large page, which alone has a bit", () => {
  const fs = idleHost(2048);
  // 2 MiB from frame 1024 on; a large page of four frames from 60 to 63, across no word.
  writeFlags(fs, 2048, { ...largePage(1024, 512), ...largePage(60, 4) });
  const all = Array.from({ length: 512 }, (_, i) => 1024 + i);
  fs.addProcess({ pid: 10, files: filesOf([...all, 61, 63, 64]) });
  fs.addProcess({ pid: 11, ppid: 10, files: filesOf([1200, 1535]) });
  using stage = new Stage(fs);
  stage.sample();
  assertEquals(idleFrames(fs), [60, 64, 1024]);
  assertEquals(setsOf(stage.sample()), [0, 0, 0]);

  use(fs, 1024);
  assertEquals(setsOf(stage.sample()), [512 * PAGE, 2 * PAGE, 512 * PAGE]);

  use(fs, 60, 64);
  assertEquals(setsOf(stage.sample()), [3 * PAGE, 0, 3 * PAGE]);
});

Deno.test("wss finds the first frame of a large page of which a process has the last alone", () => {
  const fs = idleHost(2048);
  writeFlags(fs, 2048, largePage(512, 512));
  fs.addProcess({ pid: 10, files: filesOf([1023]) });
  using stage = new Stage(fs);
  stage.sample();
  assertEquals(idleFrames(fs), [512]);
  assertEquals(setsOf(stage.sample()), [0, 0]);
  use(fs, 512);
  assertEquals(setsOf(stage.sample()), [PAGE, PAGE]);
});

Deno.test("wss leaves out what is no resident memory: the zero page, hugetlbfs, the kernel's own, holes", () => {
  const fs = idleHost(256);
  writeFlags(fs, 256, {
    7: KPF.zeroPage,
    8: KPF.nopage,
    9: KPF.reserved,
    10: KPF.head | KPF.huge,
    11: KPF.tail | KPF.huge,
  });
  const pages = [7, 7, 7, 8, 9, 10, 11, 12];
  fs.addProcess({ pid: 10, files: filesOf(pages) });
  using stage = new Stage(fs);
  stage.sample();
  assertEquals(idleFrames(fs), [12]);
  use(fs, 12);
  assertEquals(setsOf(stage.sample()), [PAGE, PAGE]);
});

Deno.test("wss takes each frame for a page where nothing says which are parts of one", () => {
  const fs = idleHost(128);
  fs.write(FLAGS, { error: "gone" });
  fs.addProcess({ pid: 10, files: filesOf([5, 6]) });
  using stage = new Stage(fs);
  stage.sample();
  use(fs, 6);
  assertEquals(setsOf(stage.sample()), [PAGE, PAGE]);
});

Deno.test("wss leaves out frames behind the end of memory, of devices", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf([5, 127, 128, 2 ** 40]) });
  using stage = new Stage(fs);
  stage.sample();
  assertEquals(idleFrames(fs), [5, 127]);
  use(fs, 5, 127);
  assertEquals(setsOf(stage.sample()), [2 * PAGE, 2 * PAGE]);
});

Deno.test("wss is not known if the bitmap ends before memory does", () => {
  const fs = idleHost(128);
  fs.write(BITMAP, new Uint8Array(8));
  fs.addProcess({ pid: 10, files: filesOf([5, 127]) });
  using stage = new Stage(fs);
  assertEquals(setsOf(stage.sample()), ["failed", "failed"]);
  fs.write(FLAGS, { error: "gone" });
  fs.write(BITMAP, new Uint8Array(0));
  assertEquals(setsOf(stage.sample()), ["failed", "failed"]);
});

for (
  const [what, prepare, reason] of [
    [
      "has no page_idle",
      (fs) => fs.write(BITMAP, { error: "gone" }),
      "unsupported",
    ],
    [
      "lets this user not mark pages",
      (fs) => fs.write(BITMAP, { error: "denied" }),
      "denied",
    ],
    [
      "fails to open page_idle",
      (fs) => fs.write(BITMAP, { error: "failed" }),
      "failed",
    ],
    [
      "denies the flags of frames",
      (fs) => fs.write(FLAGS, { error: "denied" }),
      "denied",
    ],
    [
      "fails to read the flags of frames",
      (fs) => fs.write(FLAGS, { error: "failed" }),
      "failed",
    ],
    [
      "denies pagemap",
      (fs) => fs.write("/proc/10/pagemap", { error: "denied" }),
      "denied",
    ],
    [
      "denies maps",
      (fs) => fs.write("/proc/10/maps", { error: "denied" }),
      "denied",
    ],
    [
      "has a damaged maps",
      (fs) => fs.write("/proc/10/maps", "1000-x\n"),
      "malformed",
    ],
    [
      "has a maps that is cut",
      (fs) => fs.write("/proc/10/maps", "1000-2000 r"),
      "malformed",
    ],
    [
      "hides frames from this user",
      (fs) => fs.write("/proc/10/pagemap", pagemapOf([null, 0, 0])),
      "denied",
    ],
    [
      "has no pages any more, as the process ends",
      (fs) => fs.write("/proc/10/pagemap", new Uint8Array(0)),
      "exiting",
    ],
  ] as const satisfies readonly (readonly [
    string,
    (fs: MemoryFs) => void,
    string,
  ])[]
) {
  Deno.test(`wss is null with a reason on a host that ${what}`, () => {
    const fs = idleHost(128);
    fs.addProcess({ pid: 10, files: filesOf([5, 6]) });
    prepare(fs);
    using stage = new Stage(fs);
    const isEnding = reason === "exiting";
    // What a process without memory has used is nothing.
    assertEquals(setsOf(stage.sample()), [reason, isEnding ? 0 : reason]);
    assertEquals(setsOf(stage.sample()), [reason, isEnding ? 0 : reason]);
  });
}

Deno.test("wss adds nothing of processes without memory", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf([5]) });
  fs.addProcess({
    pid: 11,
    ppid: 10,
    state: "Z",
    files: { maps: "", pagemap: "" },
  });
  fs.addProcess({
    pid: 12,
    ppid: 10,
    flags: 0x0020_0000,
    files: { maps: "", pagemap: "" },
  });
  using stage = new Stage(fs);
  stage.sample();
  use(fs, 5);
  const without = ["zombie", "kernel_thread"];
  assertEquals(setsOf(stage.sample()), [PAGE, ...without, PAGE]);
  fs.write(BITMAP, { error: "gone" });
  const unknown = "unsupported";
  assertEquals(setsOf(stage.sample()), [unknown, ...without, unknown]);
});

Deno.test("wss of a process that is all swapped out is 0", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf(["swapped", null]) });
  using stage = new Stage(fs);
  stage.sample();
  assertEquals(setsOf(stage.sample()), [0, 0]);
});

Deno.test("wss has a child that has started since, and not one that has come from elsewhere", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf([5]) });
  fs.addProcess({ pid: 12, ppid: 1, files: filesOf([20]) });
  using stage = new Stage(fs);
  stage.sample();
  fs.addProcess({
    pid: 11,
    ppid: 10,
    startSeconds: 11.5,
    files: filesOf([5, 6]),
  });
  // The child has used its own page, and the one of its parent is idle.
  assertEquals(setsOf(stage.sample()), [0, PAGE, PAGE]);

  fs.changeProcess(12, { ppid: 10 });
  fs.addProcess({ pid: 13, ppid: 12, startSeconds: 12.5, files: filesOf([]) });
  const sets = setsOf(stage.sample());
  assertEquals(sets.slice(0, 3), [0, 0, "first_sample"]);
  assertEquals(sets.at(-1), "first_sample");
  use(fs, 20);
  assertEquals(setsOf(stage.sample()).slice(0, 3), [0, 0, PAGE]);
});

Deno.test("wss({ every: 2 }) reads in the first of two samples, and is null in the others", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf([5, 6]) });
  using stage = new Stage(fs, { every: 2 });
  assertEquals(setsOf(stage.sample()), ["first_sample", "first_sample"]);
  use(fs, 5);
  assertEquals(setsOf(stage.sample()), [null, null]);
  assertEquals(idleFrames(fs), [6]);
  assertEquals(setsOf(stage.sample()), [PAGE, PAGE]);
  assertEquals(setsOf(stage.sample()), [null, null]);
});

/** A host whose bitmap is written in another way. */
function writing(
  fs: MemoryFs,
  writeAt: (file: ProcBytes, offset: number, bytes: Uint8Array) => number,
): ProcFs {
  return withBytes(fs, (path, use) => {
    const file = fs.openBytes(path, use);
    return {
      ...file,
      writeAt: (offset, bytes) => writeAt(file, offset, bytes),
    };
  });
}

for (const reason of ["denied", "failed"] as const satisfies ReadFailure[]) {
  Deno.test(`wss of pages that cannot be marked is null, and so is the next one (${reason})`, () => {
    const fs = idleHost(128);
    fs.addProcess({ pid: 10, files: filesOf([5, 6]) });
    let fails = true;
    const through = writing(fs, (file, offset, bytes) => {
      if (!fails) return file.writeAt(offset, bytes);
      throw new ProcReadError(BITMAP, { reason, detail: "so the test has it" });
    });
    using stage = new Stage(fs, { through });
    assertEquals(setsOf(stage.sample()), [reason, reason]);
    fails = false;
    assertEquals(setsOf(stage.sample()), ["first_sample", "first_sample"]);
    assertEquals(setsOf(stage.sample()), [0, 0]);
  });
}

Deno.test("wss of pages that the kernel does not take marks of is null", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf([5, 6]) });
  using stage = new Stage(fs, { through: writing(fs, () => 0) });
  assertEquals(setsOf(stage.sample()), ["failed", "failed"]);
});

Deno.test("wss goes on where the kernel takes a part of what is written", () => {
  const fs = idleHost(256);
  fs.addProcess({ pid: 10, files: filesOf([0, 64, 128, 192, 255].slice(1)) });
  const through = writing(
    fs,
    (file, offset, bytes) => file.writeAt(offset, bytes.subarray(0, 8)),
  );
  using stage = new Stage(fs, { through });
  stage.sample();
  assertEquals(idleFrames(fs), [64, 128, 192, 255]);
});

/** The bytes of pagemap that are read of a host. */
function counting(fs: MemoryFs): { through: ProcFs; bytes: () => number } {
  let bytes = 0;
  const through = withBytes(fs, (path, use) => {
    const file = fs.openBytes(path, use);
    return {
      ...file,
      readAt: (offset, length) => {
        if (path.endsWith("/pagemap")) bytes += length;
        return file.readAt(offset, length);
      },
    };
  });
  return { through, bytes: () => bytes };
}

/** A paragraph of `smaps`. */
function paragraph(start: number, end: number, rssKib: number): string {
  return `${start.toString(16)}-${end.toString(16)} rw-p 00000000 00:00 0 \n` +
    `Size: ${(end - start) / 1024} kB\nRss: ${rssKib} kB\nVmFlags: rd wr nr\n`;
}

Deno.test("wss looks for the pages of a large address space where some are, and no further", () => {
  const fs = idleHost(128);
  const TIB = 2 ** 40;
  // Two pages at the start of 1 TiB, behind the zero page; and 16 TiB with nothing in them.
  writeFlags(fs, 128, { 7: KPF.zeroPage });
  const chunk = 8192;
  const pages = Array.from<number | null>({ length: 3 * chunk }).fill(null);
  pages.splice(1, 3, 7, 7, 5);
  pages[chunk + 9] = 6;
  const ranges = [[PAGE, TIB, 8], [TIB, 17 * TIB, 0]] as const;
  fs.addProcess({
    pid: 10,
    files: {
      maps: ranges.map(([start, end]) =>
        `${start.toString(16)}-${end.toString(16)} rw-p 00000000 00:00 0 \n`
      ).join("") +
        "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n",
      smaps: ranges.map(([start, end, kib]) =>
        paragraph(start, end, kib)
      )
        .join("") +
        "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\nRss: 0 kB\n",
      pagemap: pagemapOf(pages),
    },
  });
  const { through, bytes } = counting(fs);
  using stage = new Stage(fs, { through });
  stage.sample();
  assertEquals(idleFrames(fs), [5, 6]);
  assertEquals(bytes(), 2 * chunk * 8);
  use(fs, 6);
  assertEquals(setsOf(stage.sample()), [PAGE, PAGE]);
});

Deno.test("wss gives up on memory that is scattered over too many addresses", () => {
  const fs = idleHost(128);
  const end = 2 ** 40;
  fs.addProcess({
    pid: 10,
    files: {
      maps: `1000-${end.toString(16)} rw-p 00000000 00:00 0 \n`,
      smaps: paragraph(PAGE, end, 8),
    },
  });
  fs.addProcess({ pid: 11, ppid: 10, files: filesOf([5]) });
  let numReads = 0;
  const through = withBytes(fs, (path, use) => {
    if (path !== "/proc/10/pagemap") return fs.openBytes(path, use);
    return {
      readAt: (_, length) => {
        numReads++;
        return new Uint8Array(length);
      },
      writeAt: () => 0,
      close: () => {},
    };
  });
  using stage = new Stage(fs, { through });
  stage.sample();
  assertEquals(setsOf(stage.sample()), ["failed", 0, "failed"]);
  // 256 MiB in each of two samples.
  assertLess(numReads, 2 * 4096 + 1);
});

Deno.test("wss of a large address space needs what smaps says", () => {
  const fs = idleHost(128);
  const maps = `1000-${(2 ** 40).toString(16)} rw-p 00000000 00:00 0 \n`;
  fs.addProcess({
    pid: 10,
    files: { maps, smaps: { error: "denied" }, pagemap: pagemapOf([null, 5]) },
  });
  using stage = new Stage(fs);
  assertEquals(setsOf(stage.sample()), ["denied", "denied"]);
});

Deno.test("wss closes what it opens, also where something fails", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf([5]) });
  fs.addProcess({ pid: 11, ppid: 10, files: { ...filesOf([6]), maps: "?" } });
  fs.addProcess({ pid: 12, ppid: 10, files: filesOf([2 ** 45]) });
  let numOpen = 0;
  const through = withBytes(fs, (path, use) => {
    const file = fs.openBytes(path, use);
    numOpen++;
    return {
      ...file,
      close: () => {
        numOpen--;
        file.close();
      },
    };
  });
  using stage = new Stage(fs, { through });
  stage.sample();
  assertEquals(numOpen, 0);
  fs.write(FLAGS, { error: "failed" });
  stage.sample();
  assertEquals(numOpen, 0);
});

Deno.test("wss says once of a host that it finds nothing there, and writes nothing to find out", () => {
  const fs = idleHost(128);
  const facts = {} as Parameters<ReturnType<typeof wss>["unusable"]>[1];
  const sentence = () => wss().unusable(new ProcReader(fs), facts);
  assertEquals(sentence(), null);
  assertEquals(idleFrames(fs), []);
  fs.write(BITMAP, { error: "denied" });
  assertEquals(
    sentence(),
    `The collector wss finds nothing: this user may not write ${BITMAP}`,
  );
  fs.write(BITMAP, { error: "gone" });
  assertEquals(
    sentence(),
    `The collector wss finds nothing: this kernel has no ${BITMAP}`,
  );
});

Deno.test("wss finds nothing in a file system that opens no files of bytes", () => {
  const fs = idleHost(128);
  fs.addProcess({ pid: 10, files: filesOf([5]) });
  using stage = new Stage(fs, { through: plainFs(fs) });
  assertEquals(setsOf(stage.sample()), ["unsupported", "unsupported"]);
});
