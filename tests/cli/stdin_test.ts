import { assertEquals } from "@std/assert";
import { InputEnd } from "../../src/cli/stdin.ts";

/** A source that gives what it is told to, one after the other. */
function sourceOf(steps: readonly (number | null | Error)[]) {
  const left = [...steps];
  return {
    left,
    read: (): Promise<number | null> => {
      const step = left.shift() ?? null;
      return step instanceof Error
        ? Promise.reject(step)
        : Promise.resolve(step);
    },
  };
}

/** Waits for the end of a source; returns what was said. */
async function endOf(source: ReturnType<typeof sourceOf>): Promise<string[]> {
  const said: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = new InputEnd(source, resolve, (sentence) => said.push(sentence));
  end.wait();
  end.wait();
  assertEquals(end.hasCome, false);
  await promise;
  assertEquals(end.hasCome, true);
  return said;
}

Deno.test("InputEnd reads to the end, also if what is empty does not block", async () => {
  const source = sourceOf([
    4096,
    new Deno.errors.WouldBlock(
      "Resource temporarily unavailable (os error 11)",
    ),
    1,
    null,
    7,
  ]);
  assertEquals(await endOf(source), []);
  assertEquals(source.left, [7]);
});

Deno.test("InputEnd takes what cannot be read for the end, and says why", async () => {
  const source = sourceOf([1, new Error("Input/output error (os error 5)"), 7]);
  assertEquals(await endOf(source), [
    "Cannot read standard input: Input/output error (os error 5)",
  ]);
  assertEquals(source.left, [7]);
});

Deno.test("InputEnd reads nothing before it waits", () => {
  const source = sourceOf([1]);
  const end = new InputEnd(source, () => {}, () => {});
  assertEquals([end.hasCome, source.left], [false, [1]]);
});
