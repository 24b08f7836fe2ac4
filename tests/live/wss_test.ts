// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assertEquals,
  assertGreater,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import { existsSync } from "@std/fs";
import { HostFs } from "../../src/kernel/host_fs.ts";
import { parsePagemap } from "../../src/parse/pagemap.ts";
import { type AnyLine, Burner, ofKind, parseLines } from "../support/burner.ts";
import { BITMAP, FLAGS } from "../support/idle_host.ts";
import {
  Child,
  compile,
  ignored,
  type Needed,
  needs,
  runProcline,
  type SampleLines,
  startProcline,
  TemporaryDirectory,
} from "../support/procline.ts";

const MIB = 2 ** 20;

/** Whether this host tells frames and their flags to this user. */
function tellsFrames(): boolean {
  const fs = new HostFs();
  try {
    using files = new DisposableStack();
    const flags = fs.openBytes(FLAGS, "read");
    files.defer(() => flags.close());
    const pagemap = fs.openBytes("/proc/self/pagemap", "read");
    files.defer(() => pagemap.close());
    const stack = /^([0-9a-f]+)-([0-9a-f]+) .*\[stack\]$/m
      .exec(fs.readTextFile("/proc/self/maps"));
    const end = parseInt(stack?.[2] ?? "0", 16) / 4096;
    return parsePagemap(pagemap.readAt((end - 16) * 8, 128)).frames.length > 0;
  } catch {
    return false;
  }
}

function needsFrames(name: string): Needed {
  return tellsFrames() ? needs(["cc"], name) : ignored(
    name,
    `this user may not read ${FLAGS} and the frames in pagemap`,
  );
}

/** As many frames as there are, holes among them too. */
function numFrames(): number {
  const zones = new HostFs().readTextFile("/proc/zoneinfo");
  const numbers = (pattern: RegExp) =>
    Array.from(zones.matchAll(pattern), ([, digits]) => Number(digits));
  const spanned = numbers(/^ +spanned +(\d+)$/gm);
  const starts = numbers(/^ +start_pfn: +(\d+)$/gm);
  return Math.max(...starts.map((start, i) => start + (spanned[i] ?? 0)));
}

/**
 * A directory that stands for /sys, with a bitmap that keeps what is written: nothing is ever in
 * use until it is made anew.
 */
class KeptMarks implements Disposable {
  readonly #directory = new TemporaryDirectory();
  readonly path = this.#directory.path;
  readonly #bitmap = `${this.path}/kernel/mm/page_idle/bitmap`;

  constructor() {
    const folder = this.#bitmap.slice(0, this.#bitmap.lastIndexOf("/"));
    Deno.mkdirSync(folder, { recursive: true });
    this.makeAnew();
  }

  /** Nothing is marked. */
  makeAnew(): void {
    Deno.writeFileSync(`${this.#bitmap}.new`, new Uint8Array(0));
    Deno.truncateSync(`${this.#bitmap}.new`, Math.ceil(numFrames() / 64) * 8);
    Deno.renameSync(`${this.#bitmap}.new`, this.#bitmap);
  }

  /** How many frames are marked. */
  get numMarked(): number {
    let count = 0;
    for (const byte of Deno.readFileSync(this.#bitmap)) {
      for (let left = byte; left !== 0; left &= left - 1) count++;
    }
    return count;
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}

/** The marks are made anew after the first of these. */
const SAMPLES = 5;

/** The samples behind the first. */
async function samplesOf(procline: Child): Promise<SampleLines[]> {
  const samples: SampleLines[] = [];
  while (samples.length < SAMPLES - 1) samples.push(await procline.sample());
  return samples;
}

/**
 * Asserts that all of a process was in use in one of the samples, after the marks were made anew,
 * and nothing in any other; returns its resident memory.
 */
function assertAllUsedOnce(samples: readonly SampleLines[]): number {
  const sets = samples.map(({ processes: [process] }) => setOf(process));
  const at = sets.findIndex(([bytes]) => bytes !== 0);
  const sample = samples[at];
  const rss = sample?.processes[0]?.rss_bytes ?? NaN;
  const bytes = sets[at]?.[0] ?? NaN;
  console.log(`rss ${rss}, all of it in use: wss ${bytes}`);
  assertGreater(bytes, 0.95 * rss);
  assertLess(bytes, 1.05 * rss);
  assertEquals(setOf(sample?.tree), sets[at]);
  assertEquals(sets.toSpliced(at, 1), Array(SAMPLES - 2).fill([0, undefined]));
  return rss;
}

function setOf(line: unknown): [number | null, string | undefined] {
  const { wss_bytes, unreadable } = line as AnyLine;
  return [wss_bytes, unreadable?.wss_bytes];
}

const READS_WSS =
  "procline --collect wss reads the working set of a program within 5 %";

Deno.test({
  ...existsSync(BITMAP)
    ? needs(["cc"], READS_WSS)
    : ignored(READS_WSS, `this kernel has no ${BITMAP}`),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = await compile("working_set", directory);
    await using child = new Child([program, "256", "64"]);
    assertEquals(await child.line(), "ready");
    await using procline = startProcline([
      `--pid=${child.pid}`,
      "--collect=wss",
      "--count=3",
    ]);
    const first = await procline.sample();
    await procline.sample();
    const { processes: [process], tree } = await procline.sample();
    const [bytes] = setOf(process);
    console.log(`64 MiB of 256 in use: wss ${bytes}`);
    assertEquals(setOf(first.processes[0]), [null, "first_sample"]);
    assertEquals(setOf(tree), setOf(process));
    assertGreater(bytes ?? 0, 0.95 * 64 * MIB);
    assertLess(bytes ?? 0, 1.05 * 64 * MIB);
  },
});

Deno.test({
  ...needsFrames(
    "procline --collect wss finds the pages of a process by the kernel's own pagemap and flags",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using quiet = new Child([burner.program, "quiet", "64"]);
    assertEquals(await quiet.line(), "ready");
    using marks = new KeptMarks();
    using directory = new TemporaryDirectory();
    const recording = `${directory.path}/wss.ndjson`;
    await using procline = startProcline([
      `--pid=${quiet.pid}`,
      "--collect=wss",
      `--sys=${marks.path}`,
      `--record=${recording}`,
      `--count=${SAMPLES}`,
    ]);
    const first = await procline.sample();
    marks.makeAnew();
    const others = await samplesOf(procline);

    assertEquals(setOf(first.processes[0]), [null, "first_sample"]);
    assertAllUsedOnce(others);

    assertEquals(await procline.code(), 0);
    const { stdout, stderr } = await runProcline([`--replay=${recording}`]);
    assertEquals(stderr, "");
    assertEquals(
      ofKind(parseLines(stdout), "process").map(setOf),
      [first, ...others].map(({ processes: [process] }) => setOf(process)),
    );
  },
});

Deno.test({
  ...needsFrames(
    "procline --collect wss marks a transparent huge page by its first frame, and counts all of it",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = await compile("working_set", directory);
    await using child = new Child([program, "64", "0", "huge"]);
    assertEquals(await child.line(), "ready");
    const rollup = new HostFs().readTextFile(`/proc/${child.pid}/smaps_rollup`);
    const huge = Number(/AnonHugePages: +(\d+) kB/.exec(rollup)?.[1]) * 1024;
    using marks = new KeptMarks();
    await using procline = startProcline([
      `--pid=${child.pid}`,
      "--collect=wss",
      `--sys=${marks.path}`,
      `--count=${SAMPLES}`,
    ]);
    await procline.sample();
    const { numMarked } = marks;
    marks.makeAnew();
    const rss = assertAllUsedOnce(await samplesOf(procline));
    console.log(`${huge} of it in huge pages: ${numMarked} marks`);
    // Each huge page of 2 MiB takes one mark in place of 512. Where the kernel gave none, all do.
    const small = (rss - huge) / 4096 + huge / (2 * MIB);
    assertGreater(numMarked, 0.95 * small - 8);
    assertLess(numMarked, 1.05 * small + 8);
  },
});

const SAYS_ONCE =
  "procline --collect wss says once that this kernel does not track idle pages";

Deno.test({
  ...existsSync(BITMAP)
    ? ignored(SAYS_ONCE, `this kernel has ${BITMAP}`)
    : { name: SAYS_ONCE, ignore: false },
  fn: async () => {
    const { code, stdout, stderr } = await runProcline([
      `--pid=${Deno.pid}`,
      "--collect=wss",
      "--count=2",
      "--interval=50ms",
      "--only=tree",
    ]);
    assertEquals(code, 0);
    assertEquals(
      stderr,
      `procline: The collector wss finds nothing: this kernel has no ${BITMAP}\n`,
    );
    const lines = parseLines(stdout);
    assertEquals(lines.map(setOf), [
      [null, "unsupported"],
      [null, "unsupported"],
    ]);
  },
});

Deno.test("procline --collect all leaves wss out", async () => {
  const { code, stdout } = await runProcline([
    `--pid=${Deno.pid}`,
    "--collect=all",
    "--count=1",
    "--only=run,tree",
  ]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, '"numa"');
  assertEquals(stdout.includes("wss"), false);
});
