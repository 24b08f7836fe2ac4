/** docs/peers.md compares fields with those of peers. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  collectorOf,
  collectorsOnLines,
  EVERY_LINE,
  LINES,
} from "../../src/model/dictionary.ts";
import type { Field, Fields, LineKind } from "../../src/model/field.ts";
import { ALL_OF_PIDSTAT, pidstat } from "../support/pidstat.ts";
import { CHECKOUT, ignored, needs, run } from "../support/procline.ts";

const PAGE = Deno.readTextFileSync(`${CHECKOUT}docs/peers.md`);

/** A line of a table of the page. */
interface Row {
  /** The heading above it. */
  readonly section: string;
  readonly text: string;
  readonly cells: readonly string[];
}

/** A field as the page names it. */
interface Named {
  readonly kind: string;
  readonly name: string;
}

/** The rows that compare fields. */
function rowsOf(page: string): Row[] {
  return page.split(/^## /m).slice(1).flatMap((text) => {
    const [section = "", ...lines] = text.split("\n");
    // The first two lines are the heads of the columns.
    return lines.filter((line) => line.startsWith("|")).slice(2).map((line) => {
      const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
      return {
        section,
        text: line,
        cells: section === "Ours alone" ? ["", ...cells] : cells,
      };
    });
  });
}

/** The fields in a cell: a word before a name says on which line it stands. */
function fieldsIn(cell: string): Named[] {
  const kinds = Object.keys(LINES).join("|");
  return [...cell.matchAll(new RegExp(`(?:\\b(${kinds}) )?\`([^\`]+)\``, "g"))]
    .map(([, kind = "process", name = ""]) => ({
      kind,
      name: name.split(".")[0] ?? "",
    }));
}

function fieldOf({ kind, name }: Named): Field | undefined {
  const fields: Fields = LINES[kind as LineKind];
  return [...Object.values(fields), ...Object.values<Field>(EVERY_LINE)]
    .find((field) => field.name === name);
}

/** The collectors without which a field is not there. */
function collectorsOf(named: Named): string[] {
  return [collectorOf(named.kind as LineKind), fieldOf(named)?.collector]
    .filter((name) => typeof name === "string");
}

const ROWS = rowsOf(PAGE);

Deno.test("docs/peers.md names fields that are there, or says that there is none", () => {
  assertGreater(ROWS.length, 200);
  for (const { cells: [, ours = ""], text } of ROWS) {
    const named = fieldsIn(ours);
    assertEquals(named.length === 0, ours === "left out", text);
    assertEquals(
      named.filter((one) => fieldOf(one) === undefined),
      [],
      text,
    );
  }
});

Deno.test("docs/peers.md names the collectors that read a field", () => {
  const known = collectorsOnLines();
  for (const { cells: [, ours = "", collectors = ""], text } of ROWS) {
    const named = new Set(
      [...collectors.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    );
    for (const name of named) assert(known.has(name), text);
    const needed = new Set(fieldsIn(ours).flatMap(collectorsOf));
    assertEquals([...named].toSorted(), [...needed].toSorted(), text);
  }
});

Deno.test("docs/peers.md says why what is left out is left out", () => {
  const silent = ROWS.filter(({ cells: [, ours, , why] }) =>
    ours === "left out" && why === ""
  );
  assertEquals(silent, []);
});

Deno.test("docs/peers.md names every field of a process's line", () => {
  const named = new Set(
    ROWS.flatMap(({ cells: [, ours = ""] }) => fieldsIn(ours))
      .filter(({ kind }) => kind === "process").map(({ name }) => name),
  );
  const fields: Fields = LINES.process;
  const missing = Object.values(fields).map(({ name }) => name)
    .filter((name) => !named.has(name));
  assertEquals(missing, []);
});

/** The fields that a section has of its peer. */
function theirsIn(section: string): Set<string> {
  return new Set(
    ROWS.filter((row) => row.section === section).flatMap((
      { cells: [theirs = ""] },
    ) => [...theirs.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)),
  );
}

/** The version of top whose fields the page names. */
const TOP = "procps-ng 4.0.2";

const topVersion = await run(["top", "-V"]).then(
  ({ stdout }) => /procps-ng \S+/.exec(stdout)?.[0] ?? "another",
  () => TOP,
);

Deno.test({
  ...topVersion === TOP
    ? needs(["top"], "docs/peers.md names every field of top")
    : ignored(
      "docs/peers.md names every field of top",
      `${topVersion} is not ${TOP}`,
    ),
  fn: async () => {
    const { stdout } = await run(["top", "-O"]);
    const fields = stdout.trim().split(/\s+/);
    assertGreater(fields.length, 60);
    assertEquals(fields.toSorted(), [...theirsIn("top")].toSorted());
  },
});

Deno.test({
  ...needs(["pidstat"], "docs/peers.md names every column of pidstat"),
  fn: async () => {
    const [row = {}] = await pidstat(ALL_OF_PIDSTAT, "SELF");
    const heads = Object.keys(row);
    assertGreater(heads.length, 20);
    const named = theirsIn("pidstat");
    assertEquals(heads.filter((head) => !named.has(head)), []);
  },
});
