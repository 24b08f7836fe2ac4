/** Whether what stands on a line that was read again is what its place there may hold. */

import type { Integer } from "../integer.ts";
import type { NullReasons } from "../model/null_reason.ts";

/** A line as `JSON.parse` gives it, or an object on it. */
export type Line = Readonly<Record<string, unknown>>;

/** Whether a value can be that of a field. */
export type Check = (value: unknown) => boolean;

/** Figures by name. */
export type Figures = Readonly<Record<string, Integer | null>>;

/** Any object. */
export function isLine(value: unknown): value is Line {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** A text, or null. */
export function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

/** Several texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Several texts, or null. */
export function isTextsOrNull(
  value: unknown,
): value is readonly string[] | null {
  return value === null || isTexts(value);
}

/** Yes or no. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

/** A flag: it stands on a line only if it is set. */
export function isFlag(value: unknown): value is true | undefined {
  return value === undefined || value === true;
}

/** What a flag was that is about a value: null where that is not known. */
export function flagOf(flag: true | undefined, value: unknown): boolean | null {
  return flag ?? (value === null || value === undefined ? null : false);
}

/** A whole number that a `number` holds exactly. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** A whole number that a `number` holds exactly, or null. */
export function isWholeOrNull(value: unknown): value is number | null {
  return value === null || Number.isSafeInteger(value);
}

/** No count of 64 bits, nor a sum or a share that is made of such, comes near it: 2^128. */
const TOO_LARGE = 2n ** 128n;
const TOO_LARGE_A_FIGURE = Number(TOO_LARGE);

/** A whole number; a large one is a `bigint`. */
export function isInteger(value: unknown): value is Integer {
  return Number.isSafeInteger(value) ||
    (typeof value === "bigint" && value < TOO_LARGE && value > -TOO_LARGE);
}

/** A whole number, or null. */
export function isIntegerOrNull(value: unknown): value is Integer | null {
  return value === null || isInteger(value);
}

/** Any number but an infinite one. */
export function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

/** Any number but an infinite one, or null. */
export function isNumberOrNull(value: unknown): value is number | null {
  return value === null || isNumber(value);
}

/** A figure of a line, which may have a fraction. */
export function isFigure(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) < TOO_LARGE_A_FIGURE;
}

/** A number that may have a fraction, or null. */
export function isFigureOrNull(value: unknown): value is number | null {
  return value === null || isFigure(value);
}

/** Numbers by name that may have fractions; those that are not known are null. */
export function isFigures(
  value: unknown,
): value is Readonly<Record<string, number | null>> {
  return isLine(value) && Object.values(value).every(isFigureOrNull);
}

/** Numbers by name that may have fractions, or null. */
export function isFiguresOrNull(
  value: unknown,
): value is Readonly<Record<string, number | null>> | null {
  return value === null || isFigures(value);
}

/** The figures of a pressure file, or null: shares of time, and totals, which are whole. */
export function isPressureOrNull(value: unknown): value is Figures | null {
  return value === null ||
    (isLine(value) &&
      Object.entries(value).every(([name, one]) =>
        name.endsWith("_total") ? isIntegerOrNull(one) : isFigureOrNull(one)
      ));
}

/** Whole numbers by name; those that are not known are null. */
export function isCounters(value: unknown): value is Figures {
  return isLine(value) && Object.values(value).every(isIntegerOrNull);
}

/** Whole numbers by name of which some may not be known, or null. */
export function isCountersOrNull(value: unknown): value is Figures | null {
  return value === null || isCounters(value);
}

/** Whole numbers by name, all of them known; or null. */
export function isIntegersOrNull(
  value: unknown,
): value is Readonly<Record<string, Integer>> | null {
  return value === null ||
    (isLine(value) && Object.values(value).every(isInteger));
}

/** Whole numbers by name. */
export function isWholes(
  value: unknown,
): value is Readonly<Record<string, number>> {
  return isLine(value) && Object.values(value).every(isWhole);
}

/** Texts by name, of which some may be null. */
export function isNamedTexts(
  value: unknown,
): value is Readonly<Record<string, string | null>> {
  return isLine(value) && Object.values(value).every(isTextOrNull);
}

/** Texts by name, or null. */
export function isNamedTextsOrNull(
  value: unknown,
): value is Readonly<Record<string, string | null>> | null {
  return value === null || isNamedTexts(value);
}

/** Whole numbers by name, of each of several things; or null. */
export function isCountersByNameOrNull(
  value: unknown,
): value is Readonly<Record<string, Figures>> | null {
  return value === null ||
    (isLine(value) && Object.values(value).every(isCounters));
}

/** Reasons are printed as they are: none may hold a quote. */
export function isReasons(value: unknown): value is NullReasons {
  return isLine(value) &&
    Object.values(value).every((reason) =>
      typeof reason === "string" && /^[a-z_]+$/.test(reason)
    );
}

/** A time that a date can be made of. */
export function isEpochMs(value: unknown): value is number {
  return isWhole(value) && Math.abs(value) <= 8.64e15;
}
