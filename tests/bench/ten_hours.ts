/**
 * Encodes the samples of ten hours, made up, as lines, as any run does, and with the argument
 * `report` as a report beside them. Prints as JSON what the end of the report cost, and how large
 * this program was at most.
 */
// deno-lint-ignore-file no-console -- it prints for the bench.
import { format } from "../../src/format/html.ts";
import { format as records } from "../../src/format/records.ts";
import { END, RUN } from "../support/samples.ts";
import { samplesOf, SECONDS_OF_HOUR } from "./_made_up_samples.ts";

const run = { ...RUN, collectors: [], intervalSeconds: 1 };
const lines = records.create();
const report = Deno.args[0] === "report" ? format.create() : null;
let characters = 0;
for (const line of lines.begin(run)) characters += line.length;
report?.begin(run);
for (const sample of samplesOf(10 * SECONDS_OF_HOUR)) {
  for (const line of lines.lines(sample)) characters += line.length;
  report?.lines(sample);
}
const begin = performance.now();
const page = [...report?.end(END) ?? []].join("");
const ms = performance.now() - begin;
const status = Deno.readTextFileSync("/proc/self/status");
const [, peakKib] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
console.log(JSON.stringify({
  ms,
  bytes: page.length,
  peakBytes: 1024 * Number(peakKib),
  characters,
}));
