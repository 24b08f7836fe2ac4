import {
  assertEquals,
  assertGreater,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { events } from "../../src/collect/events.ts";
import { io } from "../../src/collect/io.ts";
import { RootError } from "../../src/errors.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { CountingFs } from "../support/counting_fs.ts";
import { IDLE } from "../support/stage.ts";

/** A sampler of one process, with the clocks of this host. */
function samplerOf(): Sampler {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  return new Sampler({ pid: 10, fs }, { selfUsage: IDLE });
}

Deno.test("sampler() takes no sample once it is closed, and describes no run", async () => {
  const sampler = samplerOf();
  sampler.sample();
  sampler.close();
  sampler.close();
  const closed = "Cannot sample: the sampler is closed";
  assertThrows(() => sampler.sample(), Error, closed);
  assertThrows(() => sampler.describeRun(), Error, closed);
  const aborted = AbortSignal.abort();
  for (const options of [{}, { count: 1 }, { signal: aborted }]) {
    await assertRejects(() => sampler.samples(options).next(), Error, closed);
  }
  // What was measured until then stays known.
  assertEquals([sampler.summary.samples, sampler.rootEnded], [1, false]);
});

Deno.test("sampler() that is closed between two samples throws at the second", async () => {
  const sampler = samplerOf();
  const samples = sampler.samples({ intervalMs: 0.001 });
  await samples.next();
  sampler.close();
  await assertRejects(
    () => samples.next(),
    Error,
    "Cannot sample: the sampler is closed",
  );
});

/** Roots that cannot be sampled, and what the start says. */
const NO_ROOTS = [
  { pid: 4 },
  { cgroup: "/no" },
] as const;

for (const root of NO_ROOTS) {
  Deno.test(`sampler() whose start fails leaves no file open: ${JSON.stringify(root)}`, () => {
    const fs = new CountingFs(new MemoryFs());
    assertThrows(() => new Sampler({ ...root, fs }), RootError);
    assertEquals(fs.numOpen, 0);
  });
}

Deno.test("sampler() whose start fails at any of its reads leaves no file open", () => {
  let numOpened = 0;
  for (let faulty = 1;; faulty++) {
    const memory = new MemoryFs();
    memory.addProcess({ pid: 10 });
    const fs = new CountingFs(memory, (number) => {
      if (number === faulty) {
        throw new Deno.errors.NotCapable("as a test has it");
      }
    });
    const sampler = tryOrNull(() =>
      new Sampler({ pid: 10, fs, collect: [io(), events()] }, {
        startedByUs: true,
      })
    );
    if (sampler !== null) {
      // All reads of a start have failed once.
      assertGreater(faulty, 8);
      assertGreater(numOpened, 1);
      sampler.close();
      assertEquals(fs.numOpen, 0);
      return;
    }
    assertEquals(fs.numOpen, 0, `after a fault in read ${faulty}`);
    numOpened = Math.max(numOpened, fs.numOpened);
  }
});

Deno.test("sampler() whose clock, or listener for damaged files, throws leaves no file open", () => {
  const fail = () => {
    throw new TypeError("a bug");
  };
  const clock = { epochMs: fail, monotonicMs: fail };
  const memory = new MemoryFs();
  memory.addProcess({ pid: 10 });
  const first = new CountingFs(memory);
  assertThrows(() => new Sampler({ pid: 10, fs: first, clock }), TypeError);
  assertGreater(first.numOpened, 1);
  assertEquals(first.numOpen, 0);

  memory.write("/proc/10/stat", "cut");
  const second = new CountingFs(memory);
  const start = () => new Sampler({ pid: 10, fs: second, onMalformed: fail });
  assertThrows(start, TypeError);
  assertGreater(second.numOpened, 0);
  assertEquals(second.numOpen, 0);
});

Deno.test("sampler() that fails in the middle of a sample closes its files", () => {
  const memory = new MemoryFs();
  memory.addProcess({ pid: 10 });
  memory.addProcess({ pid: 11, ppid: 10 });
  for (let faulty = 1;; faulty++) {
    let isDue = false;
    let number = 0;
    const fs = new CountingFs(memory, () => {
      if (isDue && ++number === faulty) throw new TypeError("a bug");
    });
    const sampler = new Sampler({ pid: 10, fs });
    isDue = true;
    const sample = tryOrNull(() => sampler.sample());
    sampler.close();
    assertEquals(fs.numOpen, 0, `after a fault in read ${faulty}`);
    if (sample !== null) {
      assertGreater(faulty, 8);
      return;
    }
  }
});

function tryOrNull<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
