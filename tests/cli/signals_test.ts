import { assertEquals } from "@std/assert";
import { constants } from "node:os";
import {
  ENDING_SIGNALS,
  FORWARDED_SIGNALS,
  ignoredSignals,
  signalExitCode,
  signalName,
} from "../../src/cli/signals.ts";

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

Deno.test("ignoredSignals() reads the mask of a process under nohup in the background", () => {
  // Bit n - 1 stands for signal n: 0x1007 are SIGHUP, SIGINT, SIGQUIT and SIGPIPE.
  const status = "Name:\tdeno\nSigBlk:\t0000000000000001\n" +
    "SigIgn:\t0000000000001007\nSigCgt:\t0000000100000440\n";
  assertEquals(
    [...ignoredSignals(status)],
    ["SIGHUP", "SIGINT", "SIGQUIT", "SIGPIPE"],
  );
});

Deno.test("ignoredSignals() reads the mask of a process that ignores all, real-time signals too", () => {
  const ignored = ignoredSignals("SigIgn:\tffffffffffffffff\n");
  assertEquals(ignored.size, 31);
});

Deno.test("ignoredSignals() are none if the text does not say", () => {
  assertEquals(ignoredSignals("").size, 0);
});

Deno.test("The signals that end a run go on to a command too, with all others that Deno hears", () => {
  const names = new Set<string>(FORWARDED_SIGNALS);
  assertEquals(ENDING_SIGNALS.every((name) => names.has(name)), true);
  assertEquals(
    Object.keys(constants.signals).filter((name) =>
      !names.has(name) && !ALIASES.includes(name)
    ).toSorted(),
    // The first four cannot be heard, the others this program brings upon itself.
    "SIGCHLD SIGFPE SIGILL SIGKILL SIGPIPE SIGSEGV SIGSTOP SIGXFSZ".split(" "),
  );
});
