import { assert, assertEquals } from "@std/assert";
import { COLLECTORS, describeCollector } from "../../src/collect/collectors.ts";
import type { Option } from "../../src/cli/arguments.ts";
import { helpText, shortHelpText } from "../../src/cli/help.ts";
import { OPTIONS } from "../../src/cli/options.ts";

Deno.test("helpText() names every option, in its group, none wider than a terminal", () => {
  const help = helpText();
  for (const [name, { value, group }] of Object.entries<Option>(OPTIONS)) {
    const shown = value === undefined ? `--${name}` : `--${name} ${value}`;
    const heading = help.indexOf(`\n${group}:\n`);
    assert(heading > 0 && help.indexOf(`${shown} `, heading) > 0, shown);
  }
  assert(help.includes("\n  -p, --pid PID            Sample the tree"), help);
  assert(help.endsWith("\n"));
  for (const line of help.slice(0, help.indexOf("Examples:")).split("\n")) {
    assert(line.length <= 80, line);
    assertEquals(line, line.trimEnd());
  }
});

Deno.test("helpText() has a line for each collector", () => {
  const lines = helpText().split("\n").map((line) => line.trim());
  for (const name of COLLECTORS) {
    assert(lines.includes(`${name}: ${describeCollector(name)}`), name);
  }
});

Deno.test("helpText() shows two lines of output", () => {
  const shown = helpText().split("\n").filter((line) => line.startsWith("  {"));
  assertEquals(shown.length, 2);
});

Deno.test("shortHelpText() fits a small terminal and says where the rest is", () => {
  const help = shortHelpText();
  assert(help.split("\n").length <= 24, help);
  assert(help.includes("procline --help lists all options"), help);
});

Deno.test("helpText() says how each kind of root is given", () => {
  const usage = helpText().split("\n\n")[1] ?? "";
  for (
    const root of [
      "--pid",
      "--name",
      "--cgroup",
      "--unit",
      "--all",
      "--",
      "--replay",
    ]
  ) {
    assert(usage.includes(` ${root}`), root);
  }
});
