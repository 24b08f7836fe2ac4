/**
 * The options `--export` and `--keep`. It is loaded if one of them was given.
 *
 * @module
 */

import { findFormat, FORMATS, loadFormat } from "../format/formats.ts";
import { quote } from "../text.ts";
import { nearest } from "./arguments.ts";
import type { Export } from "./command.ts";
import { UsageError } from "./errors.ts";
import type { Values } from "./options.ts";
import { groupKeyOf, loadView } from "./view_options.ts";

/** The formats to write beside the lines, and where to. */
export async function parseExports(values: Values): Promise<readonly Export[]> {
  const given = values.export;
  if (!Array.isArray(given)) return [];
  const exports: Export[] = [];
  for (const one of given) {
    const { name, path } = parseExport(one);
    const format = await loadFormat(name);
    const key = groupKeyOf(values, name, format);
    const views = format.groupBy === undefined || key === undefined
      ? []
      : [await loadView("group-by", key)];
    exports.push({ name, format, views, path });
  }
  return exports;
}

function parseExport(given: string): Pick<Export, "name" | "path"> {
  const refuse = (why: string) =>
    new UsageError(`Cannot use --export ${quote(given)}: ${why}`);
  const equals = given.indexOf("=");
  if (equals < 0) throw refuse("an export is written NAME=FILE");
  const word = given.slice(0, equals);
  const path = given.slice(equals + 1);
  const name = findFormat(word);
  if (name === null) {
    const meant = nearest(word, FORMATS);
    throw refuse(
      meant === null
        ? `the formats are ${FORMATS.join(", ")}`
        : `did you mean ${meant}?`,
    );
  }
  if (path === "") throw refuse("no file stands after the sign");
  if (path === "-") {
    throw refuse("stdout takes what --format NAME says, an export is a file");
  }
  return { name, path };
}

/** Whether an export that is replaced at each sample stays after the run. */
export function parseKeep(values: Values, exports: readonly Export[]): boolean {
  if (values.keep !== true) return false;
  if (exports.some(({ format }) => format.isReplaced === true)) return true;
  throw new UsageError(
    "Cannot use --keep without an --export that each sample replaces: every other file stays",
  );
}
