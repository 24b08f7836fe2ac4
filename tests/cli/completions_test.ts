import { assert, assertEquals, assertFalse } from "@std/assert";
import type { Option } from "../../src/cli/arguments.ts";
import { completions } from "../../src/cli/completions.ts";
import { OPTIONS } from "../../src/cli/options.ts";

for (const shell of ["bash", "zsh", "fish"] as const) {
  Deno.test(`completions() names every option for ${shell}`, () => {
    const script = completions(shell);
    for (const name of Object.keys(OPTIONS)) {
      const written = shell === "fish" ? ` -l ${name} ` : `--${name}`;
      assert(script.includes(written), `${shell}: ${name}`);
    }
    assert(script.endsWith("\n"));
  });
}

Deno.test("completions() lets fish and zsh give a value only to options that take one", () => {
  const fish = completions("fish").split("\n");
  for (const [name, { value }] of Object.entries<Option>(OPTIONS)) {
    const line = fish.find((line) => line.includes(` -l ${name} `)) ?? "";
    assertEquals(/ -(?:x|r) /.test(line), value !== undefined, line);
  }
  assertFalse(
    completions("zsh").includes(
      "--events[Print starts, ends, execs and new parents too]:",
    ),
  );
});
