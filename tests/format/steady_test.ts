import { assertEquals } from "@std/assert";
import { fieldsOf } from "../../src/format/_fields.ts";
import { SteadyEncoder } from "../../src/format/_steady.ts";

const FIELDS = fieldsOf(["name", "uptimeSeconds", "words"])();

function encoder(): SteadyEncoder<"name" | "uptimeSeconds" | "words"> {
  return new SteadyEncoder(FIELDS, new Set(["uptimeSeconds"] as const));
}

Deno.test("SteadyEncoder encodes what has changed, of each thing by itself", () => {
  const steady = encoder();
  steady.begin();
  const words = ["x"];
  assertEquals(
    steady.encode(1, { name: "a", uptimeSeconds: 1, words }),
    ',"name":"a","uptime_seconds":1,"words":["x"]',
  );
  assertEquals(
    steady.encode(2, { name: "b", uptimeSeconds: 1 }),
    ',"name":"b","uptime_seconds":1',
  );
  steady.begin();
  assertEquals(
    steady.encode(2, { name: "b", uptimeSeconds: 2.5 }),
    ',"name":"b","uptime_seconds":2.5',
  );
  assertEquals(
    steady.encode(1, { name: "c", uptimeSeconds: 2.5, words }),
    ',"name":"c","uptime_seconds":2.5,"words":["x"]',
  );
});

Deno.test("SteadyEncoder forgets what a sample does not hold any more", () => {
  const steady = encoder();
  const words = ["before"];
  steady.begin();
  steady.encode(1, { words });
  steady.begin();
  // The same list: what is known of it is not looked at again.
  words[0] = "after";
  assertEquals(steady.encode(1, { words }), ',"words":["before"]');
  steady.begin();
  steady.encode(2, {});
  steady.begin();
  assertEquals(steady.encode(1, { words }), ',"words":["after"]');
});
