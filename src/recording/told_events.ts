/**
 * What happened to processes, told by the samples that saw them: for lines without events.
 *
 * @module
 */

import type { ProcessEvent } from "../model/events.ts";
import { keepReasons, type NullReasons } from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import { larger } from "../model/rate.ts";
import type { Sample } from "../model/sample.ts";
import { startEpochMs } from "../model/start_date.ts";

/** A process as it was last seen. */
interface Seen {
  process: ProcessSample;
  peakRssBytes: number | null;
  /** Whether the sample before lacked it. */
  isMissing: boolean;
}

/** Tells the events of one run, sample by sample. */
export class ToldEvents {
  readonly #ticksPerSecond: number;
  #seen = new Map<number, Seen>();
  /** How many processes could not be read in the sample before. */
  #unread = 0;

  /** Begins a run with so many clock ticks in a second. */
  constructor(ticksPerSecond: number) {
    this.#ticksPerSecond = ticksPerSecond;
  }

  /**
   * The sample with what happened since the one before, in which each process stands for itself. If
   * more processes than before could not be read, the end of one that is missing is told a sample
   * later: it may be one of them, and be back.
   */
  apply(sample: Sample): Sample {
    const before = this.#seen;
    const now = new Map<number, Seen>();
    const starts: ProcessEvent[] = [];
    const changes: ProcessEvent[] = [];
    for (const process of sample.processes) {
      const { pid, rssBytes } = process;
      const last = before.get(pid);
      const isSame = last?.process.startTicks === process.startTicks;
      if (last !== undefined && isSame) {
        before.delete(pid);
        changes.push(...changesOf(last.process, process));
      } else starts.push(this.#startOf(process, sample));
      now.set(pid, {
        process,
        peakRssBytes: larger(
          isSame ? last?.peakRssBytes ?? null : null,
          rssBytes,
        ),
        isMissing: false,
      });
    }
    const unread = sample.tree.denied + sample.tree.malformed;
    const isUnsure = unread > this.#unread;
    this.#unread = unread;
    const exits: ProcessEvent[] = [];
    for (const [pid, seen] of before) {
      if (isUnsure && !seen.isMissing && !now.has(pid)) {
        now.set(pid, { ...seen, isMissing: true });
      } else exits.push(this.#exitOf(seen, sample));
    }
    this.#seen = now;
    return { ...sample, events: [...exits, ...starts, ...changes] };
  }

  #startOf(process: ProcessSample, { bootEpochMs }: Sample): ProcessEvent {
    const { pid, ppid, startTicks, exe, comm } = process;
    const { cmdline = null, cmdlineTruncated = null, uid = null } = process;
    const startedMs = startEpochMs(
      startTicks,
      bootEpochMs,
      this.#ticksPerSecond,
    );
    return {
      kind: "start",
      pid,
      ppid,
      startTicks,
      exe,
      comm,
      cmdline,
      cmdlineTruncated,
      uid,
      startedAt: startedMs === null ? null : new Date(startedMs).toISOString(),
      unreadable: reasonsOf(process),
    };
  }

  #exitOf({ process, peakRssBytes }: Seen, { epochMs, bootEpochMs }: Sample) {
    const { pid, ppid, startTicks, exe, comm } = process;
    const { cmdline = null, cmdlineTruncated = null } = process;
    const reasons = reasonsOf(process);
    const lifetime = bootEpochMs === null
      ? null
      : (epochMs - bootEpochMs) / 1000 -
        Number(startTicks) / this.#ticksPerSecond;
    const exit: ProcessEvent = {
      kind: "exit",
      pid,
      ppid,
      startTicks,
      exe,
      comm,
      cmdline,
      cmdlineTruncated,
      lifetimeSeconds: lifetime === null ? null : Math.max(lifetime, 0),
      userCpuSecondsTotal: process.userCpuSecondsTotal,
      kernelCpuSecondsTotal: process.kernelCpuSecondsTotal,
      childrenUserCpuSecondsTotal: process.childrenUserCpuSecondsTotal,
      childrenKernelCpuSecondsTotal: process.childrenKernelCpuSecondsTotal,
      peakRssBytes,
      ...reasons === null ? {} : { unreadable: reasons },
    };
    return exit;
  }
}

function changesOf(before: ProcessSample, now: ProcessSample): ProcessEvent[] {
  const { pid, startTicks, exe, comm, ppid } = now;
  const events: ProcessEvent[] = [];
  // A program that cannot be read may be the same.
  if (exe !== null && before.exe !== null && exe !== before.exe) {
    const previousExe = before.exe;
    events.push({ kind: "exec", pid, startTicks, exe, previousExe, comm });
  }
  if (ppid !== before.ppid) {
    const previousPpid = before.ppid;
    events.push({ kind: "reparented", pid, startTicks, ppid, previousPpid });
  }
  return events;
}

/** Why what an event has of a process is null. */
function reasonsOf({ unreadable }: ProcessSample): NullReasons | null {
  return keepReasons(
    unreadable ?? {},
    (key) => key === "exe" || key === "cmdline" || key === "uid",
  );
}
