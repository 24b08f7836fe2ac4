import { assertEquals } from "@std/assert";
import { constants } from "node:os";
import { signalExitCode } from "../../src/cli/signals.ts";

/** Second names of signals, which no system call reports. */
const ALIASES = ["SIGIOT", "SIGPOLL", "SIGUNUSED"];

Deno.test("signalExitCode() is 128 and the number of every signal that node knows", () => {
  const numbers = Object.entries(constants.signals)
    .filter(([name]) => !ALIASES.includes(name));
  assertEquals(numbers.length, 31);
  for (const [name, number] of numbers) {
    assertEquals(signalExitCode(name), 128 + number, name);
  }
});

Deno.test("signalExitCode() is that of no signal for an unknown name", () => {
  assertEquals(signalExitCode("SIGNONE"), 128);
});
