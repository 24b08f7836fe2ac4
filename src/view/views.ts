/**
 * The views by the names of their options: how each is loaded, and how several are used.
 *
 * @module
 */

import { GROUP_KEYS } from "./group_keys.ts";
import type { Run } from "../model/run.ts";
import type { RunningView, View } from "./view.ts";

/** The name of a view: that of its option. */
export type ViewName = "group-by" | "top";

/** One view, as a person asks for it. */
export interface ViewRow {
  /** What its option's value is called. */
  readonly value: string;
  /** What it does, in a few words. */
  readonly help: string;
  /** What its option chooses. */
  readonly group: "What is printed";
  /** The values that it takes; left out: any number. */
  readonly completes?: readonly string[];
  /**
   * Makes it from its option's value; rejects with a `RangeError` whose message says what is wrong
   * with the value.
   */
  readonly load: (value: string) => Promise<View>;
}

/** Every view, in the order in which they are applied. */
export const VIEWS = {
  "group-by": {
    value: "KEY",
    help: "Print groups of processes in place of them",
    group: "What is printed",
    completes: GROUP_KEYS,
    load: async (value) => (await import("./group_by.ts")).parseGroupBy(value),
  },
  top: {
    value: "N",
    help: "Print the N first by CPU and by memory only",
    group: "What is printed",
    load: async (value) => (await import("./top.ts")).parseTop(value),
  },
} as const satisfies Readonly<Record<ViewName, ViewRow>>;

/** Several views, one after the other. */
export function startViews(views: readonly View[], run: Run): RunningView {
  const running = views.map((view) => view.create(run));
  return {
    apply: (sample) =>
      running.reduce((shown, view) => view.apply(shown), sample),
  };
}
