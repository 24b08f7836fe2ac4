import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  findFormat,
  FORMATS,
  loadFormat,
  takesOption,
} from "../../src/format/formats.ts";
import { format as lading } from "../../src/format/lading.ts";
import { format as records } from "../../src/format/records.ts";
import { format as table } from "../../src/format/table.ts";
import { format as trace } from "../../src/format/trace.ts";

const LOADED = { records, table, lading, trace } as const;

for (const [name, format] of Object.entries(LOADED)) {
  Deno.test(`loadFormat() loads ${name}`, async () => {
    assertStrictEquals(await loadFormat(name), format);
  });
}

Deno.test("loadFormat() knows other names, and refuses one that is none", async () => {
  assertEquals(FORMATS[0], "records");
  assertEquals(["json", "ndjson", "Records"].map(findFormat), [
    "records",
    "records",
    null,
  ]);
  await assertRejects(
    () => loadFormat("csv"),
    RangeError,
    'Cannot use the format "csv": the formats are records, table, lading',
  );
});

Deno.test("takesOption() knows what each format takes", () => {
  const takes = (option: string) =>
    FORMATS.filter((name) => takesOption(name, option));
  assertEquals(takes("only"), ["records"]);
  assertEquals(takes("sort"), ["table"]);
  assertEquals(takesOption("table", "top"), true);
  assertEquals(takesOption("lading", "top"), false);
});
