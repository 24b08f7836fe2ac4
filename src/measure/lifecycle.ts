/**
 * What happens to processes between two samples: starts, ends, new programs, new parents.
 *
 * @module
 */

import { collectCmdline } from "../collect/cmdline.ts";
import type { Integer } from "../integer.ts";
import type { Stat } from "../parse/stat.ts";
import { parseStatus } from "../parse/status.ts";
import { mayHaveExecuted, type Program } from "./process_files.ts";
import type { Reader } from "../kernel/proc_reader.ts";
import type { ProcessEvent, StartEvent } from "../model/events.ts";
import { orNull, type UnreadableNotes } from "../model/null_reason.ts";
import type { Member } from "../tree/tree.ts";

/** What a sample has seen of a process beside its `stat`. */
export interface Sighting {
  /** The directory whose files tell of it. */
  readonly directory: string;
  /** Its program. */
  readonly program: Program;
  /** Resident memory in bytes; null where there is none or it is not known. */
  readonly rssBytes: Integer | null;
  /** Seconds since its start; null where that is not known. */
  readonly uptimeSeconds: number | null;
}

/** What is remembered of a process. */
interface Known {
  readonly program: Program;
  readonly stat: Stat;
  readonly peakRssBytes: Integer | null;
}

/** When a sample is taken. */
export interface EventTime {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /** Seconds since boot; null where that is not known. */
  readonly uptimeSeconds: number | null;
}

/** Tells what has happened to the processes of a tree. */
export class Events {
  readonly #reader: Reader;
  readonly #ticksPerSecond: number;
  readonly #known = new Map<Member, Known>();
  #bootEpochMs: number | null = null;

  /** Reads the arguments and the user of each new process with `reader`. */
  constructor(
    reader: Reader,
    options: { readonly ticksPerSecond: number },
  ) {
    this.#reader = reader;
    this.#ticksPerSecond = options.ticksPerSecond;
  }

  /** Fixes, at the first sample, the date that start times count from. */
  begin(time: EventTime): void {
    const { epochMs, uptimeSeconds } = time;
    if (uptimeSeconds !== null) {
      this.#bootEpochMs ??= epochMs - uptimeSeconds * 1000;
    }
  }

  /** What has happened to a process that lives. */
  see(member: Member, sighting: Sighting): ProcessEvent[] {
    const { stat } = member;
    const known = this.#known.get(member);
    const { program, rssBytes } = sighting;
    const isNewProgram = known !== undefined &&
      hasExecuted(known, { stat, program });
    this.#known.set(member, {
      stat,
      program: program.path === null && known !== undefined
        ? known.program
        : program,
      peakRssBytes: larger(known?.peakRssBytes ?? null, rssBytes),
    });
    if (known === undefined) return [this.#start(member, sighting)];
    const { pid, startTicks } = member;
    const events: ProcessEvent[] = [];
    if (isNewProgram) {
      events.push({
        kind: "exec",
        pid,
        startTicks,
        exe: program.exe,
        previousExe: known.program.exe,
        comm: stat.comm,
      });
    }
    if (known.stat.ppid !== stat.ppid) {
      events.push({
        kind: "reparented",
        pid,
        startTicks,
        ppid: stat.ppid,
        previousPpid: known.stat.ppid,
      });
    }
    return events;
  }

  /** Forgets a process that has left the tree. */
  forget(member: Member): void {
    this.#known.delete(member);
  }

  /** What is to be said of a process that has ended; nothing of one that no sample has seen. */
  end(member: Member, time: EventTime): ProcessEvent[] {
    const known = this.#known.get(member);
    if (known === undefined) return [];
    this.#known.delete(member);
    const { stat } = member;
    const tps = this.#ticksPerSecond;
    const age = time.uptimeSeconds === null
      ? -1
      : time.uptimeSeconds - Number(member.startTicks) / tps;
    return [{
      kind: "exit",
      pid: member.pid,
      ppid: stat.ppid,
      startTicks: member.startTicks,
      exe: known.program.exe,
      comm: stat.comm,
      lifetimeSeconds: age < 0 ? null : age,
      userCpuSecondsTotal: Number(stat.utime) / tps,
      kernelCpuSecondsTotal: Number(stat.stime) / tps,
      childrenUserCpuSecondsTotal: Number(stat.cutime) / tps,
      childrenKernelCpuSecondsTotal: Number(stat.cstime) / tps,
      peakRssBytes: known.peakRssBytes,
    }];
  }

  #start(member: Member, sighting: Sighting): StartEvent {
    const { pid, startTicks, stat } = member;
    const notes: UnreadableNotes = {};
    const { unreadable } = sighting.program;
    if (unreadable !== null) notes.exe = unreadable;
    const cmdline = collectCmdline({
      reader: this.#reader,
      member,
      directory: sighting.directory,
      notes,
    });
    const status = this.#reader.read(
      `${sighting.directory}/status`,
      parseStatus,
    );
    if (status.unread !== null) notes.uid = status.unread;
    const startedAt =
      this.#bootEpochMs === null || sighting.uptimeSeconds === null
        ? null
        : new Date(
          this.#bootEpochMs + 1000 * Number(startTicks) / this.#ticksPerSecond,
        ).toISOString();
    if (startedAt === null) notes.startedAt = "clock";
    return {
      kind: "start",
      pid,
      ppid: stat.ppid,
      startTicks,
      exe: sighting.program.exe,
      comm: stat.comm,
      ...cmdline,
      uid: status.value?.uid ?? null,
      startedAt,
      unreadable: orNull(notes),
    };
  }
}

/** Whether a process has replaced its program: its link names another file, and not because that was renamed. */
function hasExecuted(
  before: Known,
  now: { readonly stat: Stat; readonly program: Program },
): boolean {
  const { stat, program } = now;
  return program.path !== null && before.program.path !== null &&
    program.path !== before.program.path &&
    mayHaveExecuted(before.stat, stat);
}

function larger(a: Integer | null, b: Integer | null): Integer | null {
  if (a === null || b === null) return a ?? b;
  return b > a ? b : a;
}
