/**
 * What some collectors have read of a run: each output shows what was asked of it, however much the
 * others need.
 *
 * @module
 */

import { standsFor } from "../collect/collectors.ts";
import type { ThreadSample } from "../model/collected_fields.ts";
import { collectorOf, LINES, MISSED_LINES } from "../model/dictionary.ts";
import type { Field, LineKind } from "../model/field.ts";
import { keepReasons, type NullReasons } from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";

/** What can be null for a reason. */
interface Reasoned {
  readonly unreadable?: NullReasons | null;
}

/** The part of a run that some of its collectors have read, as if there had been no others. */
export class PartOfRun {
  readonly #kept: ReadonlySet<string>;
  /** Whether that is all. */
  readonly #isWhole: boolean;
  readonly #process: HiddenFields;
  /** The keys of a process that are shown. */
  readonly #processKeys: readonly string[];
  readonly #thread: HiddenFields;
  readonly #tree: HiddenFields;
  readonly #end: HiddenFields;

  /**
   * `collectors` are those of the run, as it names them, `kept` those whose figures are shown. A
   * run does not say whether there are events: they are shown only if they are kept.
   */
  constructor(collectors: readonly string[], kept: readonly string[]) {
    const all = [...collectors, "events"];
    this.#kept = new Set(kept);
    this.#isWhole = all.every((name) => this.#kept.has(name));
    const read = fieldCollectors(all);
    const shown = fieldCollectors(kept);
    const hiddenIn = (kind: LineKind) => new HiddenFields(kind, read, shown);
    this.#process = hiddenIn("process");
    this.#processKeys = Object.entries<Field>(LINES.process).filter(
      ([, { collector }]) => collector === undefined || shown.has(collector),
    ).map(([key]) => key);
    this.#thread = hiddenIn("thread");
    this.#tree = hiddenIn("tree");
    this.#end = hiddenIn("end");
  }

  /** The run, with those collectors. */
  run(run: Run): Run {
    if (this.#isWhole) return run;
    const collectors = run.collectors.filter((name) => this.#kept.has(name));
    return { ...run, collectors };
  }

  /** The sample, without what the other collectors have read. */
  sample(sample: Sample): Sample {
    if (this.#isWhole) return sample;
    const { events, threads, mappings, cgroups, cgroupFigures, host, ...rest } =
      sample;
    const shows = (kind: LineKind) => this.#kept.has(collectorOf(kind) ?? "");
    return {
      ...rest,
      events: shows("start") ? events : [],
      processes: this.#processes(sample.processes),
      tree: this.#tree.without(sample.tree),
      ...threads !== undefined && shows("thread")
        ? { threads: this.#threads(threads) }
        : {},
      ...mappings !== undefined && shows("smaps") ? { mappings } : {},
      ...cgroups !== undefined && shows("cgroup") ? { cgroups } : {},
      ...cgroupFigures !== undefined && this.#kept.has("cgroup_files")
        ? { cgroupFigures }
        : {},
      ...host !== undefined && shows("host") ? { host } : {},
    };
  }

  #processes(all: readonly ProcessSample[]): readonly ProcessSample[] {
    if (this.#process.isEmpty) return all;
    return all.map((one) => {
      const shown = new ShownProcess(one, this.#processKeys);
      shown.unreadable = this.#process.shownReasons(one.unreadable);
      return shown as unknown as ProcessSample;
    });
  }

  #threads(all: readonly ThreadSample[]): readonly ThreadSample[] {
    return this.#thread.isEmpty
      ? all
      : all.map((one) => this.#thread.without(one));
  }

  /** The end, without what the other collectors have counted. */
  end(end: RunEnd): RunEnd {
    if (this.#isWhole) return end;
    return { ...end, summary: this.#end.without(end.summary) };
  }
}

/** The names by which the fields of these collectors stand in the dictionary. */
function fieldCollectors(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.flatMap((name) => [name, standsFor(name) ?? name]));
}

/** The fields of a kind of line that were read and are not shown. */
class HiddenFields {
  /** Their keys, and of a process the kinds of line that it may lack. */
  readonly #keys: ReadonlySet<string>;
  /** Nothing, under each of their names. */
  readonly #nothing: object;

  constructor(
    kind: LineKind,
    read: ReadonlySet<string>,
    shown: ReadonlySet<string>,
  ) {
    const isHidden = (collector: string | null | undefined) =>
      typeof collector === "string" && read.has(collector) &&
      !shown.has(collector);
    const keys = Object.entries<Field>(LINES[kind]).filter(
      ([, { collector }]) => isHidden(collector),
    ).map(([key]) => key);
    const lines = kind === "process"
      ? MISSED_LINES.filter((one) => isHidden(collectorOf(one)))
      : [];
    this.#keys = new Set([...keys, ...lines]);
    this.#nothing = Object.fromEntries(keys.map((key) => [key, undefined]));
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  without<Values extends Reasoned>(values: Values): Values {
    if (this.isEmpty) return values;
    const { unreadable = null } = values;
    return {
      ...values,
      ...this.#nothing,
      ...unreadable === null
        ? {}
        : { unreadable: this.shownReasons(unreadable) },
    };
  }

  shownReasons(reasons: NullReasons | null): NullReasons | null {
    if (
      reasons === null || !Object.keys(reasons).some((key) => this.has(key))
    ) {
      return reasons;
    }
    return keepReasons(reasons, (key) => !this.has(key));
  }
}

/**
 * Some fields of a process. What a constructor makes has one layout in memory: to copy a process by
 * `...` takes thirty times as long.
 */
class ShownProcess {
  [key: string]: unknown;

  constructor(process: ProcessSample, keys: readonly string[]) {
    const values = process as unknown as Readonly<Record<string, unknown>>;
    for (const key of keys) this[key] = values[key];
  }
}
