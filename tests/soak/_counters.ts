/** Totals that must not fall from one sample to the next. */
import { LINES } from "../../src/model/dictionary.ts";
import type { Fields } from "../../src/model/field.ts";
import type { AnyLine } from "../support/lines.ts";

/** The names of the counters of each kind of line. */
const COUNTERS = new Map(
  Object.entries<Fields>(LINES).map(([kind, fields]) => [
    kind,
    Object.values(fields).filter((field) => field.kind === "counter")
      .map(({ name }) => name),
  ]),
);

/** Follows the counters of a tree and its processes. */
export class CounterWatch {
  #previous = new Map<string, AnyLine>();

  /** The counters that are below what they were, a sentence each. */
  faultsOf(lines: readonly AnyLine[]): string[] {
    const faults: string[] = [];
    const previous = new Map<string, AnyLine>();
    for (const line of lines) {
      if (line.kind !== "process" && line.kind !== "tree") continue;
      const thing = line.kind === "tree"
        ? "the tree"
        : `process ${line.pid} of ${line.start_ticks}`;
      previous.set(thing, line);
      const before = this.#previous.get(thing);
      for (const name of COUNTERS.get(line.kind) ?? []) {
        if (line[name] < before?.[name]) {
          faults.push(`${name} of ${thing} fell to ${line[name]}`);
        }
      }
    }
    this.#previous = previous;
    return faults;
  }
}
