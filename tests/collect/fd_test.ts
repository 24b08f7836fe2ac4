import { assertEquals } from "@std/assert";
import { fd } from "../../src/collect/fd.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import { type FileContent, MemoryFs } from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

function lineOf(
  files: Readonly<Record<string, FileContent>>,
): ProcessSample | undefined {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files });
  using sampler = new Sampler({ pid: 10, collect: [fd()], fs });
  return sampler.sample().processes[0];
}

Deno.test("fd counts open descriptors, and knows their soft limit", () => {
  const line = lineOf({ fd: ["0", "1", "2", "255"] });
  assertEquals([line?.numFds, line?.fdLimit], [4, 1024]);
});

Deno.test("fd knows an unlimited number as null, without a reason", () => {
  const line = lineOf({
    limits: "Max open files            unlimited            unlimited\n",
  });
  assertEquals([line?.fdLimit, besidesFirstSample(line?.unreadable)], [
    null,
    null,
  ]);
});

Deno.test("fd says why descriptors are not known, and the limit stays", () => {
  const line = lineOf({ fd: { error: "denied" } });
  assertEquals([line?.numFds, line?.fdLimit], [null, 1024]);
  assertEquals(besidesFirstSample(line?.unreadable), { numFds: "denied" });
});

Deno.test("fd tells a limit that is not reported from one that makes no sense", () => {
  const missing = lineOf({ limits: "Max processes    7    7    processes\n" });
  assertEquals([missing?.numFds, missing?.fdLimit], [3, null]);
  assertEquals(besidesFirstSample(missing?.unreadable), {
    fdLimit: "unsupported",
  });
  const wrong = lineOf({ limits: "Max open files   many   4096   files\n" });
  assertEquals(besidesFirstSample(wrong?.unreadable), { fdLimit: "malformed" });
});
