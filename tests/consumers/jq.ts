/** jq and Miller, which read lines as records. */
import { assertEquals } from "@std/assert";
import { linesOfBuilds } from "./_builds.ts";
import type { Consumer } from "./consumer.ts";
import { program } from "./needs.ts";
import { linesOf, oddLines } from "./_recorded.ts";

/** The memory peak of each build, as `_builds.ts` has it. */
const PEAKS = { 1041: 390 * 1024 * 1024, 1042: 560 * 1024 * 1024 };

/** jq, whose numbers are doubles. */
export const jq: Consumer = {
  name: "jq",
  set: "small",
  needs: [program("jq", ["jq"])],
  check: async (context) => {
    const text = await oddLines(context);
    const printed = await context.runWell(["jq", "-c", "."], { input: text });
    assertEquals(parsed(printed), parsed(text));

    const builds = await linesOfBuilds();
    const peaks = await context.runWell([
      "jq",
      "-cn",
      `reduce (inputs | select(.kind == "tree")) as $t
        ({}; .[$t.build] |= ([., $t.rss_bytes] | max))`,
    ], { input: builds });
    assertEquals(JSON.parse(peaks), PEAKS);
    const version = await context.runWell(["jq", "--version"]);
    return {
      version: version.trim().replace("jq-", ""),
      lines: linesOf(text).length + linesOf(builds).length,
      compared: "each line equal, the peak of each build",
    };
  },
};

/** Miller, which flattens and unflattens objects on its way. */
export const miller: Consumer = {
  name: "miller",
  set: "large",
  needs: [program("mlr", ["miller"])],
  check: async (context) => {
    const text = await oddLines(context);
    const printed = await context.runWell(["mlr", "--jsonl", "cat"], {
      input: text,
    });
    // A number above 2^63 - 1 becomes a text, with all its digits.
    const expected = text.replaceAll(/:(\d{20})(?=[,}])/g, ':"$1"');
    assertEquals(parsed(escaped(printed)), parsed(expected));

    const builds = await linesOfBuilds();
    const peaks = await context.runWell([
      ...`mlr --jsonl filter $kind=="tree" then`.split(" "),
      ..."stats1 -a max -f rss_bytes -g build".split(" "),
    ], { input: builds });
    assertEquals(
      parsed(peaks),
      Object.entries(PEAKS).map(([build, max]) => ({
        build,
        rss_bytes_max: max,
      })),
    );
    const version = await context.runWell(["mlr", "--version"]);
    return {
      version: version.trim().replace("mlr ", ""),
      lines: linesOf(text).length + linesOf(builds).length,
      compared: "each line equal, the peak of each build",
    };
  },
};

/** Miller 6.6 prints most control characters as they are, which is no JSON. */
function escaped(text: string): string {
  return text.replaceAll(
    // deno-lint-ignore no-control-regex -- these are what it is about.
    /[\x00-\x09\x0b-\x1f]/g,
    (control) => JSON.stringify(control).slice(1, -1),
  );
}

function parsed(text: string): unknown[] {
  return linesOf(text).map((line) => JSON.parse(line));
}
