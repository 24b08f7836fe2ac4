import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProcReadError } from "../../src/errors.ts";
import {
  FAULT_KINDS,
  FaultFs,
  type FaultFsOptions,
} from "../../src/testing/fault_fs.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

/** A host with one process. Its reads are numbered from 1. */
function faulty(options: FaultFsOptions): FaultFs {
  const memory = new MemoryFs();
  memory.addProcess({ pid: 10 });
  return new FaultFs(memory, options);
}

function reasonOf(read: () => unknown): string {
  return assertThrows(read, ProcReadError).reason;
}

for (const kind of ["gone", "denied", "failed"] as const) {
  Deno.test(`FaultFs fails the read that was asked for as ${kind}, and no other`, () => {
    const fs = faulty({ reads: [2], kinds: [kind] });
    fs.readTextFile("/proc/uptime");
    assertEquals(reasonOf(() => fs.readTextFile("/proc/uptime")), kind);
    assertEquals(fs.readTextFile("/proc/uptime"), "10.00 0.00\n");
    assertEquals(fs.faults, [{ number: 2, path: "/proc/uptime", kind }]);
    assertEquals(fs.reads, 3);
  });
}

Deno.test("FaultFs empties a text, a list of names and bytes", () => {
  const fs = faulty({ probability: 1, kinds: ["empty"] });
  assertEquals(fs.readTextFile("/proc/uptime"), "");
  assertEquals(fs.readDir("/proc"), []);
  assertEquals(fs.readFile("/proc/self/auxv"), new Uint8Array(0));
});

Deno.test("FaultFs cuts a text at any of its bytes", () => {
  const whole = "10.00 0.00\n";
  const lengths = new Set<number>();
  for (let seed = 1; seed <= 200; seed++) {
    const fs = faulty({ reads: [1], kinds: ["cut"], seed });
    const text = fs.readTextFile("/proc/uptime");
    assert(whole.startsWith(text) && text.length < whole.length);
    lengths.add(text.length);
  }
  assertEquals(lengths.size, whole.length);
});

Deno.test("FaultFs flips one to four bits", () => {
  const whole = new TextEncoder().encode("10.00 0.00\n");
  for (let seed = 1; seed <= 200; seed++) {
    const fs = faulty({ reads: [1], kinds: ["flipped"], seed });
    const bytes = fs.readFile("/proc/uptime");
    assertEquals(bytes.length, whole.length);
    let flipped = 0;
    for (const [i, byte] of bytes.entries()) {
      for (let bits = byte ^ (whole[i] ?? 0); bits > 0; bits &= bits - 1) {
        flipped++;
      }
    }
    assert(flipped <= 4, `${flipped} bits with seed ${seed}`);
  }
});

Deno.test("FaultFs lets the same reads go wrong for the same seed, and others for another", () => {
  const faultsOf = (seed: number) => {
    const fs = faulty({ probability: 0.3, kinds: ["empty", "cut"], seed });
    for (let i = 0; i < 100; i++) fs.readTextFile("/proc/uptime");
    return fs.faults.map(({ number, kind }) => `${number} ${kind}`);
  };
  assertEquals(faultsOf(7), faultsOf(7));
  assert(faultsOf(7).join() !== faultsOf(8).join());
  // 30 of 100 are expected; 15 and 45 are more than three standard deviations away.
  assert(faultsOf(7).length > 15 && faultsOf(7).length < 45);
});

Deno.test("FaultFs leaves paths alone that do not match", () => {
  const matches = (path: string) => path.endsWith("/stat");
  const fs = faulty({ probability: 1, kinds: ["denied"], matches });
  assertEquals(fs.readTextFile("/proc/uptime"), "10.00 0.00\n");
  assertEquals(reasonOf(() => fs.readTextFile("/proc/10/stat")), "denied");
});

Deno.test("FaultFs fails an opening for which a damaged text is due", () => {
  for (const kind of FAULT_KINDS) {
    const fs = faulty({ reads: [1], kinds: [kind] });
    const isReason = ["gone", "denied"].includes(kind);
    assertEquals(
      reasonOf(() => fs.open("/proc/10/stat")),
      isReason ? kind : "failed",
    );
  }
});

Deno.test("FaultFs calls back before each read, so that a process may end in mid-sweep", () => {
  const memory = new MemoryFs();
  memory.addProcess({ pid: 10 });
  const fs = new FaultFs(memory, {
    onRead: ({ number, path }) => {
      if (number === 2) memory.removeProcess(10);
      assertEquals(path, "/proc/10/stat");
    },
  });
  fs.readTextFile("/proc/10/stat");
  assertEquals(reasonOf(() => fs.readTextFile("/proc/10/stat")), "gone");
});

for (
  const [options, says] of [
    ...[0, -1, 1.5, NaN, Infinity].map((read) =>
      [
        { reads: [1, read] },
        `Cannot let read ${read} go wrong: reads are whole numbers above 0`,
      ] as const
    ),
    ...[-0.1, 1.1, NaN, Infinity].map((probability) =>
      [
        { probability },
        `Cannot let reads go wrong with probability ${probability}: it is a number from 0 to 1`,
      ] as const
    ),
    ...[0.5, NaN, Infinity].map((seed) =>
      [{ seed }, `Cannot draw from seed ${seed}: it is a whole number`] as const
    ),
  ]
) {
  Deno.test(`FaultFs refuses what it cannot draw from: ${says}`, () => {
    assertThrows(() => faulty(options), RangeError, says);
  });
}

Deno.test("FaultFs lets parts of files of bytes go wrong, and marks that are written", () => {
  const memory = new MemoryFs();
  memory.write("/sys/b", Uint8Array.of(1, 2, 3, 4));
  const fs = new FaultFs(memory, { reads: [2, 4], kinds: ["empty"] });
  const file = fs.openBytes("/sys/b", "readwrite");
  assertEquals(file.readAt(0, 4), new Uint8Array(0));
  assertEquals(file.readAt(0, 4).length, 4);
  assertEquals(file.writeAt(0, Uint8Array.of(0, 0)), 0);
  assertEquals(file.writeAt(0, Uint8Array.of(0, 0)), 2);

  for (const kind of ["gone", "denied", "failed", "flipped"] as const) {
    const failing = new FaultFs(memory, { reads: [1, 3], kinds: [kind] });
    const reason = kind === "flipped" ? "failed" : kind;
    const open = () => failing.openBytes("/sys/b", "readwrite");
    assertEquals(reasonOf(open), reason);
    const opened = open();
    assertEquals(
      reasonOf(() => opened.writeAt(0, Uint8Array.of(0))),
      reason,
    );
  }
});
