/** Parses a text once for all processes in a row that have the same. */

import type { Parse } from "../kernel/proc_reader.ts";

/**
 * A parser that gives its last value again for the same text: most processes of a tree have
 * the same limits.
 */
export function parseIfOther<T>(parse: Parse<T>): Parse<T> {
  let last: { readonly text: string; readonly value: T } | null = null;
  return (text, path) => {
    if (last?.text !== text) last = { text, value: parse(text, path) };
    return last.value;
  };
}
