/**
 * What a replayed run must hold for what was asked.
 *
 * @module
 */

import { RecordingError } from "../errors.ts";
import { collectorOf } from "../model/dictionary.ts";
import { quote } from "../text.ts";
import { findUnread } from "./chosen_lines.ts";
import type { ReplayCommand } from "./command.ts";
import { whyNoLabel, whyNoLabels } from "./labels.ts";

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

/** The collectors of the fields and the kinds of line that were asked for by their names. */
export function collectorsNamed(
  { only = [], fields }: ReplayCommand,
): string[] {
  return [
    ...only.map((kind) => collectorOf(kind)),
    ...(fields ?? []).map((field) =>
      findUnread([field], [])?.collector ?? null
    ),
  ].filter((name) => name !== null);
}
