/**
 * The output formats by name.
 *
 * @module
 */

import type { Encoder, EncoderOptions } from "./format.ts";
import { LADING_FIELD_NAMES, LadingEncoder } from "./lading.ts";
import { recordFieldNames, RecordsEncoder } from "./records.ts";

/** The name of an output format. */
export type Format = "records" | "lading";

/** Every output format, the default first. */
export const FORMATS: readonly Format[] = ["records", "lading"];

/** Makes the encoder of a format. */
export function createEncoder(
  format: Format,
  options: EncoderOptions = {},
): Encoder {
  switch (format) {
    case "records":
      return new RecordsEncoder(options);
    case "lading":
      return new LadingEncoder(options);
  }
}

/** Whether lines of any format have a field of this name: what a label may not be called. */
export function isFieldName(name: string): boolean {
  return recordFieldNames().has(name) || LADING_FIELD_NAMES.has(name);
}
