/** Reads lines of records and prints them again, as `--replay` does. */
import type { EncoderOptions } from "../../src/format/format.ts";
import { format as records } from "../../src/format/records.ts";
import type { Sample } from "../../src/model/sample.ts";
import {
  ReplayedLines,
  type ReplayedPart,
} from "../../src/recording/replayed_lines.ts";
import type { View } from "../../src/view/view.ts";
import { startViews } from "../../src/view/views.ts";
import type { RecordedRun } from "./recorded_samples.ts";

/** What lines have become, and what was wrong with them. */
export interface Replayed {
  readonly parts: readonly ReplayedPart[];
  readonly remarks: readonly string[];
}

/** Reads lines. */
export function replayText(text: string): Replayed {
  const lines = new ReplayedLines();
  const parts = text.split("\n").flatMap((line) => lines.add(line));
  return { parts: [...parts, ...lines.finish()], remarks: lines.remarks };
}

/** The samples of lines. */
export function samplesOf({ parts }: Replayed): Sample[] {
  return parts.flatMap((part) => part.kind === "sample" ? [part.sample] : []);
}

/** The parts, printed again. */
export function printAgain(
  { parts }: Replayed,
  options: EncoderOptions = {},
): string {
  let encoder = records.create(options);
  return parts.map((part) => {
    switch (part.kind) {
      case "run": {
        encoder = records.create({ ...options, labels: part.labels });
        const opening = [...encoder.begin(part.run)];
        return part.hasLine ? opening.join("") : "";
      }
      case "sample":
        return [...encoder.lines(part.sample)].join("");
      case "end":
        return [...encoder.end(part.end)].join("");
    }
  }).join("");
}

/** The lines of a run, through views. */
export function linesOf(
  { run, samples }: RecordedRun,
  options: EncoderOptions = {},
  views: readonly View[] = [],
): string {
  const encoder = records.create(options);
  const view = startViews(views, run);
  return [
    ...encoder.begin(run),
    ...samples.flatMap((sample) => [...encoder.lines(view.apply(sample))]),
  ].join("");
}
