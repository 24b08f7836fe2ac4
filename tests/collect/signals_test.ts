import { assertEquals } from "@std/assert";
import { signals } from "../../src/collect/signals.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import {
  type FileContent,
  MemoryFs,
  type MemoryProcess,
} from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

const STATUS = "Tgid:\t10\nUid:\t0\t0\t0\t0\nSigQ:\t2/96365\n" +
  "SigPnd:\t0000000000000200\nShdPnd:\t0000000000004001\n" +
  "SigBlk:\tffffffffffffffff\nSigIgn:\t8000000000001000\n" +
  "SigCgt:\t0000000180014a07\n";

function lineOf(
  files: Readonly<Record<string, FileContent>>,
  more: Partial<MemoryProcess> = {},
) {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, ...more, files });
  using sampler = new Sampler({ pid: 10, collect: [signals()], fs });
  return sampler.sample().processes[0];
}

Deno.test("signals adds sets of signals as exact numbers", () => {
  const line = lineOf({ status: STATUS });
  assertEquals(line?.signals, {
    queued: 2,
    pending: 0x4001,
    thread_pending: 0x200,
    blocked: 0xffff_ffff_ffff_ffffn,
    ignored: 0x8000_0000_0000_1000n,
    caught: 0x1_8001_4a07,
  });
  assertEquals(besidesFirstSample(line?.unreadable), null);
});

Deno.test("signals joins what is pending for each thread alone", () => {
  const thread = (set: string) =>
    STATUS.replace("0000000000000200", set.padStart(16, "0"));
  const line = lineOf({
    status: STATUS,
    "task/10/status": STATUS,
    "task/1000010/status": thread("201"),
    "task/2000010/status": { error: "gone" },
    "task/3000010/status": thread("800"),
  }, { numThreads: 4 });
  assertEquals(line?.signals?.thread_pending, 0xa01);
  assertEquals(line?.signals?.pending, 0x4001);
  const denied = lineOf({
    status: STATUS,
    "task/10/status": STATUS,
    "task/1000010/status": { error: "failed" },
  }, { numThreads: 2 });
  assertEquals([denied?.signals?.thread_pending, denied?.signals?.pending], [
    null,
    0x4001,
  ]);
  assertEquals(besidesFirstSample(denied?.unreadable), { signals: "failed" });
});

Deno.test("signals shows what the main thread blocks once it has ended, not another thread", () => {
  const blocked = (set: string) => STATUS.replace("ffffffffffffffff", set);
  const line = lineOf({
    status: blocked("0000000000000001"),
    "task/10/status": blocked("0000000000000001"),
    "task/1000010/status": blocked("0000000000000006"),
  }, { state: "Z", numThreads: 2, vsizeBytes: 0 });
  assertEquals([line?.state, line?.signals?.blocked], ["Z", 1]);
});

Deno.test("signals says why a set is not known, and the others stay", () => {
  const damaged = lineOf({
    status: STATUS.replace("ffffffffffffffff", "all"),
  });
  assertEquals([damaged?.signals?.blocked, damaged?.signals?.pending], [
    null,
    0x4001,
  ]);
  assertEquals(besidesFirstSample(damaged?.unreadable), {
    signals: "malformed",
  });
  const older = lineOf({ status: STATUS.replace(/SigQ.*\n/, "") });
  assertEquals(besidesFirstSample(older?.unreadable), {
    signals: "unsupported",
  });
  const none = lineOf({ status: { error: "denied" } });
  assertEquals([none?.signals, none?.unreadable?.signals], [null, "denied"]);
});
