/** What the parsers of memory files share: lines of a name and a size, `VmRSS:	    1752 kB`. */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseUnsigned } from "./_fields.ts";

/** Sizes in kB (of 1,024 bytes) by the names that the kernel gives them. */
export type Sizes = ReadonlyMap<string, Integer>;

const SIZE = /^[ \t]*(\d{1,20}) kB$/;

/** The size in kB that `text`, all of a line behind the colon, holds. */
export function parseSize(
  file: string,
  field: { readonly name: string; readonly text: string },
): Integer {
  const { name, text } = field;
  const digits = SIZE.exec(text)?.[1];
  if (digits === undefined) {
    throw new ProcParseError(file, { field: name, text });
  }
  return parseUnsigned(file, { name, text: digits });
}

/** The size called `name`, which every kernel prints. */
export function requireSize(
  file: string,
  from: { readonly sizes: Sizes; readonly name: string },
): Integer {
  const size = from.sizes.get(from.name);
  if (size === undefined) {
    throw new ProcParseError(file, { field: from.name, text: "" });
  }
  return size;
}
