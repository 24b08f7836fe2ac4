import { assertEquals } from "@std/assert";
import { SignalRelay } from "../../src/cli/relay.ts";
import { FORWARDED_SIGNALS, type SignalName } from "../../src/cli/signals.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { FakeProc } from "../support/fake_proc.ts";

/** A command that keeps what it is sent. */
class Command {
  readonly pid = 11;
  readonly ended = new Promise<never>(() => {});
  readonly heard: SignalName[] = [];
  running = true;

  kill(signal: SignalName): void {
    this.heard.push(signal);
  }
}

/** The relay of a program that no terminal controls. */
function relay(): SignalRelay {
  return new SignalRelay(new ProcReader(new FakeProc()));
}

Deno.test("SignalRelay.take() keeps what comes before the command runs, in its order", () => {
  const signals = relay();
  const command = new Command();

  assertEquals(signals.take("SIGTERM"), true);
  assertEquals(signals.take("SIGUSR1"), true);
  assertEquals(command.heard, []);
  signals.attach(command);
  signals.take("SIGHUP");

  assertEquals(command.heard, ["SIGTERM", "SIGUSR1", "SIGHUP"]);
});

Deno.test("SignalRelay.take() sends a command that has ended nothing", () => {
  const signals = relay();
  const command = new Command();
  signals.attach(command);
  command.running = false;

  for (const name of FORWARDED_SIGNALS) signals.take(name);

  assertEquals(command.heard, []);
});

Deno.test("SignalRelay.take() leaves to the run, once the command has ended, what ends a program", () => {
  const signals = relay();
  const command = new Command();
  signals.attach(command);
  command.running = false;

  assertEquals(
    FORWARDED_SIGNALS.filter((name) => signals.take(name)),
    ["SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGCONT", "SIGURG", "SIGWINCH"],
  );
});
