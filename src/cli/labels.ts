/**
 * The option `--label`, and which labels the formats of a run refuse. It is loaded if there is one.
 *
 * @module
 */

import type { Format } from "../format/format.ts";
import { LABEL_NAME, ROOM } from "../model/field.ts";
import { quote, utf8Bytes } from "../text.ts";
import { UsageError } from "./errors.ts";
import type { Values } from "./options.ts";

/** What stands on every line: labels that no format of the run refuses. */
export function parseLabels(
  { label: given, hostname }: Values,
  formats: readonly Format[],
): Readonly<Record<string, string>> {
  const showsHostname = hostname === true;
  const labels: Record<string, string> = Object.create(null);
  if (!Array.isArray(given)) return labels;
  for (const label of given) {
    const equals = label.indexOf("=");
    if (equals < 0) {
      throw new UsageError(
        `Cannot use --label ${quote(label)}: a label is written KEY=TEXT`,
      );
    }
    const name = label.slice(0, equals);
    const why = whyNoLabel(name, formats);
    if (why !== null) {
      throw new UsageError(`Cannot use --label ${quote(label)}: ${why}`);
    }
    if (Object.hasOwn(labels, name)) {
      throw new UsageError(
        `Cannot use --label ${quote(label)}: there is a label ${name} already`,
      );
    }
    if (showsHostname && name === "hostname") {
      throw new UsageError(
        `Cannot use --label ${
          quote(label)
        } with --hostname: it puts a hostname on every line`,
      );
    }
    labels[name] = label.slice(equals + 1);
  }
  const why = whyNoLabels(labels, formats, showsHostname);
  if (why !== null) throw new UsageError(`Cannot use the labels: ${why}`);
  const bytes = utf8Bytes(JSON.stringify(labels));
  if (bytes > ROOM.labels) {
    throw new UsageError(
      `Cannot use so many labels: they would take more than ${ROOM.labels} bytes of each line`,
    );
  }
  return labels;
}

/** Why labels may not have these names together in these formats; null if they may. */
export function whyNoLabels(
  labels: Readonly<Record<string, string>>,
  formats: readonly Format[],
  showsHostname: boolean,
): string | null {
  const names = Object.keys(labels);
  if (showsHostname) names.push("hostname");
  for (const { refuseLabels } of formats) {
    const why = refuseLabels?.(names) ?? null;
    if (why !== null) return why;
  }
  return null;
}

/** Why a label may not have this name in these formats; null if it may. */
export function whyNoLabel(
  name: string,
  formats: readonly Format[],
): string | null {
  if (!LABEL_NAME.test(name)) {
    return "a key has letters, digits, dots, dashes and underscores, and no digit first";
  }
  return formats.some(({ reserved }) => reserved.has(name))
    ? `${name} is a field of the lines`
    : null;
}
