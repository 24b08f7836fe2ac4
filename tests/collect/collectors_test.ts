import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { COLLECTORS, loadCollectors } from "../../src/collect/collectors.ts";
import { smaps } from "../../src/collect/smaps.ts";

Deno.test("loadCollectors() loads each collector under its name, in the order asked for", async () => {
  const names = [...COLLECTORS].reverse();
  const loaded = await loadCollectors(names);
  assertEquals(loaded.map(({ name }) => name), names);
});

for (const name of ["IO", "constructor", "", "smaps-rollup"]) {
  Deno.test(`loadCollectors() refuses "${name}"`, async () => {
    await assertRejects(
      () => loadCollectors(["io", name]),
      RangeError,
      `Cannot collect "${name}": the collectors are stat, cmdline, `,
    );
  });
}

for (const every of [0, -1, 1.5, NaN, Infinity]) {
  Deno.test(`smaps() refuses to be read in every ${every} samples`, () => {
    assertThrows(
      () => smaps({ every }),
      RangeError,
      `Cannot read smaps in one of ${every} samples: every is a whole number above 0`,
    );
  });

  Deno.test(`loadCollectors() refuses smapsEvery ${every}, whether smaps is among them or not`, async () => {
    for (const names of [["io"], ["smaps"]]) {
      await assertRejects(
        () => loadCollectors(names, { smapsEvery: every }),
        RangeError,
        `Cannot read smaps in one of ${every} samples: smapsEvery is a whole number above 0`,
      );
    }
  });
}
