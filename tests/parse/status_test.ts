import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProcParseError } from "../../src/errors.ts";
import {
  parseCpusAllowed,
  parseCtxtSwitches,
  parseLimitedUse,
  parseNspid,
  parseSignals,
  parseStatus,
  parseTgid,
  parseUserThreads,
} from "../../src/parse/status.ts";
import {
  assertRefuses,
  assertSurvivesDamage,
  readTestdata,
} from "../support/damage.ts";
import * as kernelPrinters from "../support/kernel_printers.ts";

const MINIMAL = "Tgid:\t42\nUid:\t0\t0\t0\t0\nThreads:\t1\n";

Deno.test("parseStatus() reads a process", () => {
  assertEquals(parseStatus(readTestdata("status/process.txt")), {
    tgid: 27150,
    uid: 0,
    threads: 1,
    kthread: false,
    vmPeak: 3060,
    vmLck: 0,
    vmPin: 0,
    vmHwm: 1696,
    vmRss: 1696,
    rssAnon: 116,
    rssFile: 1580,
    rssShmem: 0,
    vmData: 360,
    vmStk: 132,
    vmExe: 20,
    vmLib: 1528,
    vmPte: 52,
    vmSwap: 0,
    cpusAllowed: [{ first: 0, last: 3 }],
    voluntaryCtxtSwitches: 0,
    nonvoluntaryCtxtSwitches: 0,
  });
});

Deno.test("parseStatus() gives null for the sizes of a zombie and of a kernel thread", () => {
  const zombie = parseStatus(readTestdata("status/zombie.txt"));
  const kernelThread = parseStatus(readTestdata("status/kernel_thread.txt"));
  for (const status of [zombie, kernelThread]) {
    assertEquals(status.vmRss, null);
    assertEquals(status.vmPeak, null);
    assertEquals(status.vmSwap, null);
    assertEquals(status.threads, 1);
  }
  assertEquals(zombie.kthread, false);
  assertEquals(kernelThread.kthread, true);
  assertEquals(kernelThread.voluntaryCtxtSwitches, 100);
});

Deno.test("parseStatus() gives null for what an old kernel does not print", () => {
  assertEquals(parseStatus(MINIMAL), {
    tgid: 42,
    uid: 0,
    threads: 1,
    kthread: null,
    vmPeak: null,
    vmLck: null,
    vmPin: null,
    vmHwm: null,
    vmRss: null,
    rssAnon: null,
    rssFile: null,
    rssShmem: null,
    vmData: null,
    vmStk: null,
    vmExe: null,
    vmLib: null,
    vmPte: null,
    vmSwap: null,
    cpusAllowed: null,
    voluntaryCtxtSwitches: null,
    nonvoluntaryCtxtSwitches: null,
  });
});

Deno.test("parseStatus() keeps a size just below 2^64 exact", () => {
  const status = parseStatus(`${MINIMAL}VmLib:\t18446744073709436460 kB\n`);
  assertEquals(status.vmLib, 18446744073709436460n);
});

Deno.test("parseStatus() is not misled by a name that looks like fields", () => {
  const status = parseStatus(`Name:\tTgid:\t1\\nUid:\t7\n${MINIMAL}`);
  assertEquals(status.tgid, 42);
  assertEquals(status.uid, 0);
});

Deno.test("parseStatus() reads a process that is being reaped", () => {
  assertEquals(parseStatus(MINIMAL.replace("s:\t1", "s:\t0")).threads, 0);
});

Deno.test("parseStatus() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "\n" },
    { field: "any line", text: "Name:\tcat\nNone:\t1\n" },
    { field: "the end of the last line", text: MINIMAL.slice(0, -1) },
    { field: "the end of the last line", text: "" },
  ];
  for (const refused of cases) assertRefuses(parseStatus, refused);
});

Deno.test("parseStatus() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseStatus, readTestdata("status/process.txt"));
});

Deno.test("parseTgid() reads the process that a thread belongs to", () => {
  assertEquals(parseTgid(readTestdata("status/process.txt")), 27150);
});

Deno.test("parseTgid() refuses a text without it, damaged or cut", () => {
  const says = (text: string, current: string) =>
    assertThrows(
      () => parseTgid(text),
      ProcParseError,
      `Cannot parse Tgid in status: current value is "${current}"`,
    );
  says("Name:\tcat\n", "");
  says("Name:\tcat\nTgid:\tx\n", "x");
  says("Name:\tcat\nTgid:\t271", "");
});

Deno.test("parseCpusAllowed() reads the CPUs, or null if the kernel does not report it", () => {
  const range = { first: 0, last: 3 };
  assertEquals(parseCpusAllowed(readTestdata("status/process.txt")), [range]);
  assertEquals(parseCpusAllowed(MINIMAL), null);
});

Deno.test("parseCpusAllowed() refuses a list that is damaged or cut", () => {
  const says = (text: string, current: string) =>
    assertThrows(
      () => parseCpusAllowed(text),
      ProcParseError,
      `Cannot parse Cpus_allowed_list in status: current value is "${current}"`,
    );
  says("Name:\tcat\nCpus_allowed_list:\t0-\n", "0-");
  says("Name:\tcat\nCpus_allowed_list:\t0-1", "");
});

Deno.test("parseNspid() reads the ids in each namespace, or null if the kernel does not report them", () => {
  assertEquals(parseNspid(`${MINIMAL}NSpid:\t42\n`), [42]);
  assertEquals(parseNspid(`${MINIMAL}NSpid:\t900\t42\t1\n`), [900, 42, 1]);
  assertEquals(parseNspid(MINIMAL), null);
});

Deno.test("parseNspid() refuses ids that are damaged or cut", () => {
  const says = (text: string, current: string) =>
    assertThrows(
      () => parseNspid(text),
      ProcParseError,
      `Cannot parse NSpid in status: current value is "${current}"`,
    );
  says("Name:\tcat\nNSpid:\t42\tx\n", "x");
  says("Name:\tcat\nNSpid:\t42\t\n", "");
  says("Name:\tcat\nNSpid:\t42", "");
});

Deno.test("parseCtxtSwitches() reads what parseStatus() reads of switches, in each kernel's text", () => {
  fc.assert(
    fc.property(kernelPrinters.status, ({ text }) => {
      const { voluntaryCtxtSwitches, nonvoluntaryCtxtSwitches } = parseStatus(
        text,
      );
      assertEquals(parseCtxtSwitches(text), {
        voluntaryCtxtSwitches,
        nonvoluntaryCtxtSwitches,
      });
    }),
  );
});

Deno.test("parseCtxtSwitches() takes no other line for one of switches", () => {
  const text = "Name:\tx\\nvoluntary_ctxt_switches:\t9\nTgid:\t4\n" +
    "xvoluntary_ctxt_switches:\t1\nvoluntary_ctxt_switches:\t7\n";
  assertEquals(parseCtxtSwitches(text), {
    voluntaryCtxtSwitches: 7,
    nonvoluntaryCtxtSwitches: null,
  });
});

Deno.test("parseCtxtSwitches() loses a line that makes no sense, and refuses what is no status", () => {
  const { malformed = [], ...fields } = parseCtxtSwitches(
    "Tgid:\t4\nvoluntary_ctxt_switches:\t-7\nnonvoluntary_ctxt_switches:\t3\n",
  );
  assertEquals(fields, {
    voluntaryCtxtSwitches: null,
    nonvoluntaryCtxtSwitches: 3,
  });
  assertEquals(malformed.map(({ field }) => field), [
    "voluntary_ctxt_switches",
  ]);
  for (const text of ["", "x\n", "Tgid:\t4\nnonvoluntary_ctxt_switches:\t3"]) {
    assertThrows(() => parseCtxtSwitches(text), ProcParseError);
  }
});

const SIGNALS = readTestdata("status/process.txt").split("\n")
  .filter((line) => /^S(?:ig|hd)/.test(line)).map((line) => `${line}\n`)
  .join("");

Deno.test("parseSignals() reads sets of signals by their numbers", () => {
  const text = "SigQ:\t2/96365\nSigPnd:\t0000000000000200\n" +
    "ShdPnd:\t0000000000004001\nSigBlk:\tffffffffffffffff\n" +
    "SigIgn:\t8000000000001000\nSigCgt:\t0000000180014a07\n";
  assertEquals(parseSignals(text), {
    queued: 2,
    sigPnd: [10],
    shdPnd: [1, 15],
    sigBlk: Array.from({ length: 64 }, (_, i) => i + 1),
    sigIgn: [13, 64],
    sigCgt: [1, 2, 3, 10, 12, 15, 17, 32, 33],
  });
});

Deno.test("parseSignals() reads the 128 signals of MIPS", () => {
  const text = `SigBlk:\t80${"0".repeat(29)}1\n`;
  assertEquals(parseSignals(text).sigBlk, [1, 128]);
});

Deno.test("parseSignals() loses a set that makes no sense, and no other", () => {
  for (const wrong of ["", "12", "000000000000000g", "-000000000000001"]) {
    const { malformed, sigBlk, sigIgn } = parseSignals(
      `SigBlk:\t${wrong}\nSigIgn:\t0000000000000001\n`,
    );
    assertEquals([malformed?.map(({ text }) => text), sigBlk, sigIgn], [
      [wrong],
      null,
      [1],
    ]);
  }
  for (const wrong of ["", "1", "1/", "/2", "a/2", "1/b"]) {
    const { malformed, queued } = parseSignals(
      `SigQ:\t${wrong}\nSigIgn:\t0000000000000001\n`,
    );
    assertEquals([malformed?.length, queued], [1, null]);
  }
});

Deno.test("parseSignals() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "Uid:\t0\t0\t0\t0\n" },
    { field: "the end of the last line", text: SIGNALS.slice(0, -1) },
  ];
  for (const refused of cases) assertRefuses(parseSignals, refused);
  assertSurvivesDamage(parseSignals, SIGNALS);
});

Deno.test("parseUserThreads() reads the real user and the threads", () => {
  assertEquals(parseUserThreads("Uid:\t7\t8\t9\t10\nThreads:\t3\n"), {
    uid: 7,
    threads: 3,
  });
  const cases = [
    { field: "Uid", text: "Threads:\t3\n" },
    { field: "Threads", text: MINIMAL.replace(/Threads.*\n/, "") },
    { field: "Threads", text: MINIMAL.replace("1\n", "x\n") },
  ];
  for (const refused of cases) assertRefuses(parseUserThreads, refused);
  assertSurvivesDamage(parseUserThreads, readTestdata("status/process.txt"));
});

for (const file of ["process", "zombie", "kernel_thread"]) {
  Deno.test(`parseLimitedUse() gives of ${file}.txt what parseStatus() and parseSignals() give`, () => {
    const text = readTestdata(`status/${file}.txt`);
    const { uid, vmLck, vmData, vmStk } = parseStatus(text);
    const { queued } = parseSignals(text);
    assertEquals(parseLimitedUse(text), { uid, vmLck, vmData, vmStk, queued });
  });
}

Deno.test("parseLimitedUse() reads each field", () => {
  const text =
    "Uid:\t7\t8\t9\t10\nVmLck:\t  1 kB\nVmData:\t 20 kB\nVmStk:\t300 kB\nSigQ:\t4/95\n";
  assertEquals(parseLimitedUse(text), {
    uid: 7,
    vmLck: 1,
    vmData: 20,
    vmStk: 300,
    queued: 4,
  });
});

Deno.test("parseLimitedUse() keeps what makes sense beside what does not", () => {
  const { uid, vmData, vmStk, malformed } = parseLimitedUse(
    "Uid:\t7\t8\t9\t10\nVmData:\tx kB\nVmStk:\t300 kB\n",
  );
  assertEquals([uid, vmData, vmStk], [7, null, 300]);
  assertEquals(malformed?.map(({ field }) => field), ["VmData"]);
});

Deno.test("parseLimitedUse() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { text: "Uid:\t7", field: "nonvoluntary_ctxt_switches" },
    { text: "Name:\tx\n", field: "any line" },
  ];
  for (const refused of cases) assertRefuses(parseLimitedUse, refused);
  assertSurvivesDamage(parseLimitedUse, readTestdata("status/process.txt"));
});
