import { assert, assertEquals, assertGreater } from "@std/assert";
import { ProcParseError, ProcReadError, RootError } from "../../src/errors.ts";
import {
  FAULT_KINDS,
  FaultFs,
  type FaultKind,
} from "../../src/testing/fault_fs.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import type { ProcFs } from "../../src/kernel/proc_fs.ts";
import { recordingCases } from "../support/recordings.ts";
import { faultsOf, faultsOfSilence } from "../support/lines.ts";
import { cgroupRecording, commandRecording } from "../support/recorded.ts";
import {
  parseRecording,
  type Recorded,
  replayLines,
} from "../support/replay.ts";

const PATHS: ReadonlyMap<string, string> = new Map(
  recordingCases().map(({ name, path }) => [name, path]),
);
const RUNS = [...PATHS.keys(), "a command", "a cgroup"];

/** Whether each fault is injected into each read, not one of eight. */
const IS_FULL = Deno.args.includes("--full");
const ONE_OF = 8;
const SEED = 1;

/** Whether this fault is injected into this read. */
function isDrawn(read: number, kind: FaultKind): boolean {
  if (IS_FULL) return true;
  const fault = read * FAULT_KINDS.length + FAULT_KINDS.indexOf(kind) + SEED;
  // Knuth's multiplicative hash spreads neighbours.
  return (Math.imul(fault, 0x9e37_79b1) >>> 0) % ONE_OF === 0;
}

/** What a run printed in spite of its faults, sample by sample; null if it could not begin. */
interface Faulty {
  readonly lines: readonly string[] | null;
  readonly faults: number;
}

/** The recordings that are made of fakes, by name. */
const FAKES: Readonly<Record<string, () => Recorded>> = {
  "a command": commandRecording,
  "a cgroup": cgroupRecording,
};

function recordingOf(name: string): Recorded {
  return FAKES[name]?.() ??
    parseRecording(Deno.readTextFileSync(PATHS.get(name) ?? ""));
}

function replayFaulty(
  recorded: Recorded,
  wrap: (fs: ProcFs) => FaultFs,
): Faulty {
  const wrapped: FaultFs[] = [];
  let lines: readonly string[] | null = null;
  try {
    lines = replayLines(recorded, {
      uncached: false,
      wrap: (fs) => {
        const faulty = wrap(fs);
        wrapped.push(faulty);
        return faulty;
      },
      onReady: () => lines = [],
    });
  } catch (error) {
    // The run is refused before its first sample if its root, or a fact of the host, cannot be
    // read.
    assert(lines === null, `A run ended: ${error}`);
    assert(
      error instanceof RootError || error instanceof ProcReadError ||
        error instanceof ProcParseError,
      `A run was refused with ${error}`,
    );
  }
  return { lines, faults: wrapped[0]?.faults.length ?? 0 };
}

/** Asserts that the tree's CPU seconds never fall. */
function assertNeverFalls(lines: readonly string[], what: string): void {
  let before = [0, 0];
  for (const text of lines) {
    const tree = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
    const now = [tree.user_cpu_seconds_total, tree.kernel_cpu_seconds_total];
    assert(
      now.every((seconds, i) => seconds >= (before[i] ?? 0)),
      `${what}: the tree's seconds fall from ${before} to ${now}`,
    );
    before = now;
  }
}

/**
 * How many processes a sample found, with those that it left out. A process whose memory makes no
 * sense has a line and counts as malformed: it is counted once.
 */
function found(text: string): number {
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const tree = lines.at(-1);
  const absurd =
    lines.filter(({ kind, unreadable }) =>
      kind === "process" && unreadable?.rss_bytes === "failed"
    ).length;
  return tree.num_processes + tree.gone + tree.denied + tree.malformed - absurd;
}

let injected = 0;

for (const name of RUNS) {
  Deno.test(`each read of ${name} may fail in each way`, () => {
    const recorded = recordingOf(name);
    let reads = 0;
    const sound = replayLines(recorded, {
      uncached: false,
      wrap: (fs) => new FaultFs(fs, { onRead: () => reads++ }),
    });
    for (let read = 1; read <= reads; read++) {
      for (const kind of FAULT_KINDS.filter((kind) => isDrawn(read, kind))) {
        const what = `${kind} read ${read} of ${name}`;
        const { lines, faults } = replayFaulty(
          recorded,
          (fs) => new FaultFs(fs, { reads: [read], kinds: [kind], seed: read }),
        );
        injected += faults;
        if (lines === null) continue;
        assertEquals(lines.length, sound.length, what);
        for (const [i, text] of lines.entries()) {
          if (text === sound[i]) continue;
          assertEquals(faultsOf(text), [], what);
          // What was gone in the sample before and is there again has started anew.
          if (kind === "gone") continue;
          assertEquals(faultsOfSilence(lines[i - 1], text), [], what);
        }
        assertNeverFalls(lines, what);
      }
    }
    if (IS_FULL) assertGreater(injected, reads * (FAULT_KINDS.length - 1));
  });
}

/** Faults that hide a process, but change nothing of what is reported of it. */
const HIDING: readonly FaultKind[] = ["denied", "failed", "empty"];

/** The recording of every collector is left out: replaying it this often would take a minute. */
const SHORT_RUNS = RUNS.filter((name) => name !== "collectors");

Deno.test("a process whose stat fails is counted among those that are left out", () => {
  for (const name of SHORT_RUNS) {
    const recorded = recordingOf(name);
    const sound = replayLines(recorded, { uncached: false });
    const stats: { readonly number: number; readonly pid: string }[] = [];
    replayLines(recorded, {
      uncached: false,
      wrap: (fs) =>
        new FaultFs(fs, {
          onRead: ({ number, path }) => {
            const pid = /^\/proc\/(\d+)\/stat$/.exec(path)?.[1];
            if (pid !== undefined) stats.push({ number, pid });
          },
        }),
    });
    for (const { number: read, pid } of stats) {
      for (const kind of HIDING.filter((kind) => isDrawn(read, kind))) {
        const { lines, faults } = replayFaulty(
          recorded,
          (fs) => new FaultFs(fs, { reads: [read], kinds: [kind] }),
        );
        injected += faults;
        const at = lines?.findIndex((text, i) => text !== sound[i]) ?? -1;
        const hasLine = sound[at]?.includes(`"kind":"process","pid":${pid},`);
        if (lines === null || !hasLine) continue;
        assertEquals(
          found(lines[at] ?? ""),
          found(sound[at] ?? ""),
          `${kind} read ${read} of ${name}`,
        );
      }
    }
  }
});

for (const name of RUNS) {
  Deno.test(`many reads of ${name} may fail at once, while processes come and go and time goes back`, () => {
    const recorded = recordingOf(name);
    const pids = [
      ...new Set(
        JSON.stringify(recorded.samples).match(/(?<=\/proc\/)\d+(?=\/stat")/g),
      ),
    ].map(Number);
    for (let seed = 1; seed <= 60; seed++) {
      const what = `${name} with seed ${seed}`;
      const { lines, faults } = replayFaulty(recorded, (fs) => {
        const memory = new MemoryFs({ over: fs });
        return new FaultFs(memory, {
          probability: seed / 200,
          seed,
          matches: (path) => /^\/proc\/\d|^\/sys|uptime/.test(path),
          onRead: ({ number }) => {
            const pid = pids[(number * seed) % pids.length] ?? 1;
            if (number % 41 === 0) memory.removeProcess(pid);
            if (number % 43 === 0) {
              memory.addProcess({
                pid,
                ppid: pids[0] ?? 1,
                comm: "new",
                userCpuSeconds: 0.09,
                kernelCpuSeconds: 0.09,
                startSeconds: number / 100,
              });
            }
            if (number % 97 === 0) memory.pass(-100);
          },
        });
      });
      injected += faults;
      for (const text of lines ?? []) assertEquals(faultsOf(text), [], what);
      assertNeverFalls(lines ?? [], what);
    }
  });
}

const LEAST = IS_FULL ? 20_000 : 4000;

Deno.test(`at least ${LEAST} faults were injected`, () => {
  assertGreater(injected, LEAST);
});
