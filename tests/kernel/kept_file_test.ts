import { assertEquals, assertStrictEquals } from "@std/assert";
import { KeptFile } from "../../src/kernel/kept_file.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { CountingFs } from "../support/counting_fs.ts";

const PATH = "/c/words";

/** A kept file of words, and what it is read from. */
function kept(memory: MemoryFs) {
  const fs = new CountingFs(memory);
  const file = new KeptFile(
    new ProcReader(fs),
    PATH,
    (text) => text.trim().split(" "),
  );
  return { fs, file };
}

Deno.test("keptFile opens its file at the first reading, once, and shows what it holds now", () => {
  const memory = new MemoryFs();
  const { fs, file } = kept(memory);
  assertEquals(fs.numOpen, 0);
  memory.write(PATH, "1.00 2.00\n");
  const first = file.read();
  assertEquals(first, { value: ["1.00", "2.00"], reason: null });
  assertStrictEquals(file.read(), first);
  memory.write(PATH, "3.00 2.00\n");
  assertEquals(file.read().value, ["3.00", "2.00"]);
  assertEquals([fs.numOpened, fs.numOpen], [1, 1]);
  file.close();
  assertEquals(fs.numOpen, 0);
});

Deno.test("keptFile tries its path while there is no such file", () => {
  const memory = new MemoryFs();
  const { fs, file } = kept(memory);
  assertEquals(file.read(), { value: null, reason: "gone" });
  assertEquals(fs.numOpen, 0);
  memory.write(PATH, "1.00 2.00\n");
  assertEquals(file.read().value, ["1.00", "2.00"]);
  file.close();
});
