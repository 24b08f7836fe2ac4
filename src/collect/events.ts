/**
 * The collector `events`: what happens to processes between two samples. Starts, ends, new
 * programs, new parents.
 *
 * @module
 */

import type { HostFacts } from "../host/facts.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import type { CmdlineFields } from "../model/collected_fields.ts";
import type { ExitEvent, ProcessEvent, StartEvent } from "../model/events.ts";
import {
  joinReasons,
  type Known,
  lineReason,
  type NullReason,
  type Readout,
  reasonFor,
} from "../model/null_reason.ts";
import { ageAt } from "../host/uptime.ts";
import { larger } from "../model/rate.ts";
import { startEpochMs } from "../model/start_date.ts";
import { showsOtherProgram, type Stat } from "../parse/stat.ts";
import { parseStatus, type Status } from "../parse/status.ts";
import type { Sweep } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import type { ReadAtExec } from "./_at_exec.ts";
import { cmdlineReader } from "./cmdline_at_exec.ts";
import type {
  Collector,
  Extras,
  ProcessVisit,
  RunningCollector,
  SampleTime,
} from "./collector.ts";
import type { Program } from "../model/program.ts";

/** What was last seen of a process. */
interface LastSeen {
  readonly program: Program;
  readonly stat: Stat;
  readonly cmdline: Readout<CmdlineFields>;
  readonly peakRssBytes: number | null;
}

/**
 * Adds what has happened to processes since the previous sample.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { events } from "@procline/procline/collect";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [events()] });
 * assertEquals(sampler.sample().events[0]?.kind, "start");
 * ```
 */
export function events(): Collector {
  return {
    name: "events",
    comparesSamples: true,
    unusable: () => null,
    start: (reader, { facts }) => new EventsReader(reader, facts),
  };
}

/** Sees what happens to the processes of a tree. */
class EventsReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #facts: HostFacts;
  readonly #cmdlines: ReadAtExec<CmdlineFields>;
  readonly #lastSeen = new Map<TreeProcess, LastSeen>();
  #events: ProcessEvent[] = [];
  /** What start times count from; null if it is not known. */
  #bootEpochMs: number | null = null;

  constructor(reader: ProcReader, facts: HostFacts) {
    this.#reader = reader;
    this.#cmdlines = cmdlineReader(reader);
    this.#facts = facts;
  }

  begin(sweep: Sweep, { bootEpochMs, uptime }: SampleTime): void {
    this.#cmdlines.begin();
    this.#bootEpochMs = bootEpochMs;
    this.#events = sweep.ended.flatMap((process) =>
      this.#exit(process, uptime)
    );
    for (const process of sweep.departed) this.#lastSeen.delete(process);
  }

  visit(visit: ProcessVisit): null {
    const { process, program, rssBytes } = visit;
    const { stat } = process;
    const before = this.#lastSeen.get(process);
    const cmdline = this.#cmdlines.visit(visit);
    this.#lastSeen.set(process, {
      stat,
      cmdline,
      program: program.path === null && before !== undefined
        ? before.program
        : program,
      peakRssBytes: larger(before?.peakRssBytes ?? null, rssBytes),
    });
    if (before === undefined) this.#events.push(this.#start(visit, cmdline));
    else this.#events.push(...changes(process, before, program));
    return null;
  }

  finish(): Extras {
    return { extras: {}, events: this.#events };
  }

  /** A process that has ended; nothing if no sample has seen it. */
  #exit(process: TreeProcess, uptime: Known<number>): ExitEvent[] {
    const seen = this.#lastSeen.get(process);
    if (seen === undefined) return [];
    this.#lastSeen.delete(process);
    const { pid, startTicks, stat } = process;
    const { ticksPerSecond } = this.#facts;
    const age = uptime.value === null
      ? uptime
      : ageAt(uptime.value, startTicks, ticksPerSecond);
    const reasons = joinReasons(
      reasonFor("exe", seen.program.reason),
      seen.cmdline.reasons,
      reasonFor("lifetimeSeconds", age.reason),
    );
    return [{
      kind: "exit",
      pid,
      ppid: stat.ppid,
      startTicks,
      exe: seen.program.exe,
      comm: stat.comm,
      ...seen.cmdline.fields,
      lifetimeSeconds: age.value,
      userCpuSecondsTotal: Number(stat.utime) / ticksPerSecond,
      kernelCpuSecondsTotal: Number(stat.stime) / ticksPerSecond,
      childrenUserCpuSecondsTotal: Number(stat.cutime) / ticksPerSecond,
      childrenKernelCpuSecondsTotal: Number(stat.cstime) / ticksPerSecond,
      peakRssBytes: seen.peakRssBytes,
      ...(reasons === null ? {} : { unreadable: reasons }),
    }];
  }

  #start(
    visit: ProcessVisit,
    cmdline: Readout<CmdlineFields>,
  ): StartEvent {
    const { process, directory, program, uptime } = visit;
    const { pid, startTicks, stat } = process;
    const status = this.#reader.readFields(
      `${directory}/status`,
      parseStatus,
    );
    const startedAt = uptime.reason === null ? this.#dateOf(startTicks) : null;
    return {
      kind: "start",
      pid,
      ppid: stat.ppid,
      startTicks,
      exe: program.exe,
      comm: stat.comm,
      ...cmdline.fields,
      uid: status.value?.uid ?? null,
      startedAt,
      unreadable: joinReasons(
        reasonFor("exe", program.reason),
        cmdline.reasons,
        reasonFor("uid", whyNoUid(status)),
        reasonFor(
          "startedAt",
          startedAt === null ? uptime.reason ?? "clock" : null,
        ),
      ),
    };
  }

  #dateOf(startTicks: TreeProcess["startTicks"]): string | null {
    const { ticksPerSecond } = this.#facts;
    const epochMs = startEpochMs(startTicks, this.#bootEpochMs, ticksPerSecond);
    return epochMs === null ? null : new Date(epochMs).toISOString();
  }
}

/** Why the user is not known; null if it is. */
function whyNoUid({ value, reason }: Reading<Status>): NullReason | null {
  if (value === null) return reason;
  return value.uid === null ? lineReason(value, "Uid") : null;
}

/** A new program and a new parent. */
function changes(
  { pid, startTicks, stat }: TreeProcess,
  before: LastSeen,
  program: Program,
): ProcessEvent[] {
  const happened: ProcessEvent[] = [];
  if (hasExecuted(before, stat, program)) {
    happened.push({
      kind: "exec",
      pid,
      startTicks,
      exe: program.exe,
      previousExe: before.program.exe,
      comm: stat.comm,
    });
  }
  if (before.stat.ppid !== stat.ppid) {
    happened.push({
      kind: "reparented",
      pid,
      startTicks,
      ppid: stat.ppid,
      previousPpid: before.stat.ppid,
    });
  }
  return happened;
}

/**
 * Whether a process has replaced its program: its link names another file, and not because that was
 * renamed.
 */
function hasExecuted(before: LastSeen, stat: Stat, program: Program): boolean {
  return program.path !== null && before.program.path !== null &&
    program.path !== before.program.path &&
    (stat.startstack === 0 || showsOtherProgram(before.stat, stat));
}
