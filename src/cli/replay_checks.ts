/**
 * What a replayed run must hold for what was asked.
 *
 * @module
 */

import { RecordingError } from "../errors.ts";
import { takesOption } from "../format/formats.ts";
import { collectorOf } from "../model/dictionary.ts";
import type { LineKind } from "../model/field.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import type { ReplayedPart } from "../recording/replayed_lines.ts";
import { quote } from "../text.ts";
import { PartOfRun } from "../view/part_of_run.ts";
import { findAbsent, findUnread } from "./chosen_lines.ts";
import type { ReplayCommand } from "./command.ts";
import { whyNoLabel, whyNoLabels } from "./labels.ts";
import { collectorsFor } from "./print.ts";

/** A sample that lines have become. */
export type SamplePart = Extract<ReplayedPart, { kind: "sample" }>;

/** What a run is replayed from, as it stands in sentences. */
export interface ReplayedFrom {
  /** Its name: `the recording`. */
  readonly name: string;
  /** What it lacks: `the recording was made without it`. */
  readonly lacks: string;
}

/**
 * What is replayed may come from anywhere: its labels must not pass for fields. And it must hold
 * what views and fields that were asked for need.
 *
 * @throws {RecordingError} If that is not so.
 */
export function checkRun(
  { labels, collectors }: {
    readonly labels: Readonly<Record<string, string>>;
    readonly collectors: readonly string[];
  },
  { format, views, fields, hostname, labels: more, exports }: ReplayCommand,
  { name: from, lacks }: ReplayedFrom,
): void {
  const all = [...views, ...exports.flatMap((one) => one.views)];
  for (const name of all.flatMap(({ needs }) => needs)) {
    if (collectors.includes(name)) continue;
    throw new RecordingError(
      `Cannot replay: the view needs what the collector ${name} reads, and ${lacks}`,
    );
  }
  const missing = findUnread(fields, collectors);
  if (missing !== null) {
    throw new RecordingError(
      `Cannot replay: the field ${missing.field} is read by the collector ${missing.collector}, and ${lacks}`,
    );
  }
  const formats = [format, ...exports.map((one) => one.format)];
  for (const name of Object.keys(labels)) {
    const why = hostname && name === "hostname"
      ? "--hostname puts a hostname on every line"
      : whyNoLabel(name, formats);
    if (why === null) continue;
    throw new RecordingError(
      `Cannot replay: ${from} has a label ${quote(name)}: ${why}`,
    );
  }
  const why = whyNoLabels({ ...labels, ...more }, formats, hostname);
  if (why !== null) {
    throw new RecordingError(
      `Cannot replay with the labels of ${from}: ${why}`,
    );
  }
}

/** What a replay shows of a run: what was asked of it, and what `--only` and `--fields` name. */
export function shownPart(
  command: ReplayCommand,
  { collectors }: Run,
  asked: readonly string[],
): PartOfRun {
  return new PartOfRun(
    collectors,
    [...collectorsFor(command, asked), ...collectorsNamed(command)],
  );
}

/** The collectors of the fields and the kinds of line that were asked for by their names. */
function collectorsNamed(
  { only = [], fields }: ReplayCommand,
): string[] {
  return [
    ...only.map((kind) => collectorOf(kind)),
    ...(fields ?? []).map((field) =>
      findUnread([field], [])?.collector ?? null
    ),
  ].filter((name) => name !== null);
}

/** Whether what was asked for is made of all processes of a sample. */
export function needsAll({ views, exports, summary }: ReplayCommand): boolean {
  return views.length > 0 || summary === true ||
    exports.some((one) => one.views.length > 0);
}

/**
 * Refuses lines of which a view has left out what is needed.
 *
 * @throws {RecordingError} If the first sample of a run shows that.
 */
export function checkFirstSample(
  { groups, rest, threads }: Sample,
  command: ReplayCommand,
): void {
  const { only = [], fields = [], views } = command;
  for (
    const [option, hasLines] of [
      ["group-by", groups !== undefined],
      ["top", rest !== undefined],
    ] as const
  ) {
    if (!hasLines || (!needsAll(command) && allTake(option, command))) continue;
    throw new RecordingError(
      `Cannot replay: this needs a line of each process, and --${option} has left them out of these lines`,
    );
  }
  if (views.length > 0) return;
  const kinds: LineKind[] = [groups === undefined ? "process" : "group"];
  if (rest !== undefined) kinds.push("rest");
  if (threads !== undefined) kinds.push("thread");
  const missing = only.find((kind) =>
    (kind === "group" || kind === "rest") && !kinds.includes(kind)
  );
  if (missing !== undefined) {
    throw new RecordingError(
      `Cannot replay with --only ${missing}: there are no such lines`,
    );
  }
  const absent = findAbsent(fields, kinds);
  if (absent === null) return;
  throw new RecordingError(
    `Cannot replay with --fields ${absent.field}: ${absent.why}`,
  );
}

/**
 * Refuses lines that lack these fields, if one of them is needed.
 *
 * @throws {RecordingError} If it is.
 */
export function checkFields(
  lacking: readonly string[],
  command: ReplayCommand,
): void {
  const { fields = [] } = command;
  const missing = needsAll(command) || !allTake("fields", command)
    ? lacking[0]
    : fields.find((name) => lacking.includes(name));
  if (missing === undefined) return;
  throw new RecordingError(
    `Cannot replay: this needs the field ${missing}, and --fields has left it out of the lines`,
  );
}

/** What is said if the first sample of a run lacks processes that are needed. */
export function lackingProcesses(
  { sample: { tree }, numLacking }: SamplePart,
): RecordingError {
  return new RecordingError(
    `Cannot replay: this needs a line of each process, and the first sample has ${
      tree.numProcesses - numLacking
    } of ${tree.numProcesses}: --only has left them out, or they were lost`,
  );
}

/** Whether each format of what is printed takes an option. */
function allTake(
  option: string,
  { formatName, exports }: ReplayCommand,
): boolean {
  return [formatName, ...exports.map(({ name }) => name)]
    .every((name) => takesOption(name, option));
}
