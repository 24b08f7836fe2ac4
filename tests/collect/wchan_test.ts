import { assertEquals } from "@std/assert";
import { wchan } from "../../src/collect/wchan.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import {
  type FileContent,
  MemoryFs,
  type MemoryProcess,
} from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

function lineOf(content: FileContent, more: Partial<MemoryProcess> = {}) {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, ...more, files: { wchan: content } });
  using sampler = new Sampler({ pid: 10, collect: [wchan()], fs });
  const line = sampler.sample().processes[0];
  return [line?.wchan, besidesFirstSample(line?.unreadable)];
}

Deno.test("wchan adds the function of the kernel in which a process waits", () => {
  assertEquals(lineOf("hrtimer_nanosleep"), ["hrtimer_nanosleep", null]);
});

Deno.test("wchan knows none of a process that runs, without a reason", () => {
  assertEquals(lineOf("0", { state: "R" }), [null, null]);
  assertEquals(lineOf("0"), [null, null]);
});

Deno.test("wchan tells one that is hidden from this user", () => {
  // The kernel hides where code and stack lie as well: the stack is at 0.
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files: { wchan: "0" } });
  const text = fs.readTextFile("/proc/10/stat").replace(
    " 4096 4196 4996 ",
    " 1 1 0 ",
  );
  fs.write("/proc/10/stat", text);
  using sampler = new Sampler({ pid: 10, collect: [wchan()], fs });
  const line = sampler.sample().processes[0];
  assertEquals([line?.wchan, line?.unreadable?.wchan], [null, "denied"]);
});

Deno.test("wchan knows none of a zombie and of a kernel thread, without a reason", () => {
  assertEquals(lineOf("0", { state: "Z" })[0], null);
  const [none, reasons] = lineOf("0", { flags: 0x0020_0000 });
  assertEquals([none, (reasons as Record<string, string>)?.wchan], [
    null,
    undefined,
  ]);
});

Deno.test("wchan is that of no other thread once the main thread has ended", () => {
  const files = {
    wchan: "0",
    "task/1000010/wchan": "hrtimer_nanosleep",
    "task/1000010/statm": "2000 300 10 5 0 20 0\n",
  };
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, state: "Z", numThreads: 2, vsizeBytes: 0, files });
  using sampler = new Sampler({ pid: 10, collect: [wchan()], fs });
  const line = sampler.sample().processes[0];
  assertEquals([line?.state, line?.wchan, line?.unreadable?.wchan], [
    "Z",
    null,
    undefined,
  ]);
});

Deno.test("wchan says why it could not be read", () => {
  assertEquals(lineOf({ error: "denied" }), [null, { wchan: "denied" }]);
  assertEquals(lineOf("a b"), [null, { wchan: "malformed" }]);
});

Deno.test("wchan cuts a long name", () => {
  assertEquals(lineOf("_R".padEnd(200, "x")), ["_R".padEnd(64, "x"), null]);
});
