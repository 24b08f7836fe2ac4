import { assertEquals } from "@std/assert";
import { SteadyEncoder } from "../../src/format/_line_cache.ts";

interface Thing {
  readonly name: string;
  readonly uptimeSeconds: number;
  readonly words: readonly string[];
}

const WORDS: readonly string[] = ["x", "y"];

/** Encodes a name, an uptime that is volatile, and words. */
function encoder(): SteadyEncoder<Thing> {
  return new SteadyEncoder<Thing>([
    {
      encode: ({ name }) => `,${name}`,
      isSame: (before, now) => before.name === now.name,
      isVolatile: false,
    },
    {
      encode: ({ uptimeSeconds }) => `,${uptimeSeconds}`,
      isSame: (before, now) => before.uptimeSeconds === now.uptimeSeconds,
      isVolatile: true,
    },
    {
      encode: ({ words }) => `,${words.join("+")}`,
      isSame: (before, now) => before.words === now.words,
      isVolatile: false,
    },
  ]);
}

/** A thing whose words are the same list each time. */
function thingOf(changes: Partial<Thing> = {}): Thing {
  return { name: "a", uptimeSeconds: 1, words: WORDS, ...changes };
}

Deno.test("SteadyEncoder encodes what has changed, of each thing by itself", () => {
  const steady = encoder();
  steady.begin();
  assertEquals(steady.encode(1, thingOf()), ",a,1,x+y");
  assertEquals(steady.encode(2, thingOf({ name: "b" })), ",b,1,x+y");
  steady.begin();
  const later = { uptimeSeconds: 2.5 };
  assertEquals(
    steady.encode(2, thingOf({ ...later, name: "b" })),
    ",b,2.5,x+y",
  );
  assertEquals(
    steady.encode(1, thingOf({ ...later, name: "c" })),
    ",c,2.5,x+y",
  );
  assertEquals(steady.encode(1, thingOf({ words: [] })), ",a,1,");
});

Deno.test("SteadyEncoder compares with what was encoded last, also where only a part of it was", () => {
  const steady = encoder();
  steady.begin();
  steady.encode(1, thingOf());
  // Only the name is encoded anew: the words are those of both.
  steady.encode(1, thingOf({ name: "b" }));
  assertEquals(
    steady.encode(1, thingOf({ name: "b", words: ["z"] })),
    ",b,1,z",
  );
  assertEquals(steady.encode(1, thingOf({ words: ["z"] })), ",a,1,z");
  assertEquals(steady.encode(1, thingOf()), ",a,1,x+y");
});

Deno.test("SteadyEncoder shares a volatile group between things", () => {
  let encoded = 0;
  const steady = new SteadyEncoder<number>([{
    encode: (value) => `,${value}/${++encoded}`,
    isSame: (before, now) => before === now,
    isVolatile: true,
  }]);
  steady.begin();
  assertEquals([1, 2, 3].map((id) => steady.encode(id, 7)), [
    ",7/1",
    ",7/1",
    ",7/1",
  ]);
  assertEquals(steady.encode(1, 8), ",8/2");
});

Deno.test("SteadyEncoder forgets what a sample does not hold any more", () => {
  const steady = encoder();
  const words = ["before"];
  const thing = thingOf({ words });
  steady.begin();
  steady.encode(1, thing);
  steady.begin();
  // The same list: what is known of it is not looked at again.
  words[0] = "after";
  assertEquals(steady.encode(1, thing), ",a,1,before");
  steady.begin();
  steady.encode(2, thingOf());
  steady.begin();
  assertEquals(steady.encode(1, thing), ",a,1,after");
});
