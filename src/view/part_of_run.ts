/**
 * What some collectors have read of a run: each output shows what was asked of it, however much the
 * others need.
 *
 * @module
 */

import { standsFor } from "../collect/collectors.ts";
import { collectorOf, LINES } from "../model/dictionary.ts";
import type { Field, LineKind } from "../model/field.ts";
import { noneIfEmpty, type NullReasons } from "../model/null_reason.ts";
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
  readonly #tree: HiddenFields;
  readonly #end: HiddenFields;

  /** `all` are the collectors of the run, `kept` those whose figures are shown. */
  constructor(all: readonly string[], kept: readonly string[]) {
    this.#kept = new Set(kept);
    this.#isWhole = all.every((name) => this.#kept.has(name));
    const read = fieldCollectors(all);
    const shown = fieldCollectors(kept);
    const hiddenIn = (kind: LineKind) => new HiddenFields(kind, read, shown);
    this.#process = hiddenIn("process");
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
    const { events, mappings, cgroups, cgroupFigures, host, ...rest } = sample;
    const shows = (kind: LineKind) => this.#kept.has(collectorOf(kind) ?? "");
    return {
      ...rest,
      events: shows("start") ? events : [],
      processes: sample.processes.map((one) => this.#process.without(one)),
      tree: this.#tree.without(sample.tree),
      ...mappings !== undefined && shows("smaps") ? { mappings } : {},
      ...cgroups !== undefined && shows("cgroup") ? { cgroups } : {},
      ...cgroupFigures !== undefined && this.#kept.has("cgroup_files")
        ? { cgroupFigures }
        : {},
      ...host !== undefined && shows("host") ? { host } : {},
    };
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
  readonly #keys: ReadonlySet<string>;
  /** Nothing, under each of their names. */
  readonly #nothing: object;

  constructor(
    kind: LineKind,
    read: ReadonlySet<string>,
    shown: ReadonlySet<string>,
  ) {
    const keys = Object.entries<Field>(LINES[kind]).filter(
      ([, { collector }]) =>
        collector !== undefined && read.has(collector) && !shown.has(collector),
    ).map(([key]) => key);
    this.#keys = new Set(keys);
    this.#nothing = Object.fromEntries(keys.map((key) => [key, undefined]));
  }

  without<Values extends Reasoned>(values: Values): Values {
    if (this.#keys.size === 0) return values;
    const { unreadable = null } = values;
    if (unreadable === null) return { ...values, ...this.#nothing };
    return {
      ...values,
      ...this.#nothing,
      unreadable: this.#shownReasons(unreadable),
    };
  }

  #shownReasons(reasons: NullReasons): NullReasons | null {
    const shown = Object.entries(reasons)
      .filter(([key]) => !this.#keys.has(key));
    return noneIfEmpty(Object.fromEntries(shown));
  }
}
