// deno-lint-ignore-file camelcase -- the names are those of the kernel.
import { assertEquals } from "@std/assert";
import { status } from "../../src/collect/status.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import { FakeProc } from "../support/fake_proc.ts";
import { besidesFirstSample } from "../support/samples.ts";

function text(lines: Readonly<Record<string, string>>): string {
  const all = { Tgid: "10", Uid: "7\t0\t0\t0", Threads: "1", ...lines };
  return Object.entries(all).map(([name, value]) => `${name}:\t${value}\n`)
    .join("");
}

/** The line of a process with this `status`, and with these `status` files of its threads. */
function lineOf(
  own: string | { readonly error: "denied" },
  threads: Readonly<Record<number, string>> = {},
): ProcessSample | undefined {
  const fs = new FakeProc();
  const numThreads = Math.max(Object.keys(threads).length, 1);
  fs.start({ pid: 10, numThreads });
  fs.write("/proc/10/status", own);
  for (const [tid, status] of Object.entries(threads)) {
    fs.write(`/proc/10/task/${tid}/status`, status);
  }
  using sampler = new Sampler({ pid: 10, collect: [status()], fs });
  return sampler.sample().processes[0];
}

Deno.test("status adds the real user, and memory in bytes", () => {
  const line = lineOf(text({
    VmHWM: "  12 kB",
    VmRSS: "   8 kB",
    RssAnon: "   4 kB",
    VmSwap: "   1 kB",
  }));
  assertEquals([line?.uid, line?.peakRssBytes], [7, 12_288]);
  assertEquals([line?.rssAnonBytes, line?.swapBytes], [4096, 1024]);
  assertEquals(line?.unreadable?.libBytes, "unsupported");
});

Deno.test("status adds up the context switches of living threads", () => {
  const switches = (voluntary: number, nonvoluntary: number) =>
    text({
      voluntary_ctxt_switches: `${voluntary}`,
      nonvoluntary_ctxt_switches: `${nonvoluntary}`,
    });
  const line = lineOf(switches(100, 200), {
    10: switches(1, 2),
    11: switches(3, 4),
  });
  assertEquals(line?.voluntaryCtxtSwitches, 4);
  assertEquals(line?.nonvoluntaryCtxtSwitches, 6);
});

Deno.test("status knows no switches if one thread does not report them", () => {
  const line = lineOf(text({}), {
    10: text({ voluntary_ctxt_switches: "1" }),
    11: text({}),
  });
  assertEquals(line?.voluntaryCtxtSwitches, null);
  assertEquals(line?.unreadable?.voluntaryCtxtSwitches, "unsupported");
});

Deno.test("status that may not be read makes each of its fields null, with the reason", () => {
  const line = lineOf({ error: "denied" });
  assertEquals([line?.uid, line?.peakRssBytes], [null, null]);
  assertEquals(line?.unreadable?.uid, "denied");
  assertEquals(
    Object.keys(besidesFirstSample(line?.unreadable) ?? {}).length,
    15,
  );
});

Deno.test("status loses a line that makes no sense or is missing, and no other", () => {
  const lines = {
    VmPeak: "  40 kB",
    VmHWM: "  12 kB",
    VmRSS: "  8 MB",
    RssAnon: "  -4 kB",
    voluntary_ctxt_switches: "3",
    nonvoluntary_ctxt_switches: "many",
  };
  const line = lineOf(text({ ...lines, Uid: "root" }));
  assertEquals([line?.uid, line?.peakRssBytes, line?.rssAnonBytes], [
    null,
    12_288,
    null,
  ]);
  assertEquals([line?.voluntaryCtxtSwitches, line?.nonvoluntaryCtxtSwitches], [
    3,
    null,
  ]);
  const why = line?.unreadable ?? {};
  assertEquals([why.uid, why.rssAnonBytes, why.nonvoluntaryCtxtSwitches], [
    "malformed",
    "malformed",
    "malformed",
  ]);
  assertEquals(
    [why.peakRssBytes, why.rssFileBytes, why.voluntaryCtxtSwitches],
    [
      undefined,
      "unsupported",
      undefined,
    ],
  );
});

Deno.test("status adds up the switches that every thread tells", () => {
  const of = (lines: Readonly<Record<string, string>>) => text(lines);
  const line = lineOf(of({}), {
    10: of({ voluntary_ctxt_switches: "3", nonvoluntary_ctxt_switches: "1" }),
    11: of({ voluntary_ctxt_switches: "4", nonvoluntary_ctxt_switches: "-1" }),
  });
  assertEquals([line?.voluntaryCtxtSwitches, line?.nonvoluntaryCtxtSwitches], [
    7,
    null,
  ]);
  assertEquals(line?.unreadable?.nonvoluntaryCtxtSwitches, "malformed");
  assertEquals(line?.unreadable?.voluntaryCtxtSwitches, undefined);
});
