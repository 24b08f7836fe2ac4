import { assertEquals } from "@std/assert";
import { cmdline, cutCmdline } from "../../src/collect/cmdline.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc, type FakeProcess } from "../support/fake_proc.ts";

function cmdlineOf(process: Partial<FakeProcess>, text: string) {
  const fs = new FakeProc();
  fs.start({ pid: 10, ppid: 1, ...process });
  fs.write("/proc/10/cmdline", text);
  using sampler = new Sampler({ pid: 10, collect: [cmdline()], fs });
  const [line] = sampler.sample().processes;
  return [line?.cmdline, line?.unreadable?.cmdline];
}

Deno.test("cmdline keeps empty arguments", () => {
  assertEquals(cmdlineOf({}, "a\0\0b\0"), [["a", "", "b"], undefined]);
});

Deno.test("cmdline is null if there are no arguments, and says why", () => {
  assertEquals(cmdlineOf({}, ""), [null, "executing"]);
  assertEquals(cmdlineOf({ state: "Z" }, ""), [null, "zombie"]);
});

Deno.test("cutCmdline() leaves arguments whole that have room", () => {
  const all = ["make", "", "-j8", "ä"];
  assertEquals(cutCmdline(all), { cmdline: all, cmdlineTruncated: false });
});

Deno.test("cutCmdline() cuts arguments of any kind to 4,000 bytes of JSON", () => {
  for (const unit of ["x", "\u0000", "€", "😀", '"']) {
    for (const all of [[unit.repeat(1_200_000)], Array(9000).fill(unit)]) {
      const { cmdline: cut, cmdlineTruncated } = cutCmdline(all);
      const bytes = new TextEncoder().encode(JSON.stringify(cut)).length;
      assertEquals(cmdlineTruncated, true);
      assertEquals([bytes <= 4001, bytes > 3980], [true, true], `${bytes}`);
      assertEquals(cut?.join("").isWellFormed(), true);
    }
  }
});
