/** What the parsers of the control groups' keyed files share. */

import { type Integer, subtractIntegers } from "../integer.ts";
import { parseUnsigned } from "./_fields.ts";

/** What the kernel prints beside whole numbers: no limit, and percentages. */
const NOT_WHOLE = /^(?:max|\d{1,20}\.\d{1,20})$/;

/** The whole number that belongs to a key; null for `max` and for a fraction, which are no whole numbers. */
export function parseKeyedValue(
  file: string,
  field: { readonly name: string; readonly text: string },
): Integer | null {
  const { name, text } = field;
  if (NOT_WHOLE.test(text)) return null;
  if (!text.startsWith("-")) return parseUnsigned(file, field);
  return subtractIntegers(
    0,
    parseUnsigned(file, { name, text: text.slice(1) }),
  );
}
