import { assert, assertEquals, assertGreater } from "@std/assert";
import { walkSync } from "@std/fs";
import { parseOptions } from "../../src/cli/parse_options.ts";
import { CHECKOUT } from "../support/procline.ts";

const SHIP = `${CHECKOUT}docs/ship/`;
const FILES = Array.from(
  walkSync(SHIP, { includeDirs: false }),
  ({ path }) => path.slice(SHIP.length),
).sort();
const PAGE = Deno.readTextFileSync(`${CHECKOUT}docs/shipping.md`);

/** Files in which procline is not run: they are for what it has written. */
const WITHOUT_COMMAND = ["prometheus_rules.yml", "prometheus_rules_test.yml"];

/** The arguments of each command line of procline in a text. */
function commandsIn(text: string): string[][] {
  const commands: string[][] = [];
  // In a shell, a unit or a comment: up to a pipe or the end of the line.
  for (const [, words = ""] of text.matchAll(/\bprocline ((?:-|\d)[^|\n]*)/g)) {
    commands.push(words.replace(/ \.\.\.$/, "").trim().split(/ +/));
  }
  // A list of words in brackets, or a YAML list in lines of its own.
  for (const [list] of text.matchAll(/\[\s*"[^"\]]*\bprocline",[^\]]*\]/g)) {
    commands.push(JSON.parse(list.replace(/,\s*\]/, "]")).slice(1));
  }
  for (const [, list = ""] of text.matchAll(/- procline\n((?: *- -.*\n)+)/g)) {
    commands.push(
      [...list.matchAll(/- (-.*)/g)].map(([, word = ""]) => word),
    );
  }
  return commands;
}

Deno.test("docs/ship has files", () => {
  assertGreater(FILES.length, 10);
});

for (const file of FILES) {
  const text = Deno.readTextFileSync(`${SHIP}${file}`);

  Deno.test(`docs/shipping.md names docs/ship/${file}`, () => {
    assert(PAGE.includes(`](ship/${file})`));
  });

  Deno.test(`procline understands each command line in docs/ship/${file}`, async () => {
    const commands = commandsIn(text);
    assertEquals(commands.length === 0, WITHOUT_COMMAND.includes(file));
    for (const words of commands) {
      const { kind } = await parseOptions(words);
      assertEquals(kind, "sample", words.join(" "));
    }
  });

  Deno.test(`docs/ship/${file} has lines of 100 columns at most, but for commands`, () => {
    const long = text.split("\n").filter((line) =>
      line.length > 100 && !/procline|series/.test(line)
    );
    assertEquals(long, []);
  });
}

Deno.test("commandsIn() finds commands in a unit, in lists and in comments", () => {
  assertEquals(
    commandsIn(`ExecStart=/usr/local/bin/procline --all --top 20
#   procline --pid 1 | fluent-bit
  command: ["procline", "--all"]
  command = ["/usr/local/bin/procline", "--top", "3"]
          command:
            - procline
            - --all
            - --label=node=$(NODE_NAME)
`),
    [
      ["--all", "--top", "20"],
      ["--pid", "1"],
      ["--all"],
      ["--top", "3"],
      ["--all", "--label=node=$(NODE_NAME)"],
    ],
  );
});
