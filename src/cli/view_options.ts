/**
 * The options of the views, and `--tag-pid`. It is loaded if one of them was given, and for formats
 * that print groups by themselves.
 *
 * @module
 */

import type { Format } from "../format/format.ts";
import { type FormatName, FORMATS, takesOption } from "../format/formats.ts";
import { quote } from "../text.ts";
import type { View } from "../view/view.ts";
import { type ViewName, type ViewRow, VIEWS } from "../view/views.ts";
import type { Export } from "./command.ts";
import { UsageError } from "./errors.ts";
import { text, type Values } from "./options.ts";

/** The views that were asked for, and what the format needs, in the order of their use. */
export async function parseViews(
  values: Values,
  name: FormatName,
  format: Format,
  exports: readonly Export[],
): Promise<readonly View[]> {
  const views: View[] = [];
  for (const view of Object.keys(VIEWS)) {
    if (!isViewName(view)) continue;
    const given = text(values, view);
    const value = view === "group-by"
      ? groupKeyOf(values, name, format)
      : given;
    if (value === undefined) continue;
    if (given !== undefined && !takesOption(name, view)) {
      // It may be meant for what is written beside the lines.
      if (
        view === "group-by" &&
        exports.some(({ format }) => format.groupBy !== undefined)
      ) continue;
      const why = format.groupBy === undefined
        ? "it prints processes alone"
        : "it prints every group";
      throw new UsageError(
        `Cannot use --${view} with --format ${name}: ${why}`,
      );
    }
    views.push(await loadView(view, value));
  }
  return views;
}

/** What processes are grouped by in a format; undefined: they are not grouped. */
export function groupKeyOf(
  values: Values,
  format: FormatName,
  { groupBy }: Format,
): string | undefined {
  const isByPid = values["tag-pid"] === true && takesOption(format, "tag-pid");
  return text(values, "group-by") ?? (isByPid ? undefined : groupBy);
}

/** Refuses `--tag-pid` where no format of the run takes it. */
export function refuseTagPid(
  values: Values,
  formats: readonly FormatName[],
): void {
  if (values["tag-pid"] !== true) return;
  if (values["group-by"] !== undefined) {
    throw new UsageError(
      "Cannot use --tag-pid with --group-by: groups have no process ids",
    );
  }
  if (formats.some((name) => takesOption(name, "tag-pid"))) return;
  const taking = FORMATS.filter((name) => takesOption(name, "tag-pid"));
  throw new UsageError(
    `Cannot use --tag-pid without the format ${
      taking.join(" or ")
    }: it prints processes there in place of groups`,
  );
}

/** Makes a view from the value of its option. */
export async function loadView(name: ViewName, value: string): Promise<View> {
  const { load }: ViewRow = VIEWS[name];
  try {
    return await load(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(
      `Cannot use --${name} ${quote(value)}: ${error.message}`,
    );
  }
}

function isViewName(name: string): name is ViewName {
  return Object.hasOwn(VIEWS, name);
}
