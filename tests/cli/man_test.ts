import { assert, assertEquals } from "@std/assert";
import { manPage } from "../../src/cli/man.ts";
import { OPTIONS } from "../../src/cli/options.ts";

Deno.test("manPage() names every option, and no line is taken for a request", () => {
  const page = manPage();
  for (const name of Object.keys(OPTIONS)) {
    assert(page.includes(`\\-\\-${name.replaceAll("-", "\\-")}`), name);
  }
  const requests = page.split("\n").filter((line) => line.startsWith("."))
    .map((line) => line.split(" ")[0]);
  assertEquals(
    [...new Set(requests)].sort(),
    [".B", ".BR", ".SH", ".SS", ".TH", ".TP", ".br", ".fi", ".nf"],
  );
});
