/**
 * The options `--only` and `--fields`: which lines are printed, and what of them. It is loaded if
 * one of them was given, and for a replay.
 *
 * @module
 */

import { type FormatName, takesOption } from "../format/formats.ts";
import {
  CHOOSABLE,
  collectorOf,
  fieldNamesOf,
  LINES,
  optionOf,
} from "../model/dictionary.ts";
import type { Field, LineKind } from "../model/field.ts";
import type { ViewName } from "../view/views.ts";
import type { OutputOptions, SampleCommand } from "./command.ts";
import { UsageError } from "./errors.ts";
import { parseNames, type Values } from "./options.ts";

/** The kinds of line to print; undefined: all. */
export function parseOnly(
  value: string | undefined,
  format: FormatName,
): readonly LineKind[] | undefined {
  if (value === undefined) return undefined;
  if (!takesOption(format, "only")) {
    throw new UsageError(
      `Cannot use --only with --format ${format}: its lines are of no kinds`,
    );
  }
  const kinds = Object.keys(LINES).filter(isLineKind);
  const only = parseNames("only", value, kinds);
  return only.length === kinds.length ? undefined : only;
}

function isLineKind(name: string): name is LineKind {
  return Object.hasOwn(LINES, name);
}

/** The fields of processes, groups, threads and the rest to print; undefined: all. */
export function parseFields(
  value: string | undefined,
  format: FormatName,
): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!takesOption(format, "fields")) {
    throw new UsageError(
      `Cannot use --fields with --format ${format}: it chooses among the fields of records`,
    );
  }
  return parseNames("fields", value, [...fieldNamesOf(CHOOSABLE)]);
}

/** Refuses what leaves nothing to print. */
export function refuseEmptyChoice(
  { only, fields }: OutputOptions,
  values: Values,
): void {
  if (only === undefined) return;
  if (only.includes("process") && values["group-by"] !== undefined) {
    throw new UsageError(
      "Cannot use --only process with --group-by: groups stand in place of processes",
    );
  }
  if (only.includes("thread") && values["group-by"] !== undefined) {
    throw new UsageError(
      "Cannot use --only thread with --group-by: groups stand in place of processes and their threads",
    );
  }
  if (fields !== undefined && !only.some((kind) => CHOOSABLE.includes(kind))) {
    throw new UsageError(
      "Cannot use --fields with --only that names neither process nor group: it chooses among their fields",
    );
  }
}

/**
 * Why a run that samples prints nothing of what was asked, as it has no view that makes it;
 * undefined: it does. What is replayed may have been made by one.
 */
export function whyNoView(
  { only, fields }: OutputOptions,
  values: Values,
): UsageError | undefined {
  for (const kind of only ?? []) {
    const option = MADE_BY_VIEW[kind];
    if (option === undefined || values[option] !== undefined) continue;
    return new UsageError(
      `Cannot use --only ${kind} without --${option}: there are no such lines`,
    );
  }
  return whyFieldsOfOtherLines(fields ?? [], only, values);
}

/** Why only lines that this run does not print have these fields; undefined: others have them. */
function whyFieldsOfOtherLines(
  fields: readonly string[],
  only: readonly LineKind[] | undefined,
  values: Values,
): UsageError | undefined {
  const one = values["group-by"] === undefined ? "process" : "group";
  const kinds: readonly LineKind[] = [
    ...only === undefined || only.includes(one) ? [one] as const : [],
    ...only?.includes("thread") === true ? ["thread"] as const : [],
    ...values.top === undefined ? [] : ["rest"] as const,
  ];
  // Whether threads are read is looked at once the collectors are known.
  const mayHaveThreads = only === undefined && one === "process";
  const others = fieldNamesOf(mayHaveThreads ? ["thread"] : []);
  const absent = findAbsent(fields.filter((name) => !others.has(name)), kinds);
  if (absent === null) return undefined;
  return new UsageError(`Cannot use --fields ${absent.field}: ${absent.why}`);
}

/** The first of the fields that stands on no line of these kinds, and why; null: all do. */
export function findAbsent(
  fields: readonly string[],
  kinds: readonly LineKind[],
): { readonly field: string; readonly why: string } | null {
  const present = fieldNamesOf(kinds);
  const field = fields.find((name) => !present.has(name));
  if (field === undefined) return null;
  return { field, why: `no line of kind ${kinds.join(" or ")} has this field` };
}

/** The kinds of line that a view makes. */
const MADE_BY_VIEW: Readonly<Partial<Record<LineKind, ViewName>>> = {
  group: "group-by",
  rest: "top",
};

/** Refuses to print only kinds of line, or fields, that this run does not read. */
export function refuseUnread(command: SampleCommand): void {
  refuseOnlyWithoutCollector(command);
  refuseFieldsWithoutCollector(command);
}

function refuseOnlyWithoutCollector(
  { only = [], collect, events }: SampleCommand,
): void {
  for (const kind of only) {
    const collector = collectorOf(kind);
    if (collector === null) continue;
    if (
      collector === "events" ? events : collect.some((c) => c === collector)
    ) {
      continue;
    }
    const option = optionOf(collector);
    throw new UsageError(
      `Cannot use --only ${kind} without ${option}: there are no such lines`,
    );
  }
}

function refuseFieldsWithoutCollector(
  { fields, collect, views }: SampleCommand,
): void {
  const collectors = [...collect, ...views.flatMap(({ needs }) => needs)];
  const missing = findUnread(fields, collectors);
  if (missing === null) return;
  throw new UsageError(
    `Cannot use --fields ${missing.field} without ${
      optionOf(missing.collector)
    }: nothing reads it`,
  );
}

/**
 * The first of the fields of processes, groups, threads and the rest that none of these collectors
 * reads, and the collector that does; null if all are read.
 */
export function findUnread(
  fields: readonly string[] | undefined,
  collectors: readonly string[],
): { readonly field: string; readonly collector: string } | null {
  for (const field of fields ?? []) {
    const collector = collectorOfField(field);
    if (collector === null || collectors.includes(collector)) continue;
    return { field, collector };
  }
  return null;
}

/** The collector that reads a field; null if every run has it, or no such line. */
function collectorOfField(name: string): string | null {
  for (const kind of CHOOSABLE) {
    const row = Object.values<Field>(LINES[kind]).find((one) =>
      one.name === name
    );
    if (row !== undefined) return row.collector ?? collectorOf(kind);
  }
  return null;
}
