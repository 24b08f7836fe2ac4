/** The questions of docs/ship in SQL, and what a column store answers. */
import { assertEquals } from "@std/assert";
import { ANSWERS } from "./_builds.ts";

/** The rows of a statement's result. */
export type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * Holds the last answers of a script to those that were worked out by hand. Of the second, the
 * leak, the first row says all: the others have no slope worth a word.
 */
export function holdAnswers(results: readonly Rows[]): void {
  const answers = results.slice(-ANSWERS.length);
  assertEquals(answers.length, ANSWERS.length);
  for (const [i, rows] of answers.entries()) {
    const expected = ANSWERS[i] ?? [];
    const found = (i === 1 ? rows.slice(0, 1) : rows).map(plain);
    assertEquals(found, [...expected], `question ${i + 1}`);
  }
}

/** Whole numbers come as texts where they may be longer than a double's. */
function plain(
  row: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (name === "build" || name === "container") return [name, value];
      if (name === "peak_at") return [name, String(value).slice(0, 19)];
      const isNumber = typeof value === "string" && /^-?[\d.]+$/.test(value);
      return [name, isNumber ? Number(value) : value];
    }),
  );
}
