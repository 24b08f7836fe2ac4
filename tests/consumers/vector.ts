/** Vector's remap language, which makes an event of each line. */
import { assert, assertEquals } from "@std/assert";
import { CHECKOUT } from "../support/procline.ts";
import type { Consumer } from "./consumer.ts";
import { pypiModule } from "./needs.ts";
import { linesOf, oddLines } from "./_recorded.ts";
import { shipped } from "./_shipped.ts";

/** The remap part of docs/ship/vector.yaml, by Vector's own library in Python. */
export const vector: Consumer = {
  name: "vector",
  set: "large",
  needs: [pypiModule("pyvrl", "pyvrl==0.0.2")],
  check: async (context) => {
    const { directory } = context;
    const settings = await shipped("vector.yaml");
    const remap = /^ {4}source: \|-\n((?: {6}.*\n|\n)+)/m.exec(settings)?.[1];
    assert(remap !== undefined);
    await Deno.writeTextFile(`${directory}/remap.vrl`, remap);

    const lines = linesOf(await oddLines(context));
    const sentence = "procline: Missed 1 of 2 samples";
    await Deno.writeTextFile(
      `${directory}/lines`,
      [...lines, sentence].map((line) => `${line}\n`).join(""),
    );
    const printed = await context.runWell([
      "python3",
      `${CHECKOUT}tests/consumers/vector.py`,
      `${directory}/remap.vrl`,
      `${directory}/lines`,
    ]);
    const { version, events } = JSON.parse(printed);
    assertEquals(events, [
      ...lines.map((line) => JSON.parse(line)),
      { message: sentence, stream: "stdout", kind: "message" },
    ]);
    return {
      version: `(pyvrl ${version})`,
      lines: lines.length,
      compared: "each event equal, a sentence told apart",
    };
  },
};
