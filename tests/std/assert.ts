/**
 * What the tests use of `@std/assert`, built on `node:assert`: the same names, signatures and
 * outcomes.
 */
import nodeAssert from "node:assert";
import { inspect } from "node:util";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Thrown by every assertion that fails. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

export function assertFalse(expr: unknown, msg = ""): asserts expr is false {
  if (expr) throw new AssertionError(msg);
}

export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  const difference = differ(actual, expected);
  if (difference) refuse("Values are not equal", msg, difference);
}

export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (differ(actual, expected)) return;
  refuse(`Expected actual: ${inspect(actual)} not to be equal`, msg);
}

export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const difference = differ(actual, expected);
  refuse(
    difference
      ? "Values are not strictly equal"
      : "Values have the same structure but are not reference-equal",
    msg,
    difference ?? inspect(actual),
  );
}

export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  if (delta <= tolerance) return;
  refuse(
    `Expected actual: ${actual} to be close to ${expected}: delta ${delta} is greater than ${tolerance}`,
    msg,
  );
}

export function assertExists<T>(
  actual: T,
  msg?: string,
): asserts actual is NonNullable<T> {
  if (actual !== undefined && actual !== null) return;
  refuse(`Expected actual: ${actual} not to be null or undefined`, msg);
}

export function assertInstanceOf<
  T extends abstract new (...args: never[]) => unknown,
>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  refuse(
    `Expected object to be an instance of "${expectedType.name}" but was ${
      inspect(actual)
    }`,
    msg,
  );
}

export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  if (expected.test(actual)) return;
  refuse(`Expected actual: ${inspect(actual)} to match: ${expected}`, msg);
}

export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  if (actual.includes(expected)) return;
  refuse(
    `Expected actual: ${inspect(actual)} to contain: ${inspect(expected)}`,
    msg,
  );
}

export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (actual > expected) return;
  refuse(`Expect ${inspect(actual)} > ${inspect(expected)}`, msg);
}

export function assertGreaterOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  if (actual >= expected) return;
  refuse(`Expect ${inspect(actual)} >= ${inspect(expected)}`, msg);
}

export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (actual < expected) return;
  refuse(`Expect ${inspect(actual)} < ${inspect(expected)}`, msg);
}

export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  if (actual <= expected) return;
  refuse(`Expect ${inspect(actual)} <= ${inspect(expected)}`, msg);
}

/** Returns what `fn` throws. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const message = typeof classOrMsg === "string" ? classOrMsg : msg;
  try {
    fn();
  } catch (error) {
    checkError(error, "thrown", classOrMsg, msgIncludes, message);
    return error;
  }
  refuse("Expected function to throw", message);
}

/**
 * Returns what the promise rejects with. A function that throws before it returns a promise fails
 * the assertion.
 */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const message = typeof classOrMsg === "string" ? classOrMsg : msg;
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    refuse("Function throws when expected to reject", message);
  }
  try {
    await promise;
  } catch (error) {
    checkError(error, "rejected", classOrMsg, msgIncludes, message);
    return error;
  }
  refuse("Expected function to reject", message);
}

export function fail(msg?: string): never {
  refuse("Failed assertion", msg);
}

export function unreachable(reason?: string): never {
  refuse("Unreachable", reason);
}

function refuse(what: string, msg?: string, detail?: string): never {
  throw new AssertionError(
    `${what}${msg ? `: ${msg}` : "."}${detail ? `\n\n${detail}` : ""}`,
  );
}

function checkError(
  error: unknown,
  how: string,
  expected?: ErrorClass<Error> | string,
  includes?: string,
  msg?: string,
): void {
  if (expected === undefined || typeof expected === "string") return;
  if (!(error instanceof Error)) {
    refuse(`A non-Error object was ${how}`, msg, inspect(error));
  }
  const actualName = error.constructor.name;
  if (!(error instanceof expected)) {
    refuse(
      `Expected error to be instance of "${expected.name}", but was "${actualName}"`,
      msg,
      inspect(error),
    );
  }
  if (includes && !error.message.includes(includes)) {
    refuse(
      `Expected error message to include ${inspect(includes)}, but got ${
        inspect(error.message)
      }`,
      msg,
    );
  }
}

/** How two values differ, as a text for people; undefined if they are deeply equal. */
function differ(actual: unknown, expected: unknown): string | undefined {
  try {
    if (typeof actual === "string" && typeof expected === "string") {
      nodeAssert.deepStrictEqual(actual.split("\n"), expected.split("\n"));
    } else {
      nodeAssert.deepStrictEqual(comparable(actual), comparable(expected));
    }
    return undefined;
  } catch (error) {
    if (error instanceof nodeAssert.AssertionError) return error.message;
    throw error;
  }
}

/**
 * A copy in which -0 is 0 and an object without a prototype is a plain one. `@std/assert` takes
 * them for equal, node does not.
 */
function comparable(value: unknown, seen = new Map<object, object>()): unknown {
  if (value === 0) return 0;
  if (typeof value !== "object" || value === null) return value;
  const known = seen.get(value);
  if (known) return known;
  const prototype = Object.getPrototypeOf(value);
  const isArray = prototype === Array.prototype;
  if (!isArray && prototype !== null && prototype !== Object.prototype) {
    return value;
  }
  const copy = isArray ? new Array((value as unknown[]).length) : {};
  seen.set(value, copy);
  for (const [key, child] of Object.entries(value)) {
    Object.defineProperty(copy, key, {
      value: comparable(child, seen),
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return copy;
}
