import { assertEquals } from "@std/assert";
import { Sentences } from "../../src/cli/stderr.ts";

const decoder = new TextDecoder();

Deno.test("Sentences are said in their order, also where a write is short", async () => {
  let said = "";
  const sentences = new Sentences({
    write(bytes) {
      const part = bytes.subarray(0, 7);
      said += decoder.decode(part);
      return Promise.resolve(part.length);
    },
  });
  sentences.say("The first sentence");
  sentences.say("The second");
  await sentences.settle();
  assertEquals(said, "procline: The first sentence\nprocline: The second\n");
});

Deno.test("Sentences are given up where the stream fails", async () => {
  let writes = 0;
  const sentences = new Sentences({
    write() {
      writes++;
      return Promise.reject(new Error("No space left on device"));
    },
  });
  for (let i = 0; i < 3; i++) sentences.say("Nobody hears this");
  await sentences.settle();
  assertEquals(writes, 1);
});

Deno.test("Sentences do not pile up, nor hold up the end, where the stream is stuck", async () => {
  let writes = 0;
  const sentences = new Sentences({
    write() {
      writes++;
      return new Promise<number>(() => {});
    },
  });
  for (let i = 0; i < 1000; i++) sentences.say("Nobody takes this");
  const before = performance.now();
  await sentences.settle();
  assertEquals(writes, 1);
  assertEquals(performance.now() - before < 5000, true);
});
