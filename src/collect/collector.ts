/**
 * What a collector is: something that reads more about the processes of a sample, or about their
 * host, on request. And how several of them run side by side.
 *
 * @module
 */

import type { CgroupMounts } from "../host/cgroup_mounts.ts";
import type { HostFacts } from "../host/facts.ts";
import type { Uptime } from "../host/uptime.ts";
import type { Integer } from "../integer.ts";
import type { PartlyMalformed } from "../errors.ts";
import type { Parse, ProcReader, Reading } from "../kernel/proc_reader.ts";
import type { ProcessEvent } from "../model/events.ts";
import type {
  CollectedExtras,
  CollectedFields,
  CollectedTotals,
} from "../model/collected_fields.ts";
import {
  joinReasons,
  type Known,
  type NullReasons,
  type Readout,
} from "../model/null_reason.ts";
import type { Sweep } from "../tree/tree.ts";
import type { Root, TreeProcess } from "../tree/tree_process.ts";
import type { Program } from "../model/program.ts";

/**
 * A group of fields or lines to read beside those that every sample has. The functions of the entry
 * `./collect` make them; the list is closed, as each field has a row in the dictionary.
 */
export interface Collector {
  /** The name that `--collect` knows it by. */
  readonly name: string;
  /**
   * Whether it compares a sample with the one before: it then reads in the silent sample too, which
   * is taken before the first that is printed. Default: it does not.
   *
   * @internal
   */
  readonly comparesSamples?: boolean;
  /**
   * Why this host can never serve it, in a sentence; null if it can.
   *
   * @internal
   */
  unusable(reader: ProcReader, facts: HostFacts): string | null;
  /**
   * Starts to read for one sampler: what is remembered from sample to sample lives in the result.
   *
   * @internal
   */
  start(reader: ProcReader, run: CollectedRun): RunningCollector;
}

/**
 * What collectors know of a run from its start.
 *
 * @internal
 */
export interface CollectedRun {
  /** What is known of the host. */
  readonly facts: HostFacts;
  /** Where cgroups are mounted. */
  readonly mounts: CgroupMounts;
  /** What the tree grows from. */
  readonly root: Root;
  /** The names of all collectors of the run. */
  readonly collectors: readonly string[];
  /** The files of the process that is visited. */
  readonly files: VisitedFiles;
}

/**
 * A collector at work. For each sample its methods are called in this order.
 *
 * @internal
 */
export interface RunningCollector {
  /** A sample begins, once the sweep has found which processes there are. */
  begin?(sweep: Sweep, time: SampleTime): void;
  /** Reads a process. */
  visit?(visit: ProcessVisit): Readout<CollectedFields> | null;
  /** Reads more of the process that is the root, if the root is a process. */
  visitRoot?(visit: ProcessVisit): void;
  /** A process has ended since the sweep, so that it is not visited. */
  endedBeforeVisit?(process: TreeProcess): void;
  /** Sums up the tree, once all its processes were visited; `atMs` is when they were read. */
  total?(sweep: Sweep, atMs: number): Totals;
  /** Reads the host and what takes long; `atMs` is when. */
  finish?(atMs: number): Extras;
  /** The same in steps: between two of them the program may do something else. */
  finishInSteps?(atMs: number): Generator<void, Extras>;
  /** The run is over: closes the files that it holds open. */
  close?(): void;
}

/** When a sample is taken. */
export interface SampleTime {
  /** What start times count from, see `Sample.bootEpochMs`. */
  readonly bootEpochMs: number | null;
  /** Seconds since boot, or why they are not known. */
  readonly uptime: Uptime;
  /**
   * Seconds from the start of the run to when processes are read, and what cutting to ticks may add
   * to an age: what is older was there before the run.
   */
  readonly runSeconds: number;
  /** How many CPUs are online, or why that is not known. */
  readonly onlineCpus: Known<number>;
  /**
   * The CPUs that were online at the previous sample or are now, the larger number: what bounds a
   * share of the CPUs since then. Null: not known, no bound.
   */
  readonly maxCores: number | null;
  /** Whether the root has ended, or the cgroup that is the root is gone. */
  readonly rootEnded: boolean;
}

/** One process in one sample. */
export interface ProcessVisit {
  /** The process. */
  readonly process: TreeProcess;
  /**
   * The directory whose files describe it; a thread's if the main thread has ended before the
   * others.
   */
  readonly directory: string;
  /**
   * Whether it was moved into the cgroup after it started: what it used before is not the cgroup's.
   */
  readonly joinedLate: boolean;
  /** Whether it has its parent's memory and none of its own, as between vfork(2) and execve(2). */
  readonly hasParentsMemory: boolean;
  /** Its program. */
  readonly program: Program;
  /** Its resident memory in bytes; null if it has none or it is not known. */
  readonly rssBytes: number | null;
  /** Its virtual memory in bytes, also while threads outlive its main thread; null as above. */
  readonly vsizeBytes: Integer | null;
  /** Seconds since its start, or why they are not known. */
  readonly uptime: Known<number>;
  /**
   * The seconds that its percentages are of: since it was last measured, or since its start if it
   * was born in the run; or why there is no such window.
   */
  readonly window: Known<number>;
  /** When the processes of the sample are read from, by the monotonic clock, in milliseconds. */
  readonly atMs: number;
}

/** What a collector adds to the tree's line. */
export interface Totals extends Readout<CollectedTotals> {
  /** Whether what ended processes counted is in the totals once. */
  readonly consistent: boolean;
}

/** What collectors add to a sample beside its processes. */
export interface Extras {
  /** Lines of their own. */
  readonly extras: CollectedExtras;
  /** What happened to processes. Default: nothing. */
  readonly events?: readonly ProcessEvent[];
  /**
   * Why there are no such lines for which processes, by process id: for their own lines. Default:
   * none.
   */
  readonly missing?: ReadonlyMap<number, NullReasons>;
  /**
   * Fields of processes, by their ids, that are known only once all processes were visited.
   * Default: none.
   */
  readonly ofProcesses?: ReadonlyMap<number, Readout<CollectedFields>>;
  /** Fields of the tree that are known only then. Default: none. */
  readonly ofTree?: Readout<CollectedTotals>;
  /** The processes, by their ids, of which an amount of memory makes no sense. Default: none. */
  readonly absurd?: ReadonlySet<number>;
}

/** Files of one process that several collectors read: in one visit each is read once. */
export class VisitedFiles {
  readonly #reader: ProcReader;
  readonly #texts = new Map<string, Reading<string>>();
  readonly #names = new Map<string, Reading<string[]>>();

  /** Nothing is read yet. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** What a file holds. */
  read<T>(path: string, parse: Parse<T>): Reading<T> {
    const text = this.#textOf(path);
    return text.value === null
      ? text
      : this.#reader.parse(path, text.value, parse);
  }

  /** What a file holds, of which one field may make no sense. */
  readFields<T extends PartlyMalformed>(
    path: string,
    parse: Parse<T>,
  ): Reading<T> {
    const text = this.#textOf(path);
    return text.value === null
      ? text
      : this.#reader.parseFields(path, text.value, parse);
  }

  /** The names in a directory. */
  readDir(path: string): Reading<string[]> {
    let names = this.#names.get(path);
    if (names === undefined) {
      names = this.#reader.readDir(path);
      this.#names.set(path, names);
    }
    return names;
  }

  #textOf(path: string): Reading<string> {
    let text = this.#texts.get(path);
    if (text === undefined) {
      text = this.#reader.read(path, (whole) => whole);
      this.#texts.set(path, text);
    }
    return text;
  }

  /** The visit is over: what it has read is old. */
  forget(): void {
    this.#texts.clear();
    this.#names.clear();
  }
}

/** The same of all collectors; what is said of a process is in `ofProcesses`. */
export type Finished = Omit<Required<Extras>, "missing">;

const NOTHING: Readout<CollectedFields> = { fields: {}, reasons: null };

/** The collectors of one sampler, at work. */
export class RunningCollectors {
  readonly #all: readonly RunningCollector[];
  /** Those that compare samples. */
  readonly #comparing: readonly RunningCollector[];
  /** Those that read in this sample. */
  #running: readonly RunningCollector[];
  /** Those that read something of each process in this sample. */
  #visiting: readonly RunningCollector[];
  readonly #files: VisitedFiles;
  /** The process id of the root; null if the root is none. */
  readonly #rootPid: number | null;

  /** Starts them; they are called in their order. */
  constructor(
    collectors: readonly Collector[],
    reader: ProcReader,
    run: Pick<CollectedRun, "facts" | "mounts" | "root">,
  ) {
    const files = new VisitedFiles(reader);
    this.#files = files;
    this.#rootPid = "pid" in run.root ? run.root.pid : null;
    const names = collectors.map(({ name }) => name);
    this.#all = collectors.map((one) =>
      one.start(reader, { ...run, collectors: names, files })
    );
    this.#comparing = this.#all.filter((_, i) =>
      collectors[i]?.comparesSamples === true
    );
    this.#running = this.#all;
    this.#visiting = this.#running.filter(visits);
  }

  /** Whether nothing was asked for. */
  get isEmpty(): boolean {
    return this.#running.length === 0;
  }

  /** Begins a sample; only those that compare samples read in a silent one. */
  begin(sweep: Sweep, time: SampleTime, isSilent: boolean): void {
    this.#running = isSilent ? this.#comparing : this.#all;
    this.#visiting = this.#running.filter(visits);
    for (const running of this.#running) running.begin?.(sweep, time);
  }

  /** Reads what was asked for of a process. */
  visit(visit: ProcessVisit): Readout<CollectedFields> {
    this.#files.forget();
    if (visit.process.pid === this.#rootPid) {
      for (const running of this.#running) running.visitRoot?.(visit);
    }
    if (this.#visiting.length < 2) {
      return this.#visiting[0]?.visit?.(visit) ?? NOTHING;
    }
    const read = this.#visiting.map((running) => running.visit?.(visit) ?? null)
      .filter((readout) => readout !== null);
    return {
      ...joinReadouts(read),
      isAbsurd: read.some(({ isAbsurd }) => isAbsurd === true),
    };
  }

  /** Takes note of a process that has ended since the sweep, in place of a visit. */
  endedBeforeVisit(process: TreeProcess): void {
    for (const running of this.#running) running.endedBeforeVisit?.(process);
  }

  /** Sums up the tree, once all its processes have been visited. */
  total(sweep: Sweep, atMs: number): Totals {
    this.#files.forget();
    const totals = this.#running.map((running) => running.total?.(sweep, atMs))
      .filter((total) => total !== undefined);
    return {
      ...joinReadouts(totals),
      consistent: totals.every(({ consistent }) => consistent),
    };
  }

  /** Reads what was asked for beside the processes, and what takes long, step by step. */
  *finish(atMs: number): Generator<void, Finished> {
    const parts: Extras[] = [];
    for (const running of this.#running) {
      const part = running.finishInSteps === undefined
        ? running.finish?.(atMs)
        : yield* running.finishInSteps(atMs);
      if (part !== undefined) parts.push(part);
      yield;
    }
    return {
      extras: Object.assign({}, ...parts.map(({ extras }) => extras)),
      events: parts.flatMap(({ events = [] }) => events),
      absurd: new Set(parts.flatMap(({ absurd = [] }) => [...absurd])),
      ofProcesses: readoutsOf(parts),
      ofTree: joinReadouts(
        parts.map(({ ofTree }) => ofTree).filter((one) => one !== undefined),
      ),
    };
  }

  /** Closes the files that they hold open. */
  close(): void {
    for (const running of this.#all) running.close?.();
  }
}

/** What is said of each process: its fields, and why it has no lines of a kind. */
function readoutsOf(
  parts: readonly Extras[],
): ReadonlyMap<number, Readout<CollectedFields>> {
  const readouts = new Map<number, Readout<CollectedFields>>();
  const add = (pid: number, readout: Readout<CollectedFields>) => {
    const before = readouts.get(pid);
    const both = before === undefined ? [readout] : [before, readout];
    readouts.set(pid, joinReadouts(both));
  };
  for (const { missing = [], ofProcesses = [] } of parts) {
    for (const [pid, reasons] of missing) add(pid, { fields: {}, reasons });
    for (const [pid, readout] of ofProcesses) add(pid, readout);
  }
  return readouts;
}

function joinReadouts<Fields extends object>(
  readouts: readonly Readout<Fields>[],
): Readout<Fields> {
  return {
    fields: Object.assign({}, ...readouts.map(({ fields }) => fields)),
    reasons: joinReasons(...readouts.map(({ reasons }) => reasons)),
  };
}

/** Whether it reads something of each process. */
function visits({ visit }: RunningCollector): boolean {
  return visit !== undefined;
}
