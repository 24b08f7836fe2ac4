/** speedscope, which imports a trace: each lane is a profile. */
import { assert, assertEquals } from "@std/assert";
import { CHECKOUT } from "../support/procline.ts";
import type { Consumer } from "./consumer.ts";
import { npmPackage, program } from "./needs.ts";

/** What speedscope says of a trace, see speedscope.cjs. */
interface Imported {
  readonly name: string;
  /**
   * Its name, and that of the lane: `make (pid 1), lane 1 (tid 1) (1/13)`, and of a single lane
   * without the number of all.
   */
  readonly title: string;
  readonly messages: readonly string[];
}

const BUILD =
  "for i in 1 2 3 4 5; do (sleep 1; :) & done; wait; exec sleep 0.3";

/** A whole trace, a cut one, and one of odd names. */
export const speedscope: Consumer = {
  name: "speedscope",
  set: "large",
  needs: [
    program("chromium", ["chromium"]),
    npmPackage("playwright-core@1.65.1"),
    npmPackage("speedscope@1.25.0"),
  ],
  check: async (context) => {
    const directory = `${context.directory}/traces`;
    await Deno.mkdir(directory);
    const options = ["--format", "trace", "--interval", "20ms"];
    const whole = await context.procline([
      ...options,
      ..."-- bash -c".split(" "),
      BUILD,
    ]);
    await using tree = await context.startHostileTree();
    const hostile = await context.procline([
      ...options,
      ..."--count 5 --pid".split(" "),
      `${tree.pid}`,
    ]);
    // As a run that was killed leaves it.
    const cut = whole.slice(0, whole.lastIndexOf(",\n") + 2);
    const lanes = new Map<string, number>();
    for (const [name, text] of Object.entries({ whole, hostile, cut })) {
      await Deno.writeTextFile(`${directory}/${name}.json`, text);
      const tids = [...text.matchAll(/"ph":"X".*?"tid":(\d+)/g)]
        .map(([, tid]) => tid);
      lanes.set(`${name}.json`, new Set(tids).size);
    }
    const { version, traces } = JSON.parse(
      await context.runWell([
        "node",
        `${CHECKOUT}tests/consumers/speedscope.cjs`,
        directory,
      ], { env: { CHROMIUM: context.path("chromium") } }),
    );
    for (const { name, title, messages } of traces as readonly Imported[]) {
      assert(
        messages.some((text) => text.includes("Trace Event Format")),
        messages.join("\n"),
      );
      const [, count = "1"] = /\(1\/(\d+)\)$/.exec(title) ?? [];
      assertEquals(Number(count), lanes.get(name), `${name}: ${title}`);
    }
    return {
      version,
      lines: [whole, hostile, cut].join("").split("\n").length - 1,
      compared: "a profile for each lane, of a whole trace and of a cut one",
    };
  },
};
