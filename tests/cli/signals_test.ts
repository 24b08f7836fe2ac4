import { assertEquals } from "@std/assert";
import { constants } from "node:os";
import { signalExitCode, signalName } from "../../src/cli/signals.ts";

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

Deno.test("signalName() names the signals as kill -l of bash does", () => {
  const names = Object.entries(constants.signals)
    .filter(([name]) => !ALIASES.includes(name));
  for (const [name, number] of names) assertEquals(signalName(number), name);
  assertEquals(
    [32, 34, 35, 49, 50, 63, 64].map(signalName),
    [
      "SIG32",
      "SIGRTMIN",
      "SIGRTMIN+1",
      "SIGRTMIN+15",
      "SIGRTMAX-14",
      "SIGRTMAX-1",
      "SIGRTMAX",
    ],
  );
});
