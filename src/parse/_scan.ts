/** What the parsers share: scanning text for whole numbers, sizes and lines. */

import { type PartlyMalformed, ProcParseError } from "../errors.ts";
import { type Integer, subtractIntegers, toInteger } from "../integer.ts";

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const SPACE = 32;
const NEWLINE = 10;

/** Up to this many digits a sum of digits stays exact. */
const EXACT_DIGITS = 15;
/** Up to this many hexadecimal digits a number is below 2^52. */
const EXACT_HEX_DIGITS = 13;
/** 2^64 has twenty. */
const MAX_DIGITS = 20;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;

/** Sizes in kB (of 1,024 bytes) by the names that the kernel gives them. */
export interface Sizes extends PartlyMalformed {
  /** The sizes; those whose text makes no sense are not among them. */
  readonly values: ReadonlyMap<string, Integer>;
}

/** Notes which fields of a file make no sense. */
export class FieldFaults {
  readonly #errors: ProcParseError[] = [];

  /** What `parse` returns; null, and a note, if the text makes no sense. */
  attempt<T>(parse: () => T): T | null {
    try {
      return parse();
    } catch (error) {
      this.note(error);
      return null;
    }
  }

  /** Takes note of what a parser has thrown. */
  note(error: unknown): void {
    if (!(error instanceof ProcParseError)) throw error;
    this.#errors.push(error);
  }

  /** What was noted; nothing if all fields make sense. */
  get noted(): PartlyMalformed {
    return this.#errors.length === 0 ? {} : { malformed: this.#errors };
  }
}

/** The texts of fields by their names, of a file in which one may make no sense and others do. */
export class FieldTexts {
  readonly #file: string;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #faults = new FieldFaults();

  /**
   * Takes what was found in the text of a file.
   *
   * @throws {ProcParseError} If that is nothing: the text is not of its kind.
   */
  constructor(
    file: string,
    text: string,
    texts: ReadonlyMap<string, string>,
  ) {
    if (texts.size === 0) throw notOfItsKind(file, text);
    this.#file = file;
    this.#texts = texts;
  }

  /** The value of a field; null if the file lacks it, and, with a note, if it makes no sense. */
  read<T>(
    name: string,
    parse: (file: string, name: string, text: string) => T,
  ): T | null {
    const text = this.#texts.get(name);
    if (text === undefined) return null;
    return this.#faults.attempt(() => parse(this.#file, name, text));
  }

  /** What makes no sense of the fields that were read; nothing if all do. */
  get noted(): PartlyMalformed {
    return this.#faults.noted;
  }
}

/**
 * The fields of these names on the lines of a text, each behind its name and a separator; other
 * lines are skipped.
 *
 * @throws {ProcParseError} If there is none of them, or the text is cut.
 */
export function findFields(
  file: string,
  text: string,
  names: ReadonlySet<string>,
  separator: string,
): FieldTexts {
  const texts = new Map<string, string>();
  for (const line of parseLines(file, text)) {
    const end = line.indexOf(separator);
    if (end < 0) continue;
    const name = line.slice(0, end);
    if (names.has(name)) texts.set(name, line.slice(end + separator.length));
  }
  return new FieldTexts(file, text, texts);
}

/** What stands behind a size in kB. */
const UNIT = " kB";

/** A size behind the colon of a line like `VmRSS:	    1752 kB`. */
const SIZE = /^[ \t]*(\d{1,20}) kB$/;

/** What the control groups' keyed files hold beside whole numbers: no limit, and percentages. */
const NOT_WHOLE = /^(?:max|\d{1,20}\.\d{1,20})$/;

/** One place of a line of numbers. */
export interface NumberField {
  /** The name in the man page. */
  readonly name: string;
  /** Whether the kernel prints it with a sign (`%d`, `%ld`). Default: it does not. */
  readonly signed?: boolean;
}

/**
 * A whole number that fills `text` from `start` to `end`; undefined if anything else is
 * there.
 */
function scanInteger(
  text: string,
  start: number,
  end: number,
): Integer | undefined {
  const negative = text.charCodeAt(start) === MINUS;
  const first = negative ? start + 1 : start;
  const digits = end - first;
  if (digits < 1 || digits > MAX_DIGITS) return undefined;
  let value = 0;
  for (let i = first; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return undefined;
    value = value * 10 + (code - ZERO);
  }
  if (digits <= EXACT_DIGITS) return negative && value > 0 ? -value : value;
  const exact = BigInt(text.slice(start, end));
  return exact > MAX_UINT64 || exact < MIN_INT64 ? undefined : toInteger(exact);
}

/**
 * The numbers of one line, from `start` to its newline, one space between them.
 *
 * The line may be shorter than `fields` from `required` on (an older kernel), and longer (a newer
 * one): what is beyond is not looked at.
 */
export function parseNumberLine(
  file: string,
  text: string,
  start: number,
  fields: readonly NumberField[],
  required: number,
): Integer[] {
  const last = text.length - 1;
  if (text.charCodeAt(last) !== NEWLINE) {
    throw new ProcParseError(file, { field: "the end of the line", text });
  }
  const values: Integer[] = [];
  let from = start;
  for (const field of fields) {
    if (from > last) break;
    let end = from;
    let code = text.charCodeAt(end);
    while (code !== SPACE && end < last) code = text.charCodeAt(++end);
    const value = scanInteger(text, from, end);
    if (value === undefined || (value < 0 && field.signed !== true)) {
      throw new ProcParseError(file, {
        field: field.name,
        text: text.slice(from, end),
      });
    }
    values.push(value);
    from = end + 1;
  }
  const missing = values.length < required ? fields[values.length] : undefined;
  if (missing !== undefined) {
    throw new ProcParseError(file, { field: missing.name, text: "" });
  }
  return values;
}

/**
 * The whole number that a file holds and nothing else, as the kernel writes it, one that a `number`
 * holds exactly.
 */
export function parseOnlyNumber(
  file: string,
  text: string,
  field: NumberField,
): number {
  const [value] = parseNumberLine(file, text, 0, [field], 1);
  if (typeof value !== "number" || text !== `${value}\n`) {
    throw new ProcParseError(file, { field: field.name, text });
  }
  return value;
}

/** A whole number without a sign. */
export function parseUnsigned(
  file: string,
  name: string,
  text: string,
): Integer {
  const value = scanInteger(text, 0, text.length);
  if (value === undefined || value < 0) {
    throw new ProcParseError(file, { field: name, text });
  }
  return value;
}

/** A whole number without a sign that a `number` holds exactly: a count, an id. */
export function parseCount(
  file: string,
  name: string,
  text: string,
): number {
  const value = parseUnsigned(file, name, text);
  if (typeof value === "bigint") {
    throw new ProcParseError(file, { field: name, text });
  }
  return value;
}

/** The address that hexadecimal digits, 16 at most, stand for. */
export function parseAddress(digits: string): Integer {
  return digits.length <= EXACT_HEX_DIGITS
    ? parseInt(digits, 16)
    : toInteger(BigInt(`0x${digits}`));
}

/** The size in kB that `text`, all of a line behind the colon, holds. */
export function parseSize(
  file: string,
  name: string,
  text: string,
): Integer {
  const digits = SIZE.exec(text)?.[1];
  if (digits === undefined) {
    throw new ProcParseError(file, { field: name, text });
  }
  return parseUnsigned(file, name, digits);
}

/**
 * The size in kB between `start` and `end`, behind spaces alone; null if anything else is there.
 */
export function scanSize(
  text: string,
  start: number,
  end: number,
): Integer | null {
  let first = start;
  while (text.charCodeAt(first) === SPACE) first++;
  const behind = end - UNIT.length;
  if (text.charCodeAt(first) === MINUS || !text.startsWith(UNIT, behind)) {
    return null;
  }
  return scanInteger(text, first, behind) ?? null;
}

/**
 * The sizes of these names in a file of lines like `MemFree:  512 kB`; other lines are skipped.
 *
 * @throws {ProcParseError} If the text is cut, or has no line of any of these names.
 */
export function parseSizes(
  file: string,
  text: string,
  names: ReadonlySet<string>,
): Sizes {
  const values = new Map<string, Integer>();
  const faults = new FieldFaults();
  let isOfItsKind = false;
  for (const line of parseLines(file, text)) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    if (!names.has(name)) continue;
    isOfItsKind = true;
    const size = faults.attempt(() =>
      parseSize(file, name, line.slice(colon + 1))
    );
    if (size !== null) values.set(name, size);
  }
  if (!isOfItsKind) throw notOfItsKind(file, text);
  return { values, ...faults.noted };
}

/** What to throw for a file that has none of the lines that it should. */
export function notOfItsKind(file: string, text: string): ProcParseError {
  return new ProcParseError(file, { field: "any line", text });
}

/**
 * The whole number that belongs to a key; null for `max` and for a fraction, which are no whole
 * numbers.
 */
export function parseKeyedValue(
  file: string,
  name: string,
  text: string,
): Integer | null {
  if (NOT_WHOLE.test(text)) return null;
  if (!text.startsWith("-")) return parseUnsigned(file, name, text);
  return subtractIntegers(
    0,
    parseUnsigned(file, name, text.slice(1)),
  );
}

/** The whole lines of a text, without their newlines; a text cut in mid-line is an error. */
export function parseLines(file: string, text: string): string[] {
  if (!text.endsWith("\n")) {
    throw new ProcParseError(file, {
      field: "the end of the last line",
      text: text.slice(text.lastIndexOf("\n") + 1),
    });
  }
  return text.slice(0, -1).split("\n");
}
