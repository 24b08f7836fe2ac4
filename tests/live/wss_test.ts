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
import { type AnyLine, Burner } from "../support/burner.ts";
import {
  CHECKOUT,
  Child,
  ignored,
  type Needed,
  needs,
  run,
  runProcline,
  startProcline,
  TemporaryDirectory,
} from "../support/procline.ts";

const MIB = 2 ** 20;
const BITMAP = "/sys/kernel/mm/page_idle/bitmap";
const FLAGS = "/proc/kpageflags";

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

function setOf(line: unknown): [number | null, string | undefined] {
  const { wss_bytes, unreadable } = line as AnyLine;
  return [wss_bytes, unreadable?.wss_bytes];
}

Deno.test({
  ...existsSync(BITMAP)
    ? needs(
      ["cc"],
      "procline --collect wss reads the working set of a program within 5 %",
    )
    : ignored(
      "procline --collect wss reads the working set of a program within 5 %",
      `this kernel has no ${BITMAP}`,
    ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = `${directory.path}/working_set`;
    const source = `${CHECKOUT}tests/live/working_set.c`;
    const { code, stderr } = await run(["cc", "-O1", "-o", program, source]);
    assertEquals(code, 0, stderr);
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
    // A bitmap that keeps what is written: nothing is ever in use, until it is made anew. It has room
    // for 2 TiB of memory.
    using sys = new TemporaryDirectory();
    const bitmap = `${sys.path}/kernel/mm/page_idle/bitmap`;
    await Deno.mkdir(bitmap.slice(0, bitmap.lastIndexOf("/")), {
      recursive: true,
    });
    const makeAnew = async () => {
      await Deno.writeFile(`${bitmap}.new`, new Uint8Array(0));
      await Deno.truncate(`${bitmap}.new`, 64 * MIB);
      await Deno.rename(`${bitmap}.new`, bitmap);
    };
    await makeAnew();
    await using procline = startProcline([
      `--pid=${quiet.pid}`,
      "--collect=wss",
      `--sys=${sys.path}`,
      "--count=3",
    ]);
    const { processes: [first] } = await procline.sample();
    await makeAnew();
    const { processes: [second], tree } = await procline.sample();
    const { processes: [third] } = await procline.sample();

    const rss = (second as unknown as AnyLine).rss_bytes;
    const [bytes] = setOf(second);
    console.log(`rss ${rss}, all of it in use: wss ${bytes}`);
    assertEquals(setOf(first), [null, "first_sample"]);
    assertEquals(setOf(tree), setOf(second));
    assertGreater(bytes ?? 0, 0.95 * rss);
    assertLess(bytes ?? 0, 1.05 * rss);
    assertEquals(setOf(third), [0, undefined]);
  },
});

Deno.test({
  ...existsSync(BITMAP)
    ? ignored(
      "procline --collect wss says once that this kernel does not track idle pages",
      `this kernel has ${BITMAP}`,
    )
    : needs(
      [],
      "procline --collect wss says once that this kernel does not track idle pages",
    ),
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
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map(setOf), [
      [null, "unsupported"],
      [null, "unsupported"],
    ]);
  },
});

Deno.test({
  ...needs([], "procline --collect all leaves wss out"),
  fn: async () => {
    const { code, stdout } = await runProcline([
      `--pid=${Deno.pid}`,
      "--collect=all",
      "--count=1",
      "--only=run,tree",
    ]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, '"numa"');
    assertEquals(stdout.includes("wss"), false);
  },
});
