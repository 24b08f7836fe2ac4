import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  addIntegers,
  type Integer,
  multiplyIntegers,
  subtractIntegers,
  toInteger,
  UNLIMITED,
} from "../src/integer.ts";

const MAX_SAFE = 9007199254740991;

function assertInteger(actual: Integer, expected: Integer): void {
  assertStrictEquals(actual, expected);
}

Deno.test("toInteger() gives a number up to 2^53 - 1 either way", () => {
  assertInteger(toInteger(0n), 0);
  assertInteger(toInteger(9007199254740991n), MAX_SAFE);
  assertInteger(toInteger(-9007199254740991n), -MAX_SAFE);
});

Deno.test("toInteger() leaves a bigint beyond", () => {
  assertInteger(toInteger(9007199254740992n), 9007199254740992n);
  assertInteger(toInteger(-9007199254740992n), -9007199254740992n);
});

Deno.test("UNLIMITED is what the kernel prints for no limit", () => {
  assertEquals(String(UNLIMITED), "18446744073709551615");
});

Deno.test("addIntegers() adds exactly", () => {
  assertInteger(addIntegers(2, 3), 5);
  assertInteger(addIntegers(MAX_SAFE, 1), 9007199254740992n);
  assertInteger(addIntegers(MAX_SAFE, 2), 9007199254740993n);
  assertInteger(addIntegers(-MAX_SAFE, -2), -9007199254740993n);
  assertInteger(addIntegers(1, 18446744073709551615n), 18446744073709551616n);
});

Deno.test("addIntegers() goes back to a number if that is exact", () => {
  assertInteger(addIntegers(9007199254740993n, -3), 9007199254740990);
  assertInteger(addIntegers(9007199254740993n, -9007199254740993n), 0);
});

Deno.test("subtractIntegers() subtracts exactly", () => {
  assertInteger(subtractIntegers(2, 3), -1);
  assertInteger(subtractIntegers(-MAX_SAFE, 2), -9007199254740993n);
  assertInteger(
    subtractIntegers(18446744073709551615n, 1),
    18446744073709551614n,
  );
  assertInteger(
    subtractIntegers(18446744073709551615n, 18446744073709551614n),
    1,
  );
});

Deno.test("multiplyIntegers() multiplies exactly", () => {
  assertInteger(multiplyIntegers(417, 4096), 1708032);
  assertInteger(multiplyIntegers(-3, 7), -21);
  assertInteger(multiplyIntegers(94906267, 94906267), 9007199515875289n);
  assertInteger(
    multiplyIntegers(18014398509481983n, 1024),
    18446744073709550592n,
  );
  assertInteger(multiplyIntegers(18446744073709551615n, 0), 0);
});
