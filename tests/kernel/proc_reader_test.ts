import { assertEquals } from "@std/assert";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { type FileContent, MemoryFs } from "../../src/testing/memory_fs.ts";

function pidsIn(proc: FileContent) {
  const fs = new MemoryFs();
  fs.write("/proc", proc);
  return new ProcReader(fs).listPids();
}

Deno.test("listPids() lists the names in /proc that are process ids", () => {
  assertEquals(pidsIn(["42", "7", "self", "0", "007", "1234567890", "4x"]), {
    value: [42, 7],
    reason: null,
  });
});

Deno.test("listPids() says why /proc cannot be listed", () => {
  assertEquals(pidsIn({ error: "denied" }), { value: null, reason: "denied" });
});
