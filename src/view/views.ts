/**
 * The views by the names of their options, and how each is loaded.
 *
 * @module
 */

import type { View } from "./view.ts";

/** The name of a view: that of its option. */
export type ViewName = "group-by" | "top";

/** One view, as a person asks for it. */
export interface ViewRow {
  /** What its option's value is called. */
  readonly value: string;
  /** What it does, in a few words. */
  readonly help: string;
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
    help: "Print groups by comm, exe, uid or cgroup",
    load: async (value) => (await import("./group_by.ts")).parseGroupBy(value),
  },
  top: {
    value: "N",
    help: "Print the N first by CPU and by memory only",
    load: async (value) => (await import("./top.ts")).parseTop(value),
  },
} as const satisfies Readonly<Record<ViewName, ViewRow>>;
