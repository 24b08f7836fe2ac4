import { assertEquals } from "@std/assert";
import { LineCache } from "../../src/format/_line_cache.ts";

interface Thing {
  readonly name: string;
  readonly uptimeSeconds: number;
  readonly words: readonly string[];
}

const WORDS: readonly string[] = ["x", "y"];

/** A cache of things that have a name, a shared uptime, and words. */
function encoder(): LineCache<Thing> {
  return new LineCache<Thing>([
    {
      encode: ({ name }) => `,${name}`,
      isSame: (before, now) => before.name === now.name,
      isShared: false,
    },
    {
      encode: ({ uptimeSeconds }) => `,${uptimeSeconds}`,
      isSame: (before, now) => before.uptimeSeconds === now.uptimeSeconds,
      isShared: true,
    },
    {
      encode: ({ words }) => `,${words.join("+")}`,
      isSame: (before, now) => before.words === now.words,
      isShared: false,
    },
  ]);
}

/** A thing whose words are the same list each time. */
function thingOf(changes: Partial<Thing> = {}): Thing {
  return { name: "a", uptimeSeconds: 1, words: WORDS, ...changes };
}

Deno.test("LineCache encodes what has changed, of each thing by itself", () => {
  const cache = encoder();
  cache.begin();
  assertEquals(cache.encode(1, thingOf()), ",a,1,x+y");
  assertEquals(cache.encode(2, thingOf({ name: "b" })), ",b,1,x+y");
  cache.begin();
  const later = { uptimeSeconds: 2.5 };
  assertEquals(
    cache.encode(2, thingOf({ ...later, name: "b" })),
    ",b,2.5,x+y",
  );
  assertEquals(
    cache.encode(1, thingOf({ ...later, name: "c" })),
    ",c,2.5,x+y",
  );
  assertEquals(cache.encode(1, thingOf({ words: [] })), ",a,1,");
});

Deno.test("LineCache compares with what was encoded last, also if only a part of it was", () => {
  const cache = encoder();
  cache.begin();
  cache.encode(1, thingOf());
  // Only the name is encoded again: both things have the same words.
  cache.encode(1, thingOf({ name: "b" }));
  assertEquals(
    cache.encode(1, thingOf({ name: "b", words: ["z"] })),
    ",b,1,z",
  );
  assertEquals(cache.encode(1, thingOf({ words: ["z"] })), ",a,1,z");
  assertEquals(cache.encode(1, thingOf()), ",a,1,x+y");
});

Deno.test("LineCache shares a shared group between things", () => {
  let encoded = 0;
  const cache = new LineCache<number>([{
    encode: (value) => `,${value}/${++encoded}`,
    isSame: (before, now) => before === now,
    isShared: true,
  }]);
  cache.begin();
  assertEquals([1, 2, 3].map((id) => cache.encode(id, 7)), [
    ",7/1",
    ",7/1",
    ",7/1",
  ]);
  assertEquals(cache.encode(1, 8), ",8/2");
});

Deno.test("LineCache forgets what a sample does not hold any more", () => {
  const cache = encoder();
  const words = ["before"];
  const thing = thingOf({ words });
  cache.begin();
  cache.encode(1, thing);
  cache.begin();
  // It is the same list, so the cache does not look into it again.
  words[0] = "after";
  assertEquals(cache.encode(1, thing), ",a,1,before");
  cache.begin();
  cache.encode(2, thingOf());
  cache.begin();
  assertEquals(cache.encode(1, thing), ",a,1,after");
});
