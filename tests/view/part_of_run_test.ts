import { assert, assertEquals } from "@std/assert";
import { FORMATS, loadFormat } from "../../src/format/formats.ts";
import type { Format } from "../../src/format/format.ts";
import { openRecording } from "../../src/recording/replayed_run.ts";
import { groupBy } from "../../src/view/group_by.ts";
import { PartOfRun } from "../../src/view/part_of_run.ts";
import { RECORDINGS } from "../support/recordings.ts";

/** The text of a run, of which these collectors are shown; null: all that were read. */
async function textOf(
  lines: readonly string[],
  format: Format,
  shown: readonly string[] | null,
): Promise<string> {
  using replayed = await openRecording(lines, { onMalformed: () => {} });
  const { run } = replayed;
  const read = [...run.collectors, "events"];
  const part = new PartOfRun(read, shown ?? read);
  const encoder = format.create();
  const shownRun = part.run(run);
  const view = format.groupBy === undefined
    ? null
    : groupBy(format.groupBy).create(shownRun);
  const text = [...encoder.begin(shownRun)];
  for (const sample of replayed.samples()) {
    const one = part.sample(sample);
    text.push(...encoder.lines(view === null ? one : view.apply(one)));
  }
  if (replayed.end !== null) {
    text.push(...encoder.end(part.end(replayed.end)));
  }
  return text.join("");
}

/** The recording as of a run that had read no more than these. */
function recordedWith(
  [first = "", ...others]: readonly string[],
  collectors: readonly string[],
): string[] {
  const header = JSON.parse(first);
  header.events &&= collectors.includes("events");
  header.run.collectors = header.run.collectors
    .filter((name: string) => collectors.includes(name));
  return [JSON.stringify(header), ...others];
}

/** Recordings of runs with collectors. */
const NAMES = [
  "collectors",
  "cgroup_throttled",
  "cgroup_v1",
  "falling_counters",
  "threads",
];

for (const format of FORMATS) {
  Deno.test(`PartOfRun shows the format ${format} what a run without the other collectors would`, async () => {
    const loaded = await loadFormat(format);
    let differing = 0;
    for (const name of NAMES) {
      const text = await Deno.readTextFile(`${RECORDINGS}${name}.ndjson`);
      const lines = text.trimEnd().split("\n");
      const { run, events } = JSON.parse(lines[0] ?? "");
      const read: string[] = [...run.collectors, ...events ? ["events"] : []];
      const all = await textOf(lines, loaded, null);
      const single = read.map((one) => [one]);
      for (const asked of [[], ...single, loaded.needs([])]) {
        const shown = asked.filter((one) => read.includes(one));
        const part = await textOf(lines, loaded, shown);
        const alone = await textOf(recordedWith(lines, shown), loaded, null);
        assertEquals(part, alone, `${name} with ${shown}`);
        if (part !== all) differing++;
      }
    }
    assert(differing > 0, "no collector makes a difference");
  });
}
