import { assertEquals } from "@std/assert";
import { StderrWriter } from "../../src/cli/stderr.ts";

const decoder = new TextDecoder();

Deno.test("StderrWriter writes sentences in their order, also where a write is short", async () => {
  let said = "";
  const sentences = new StderrWriter({
    write(bytes) {
      const part = bytes.subarray(0, 7);
      said += decoder.decode(part);
      return Promise.resolve(part.length);
    },
  });
  sentences.warn("The first sentence");
  sentences.warn("The second");
  await sentences.flush();
  assertEquals(said, "procline: The first sentence\nprocline: The second\n");
});

Deno.test("StderrWriter gives up if the stream fails", async () => {
  let writes = 0;
  const sentences = new StderrWriter({
    write() {
      writes++;
      return Promise.reject(new Error("No space left on device"));
    },
  });
  for (let i = 0; i < 3; i++) sentences.warn("Nobody hears this");
  await sentences.flush();
  assertEquals(writes, 1);
});

Deno.test("StderrWriter neither piles up sentences nor holds up the end if the stream is stuck", async () => {
  let writes = 0;
  const sentences = new StderrWriter({
    write() {
      writes++;
      return new Promise<number>(() => {});
    },
  });
  for (let i = 0; i < 1000; i++) sentences.warn("Nobody takes this");
  const before = performance.now();
  await sentences.flush();
  assertEquals(writes, 1);
  assertEquals(performance.now() - before < 5000, true);
});
