/**
 * Samples as text that Prometheus reads: what the formats `prometheus` and `openmetrics` have in
 * common.
 */

import { cutText, escapeUnit, quote } from "../text.ts";
import { ROOM } from "../model/field.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { LINE_LABELS, lineMetrics } from "./_line_metrics.ts";
import {
  type Family,
  type Label,
  type Metric,
  type Point,
  single,
} from "./_metric.ts";
import {
  ALWAYS_READ,
  GROUP_LABELS,
  groupMetrics,
} from "./_process_exporter.ts";
import type { Encoder, EncoderOptions, Format } from "./format.ts";

/** How a format writes metrics down. */
export interface Notation {
  /** The lines before the samples of a family, each with its newline. */
  readonly head: (family: Family) => string;
  /** The name that the samples of a family have. */
  readonly sampleName: (family: Family) => string;
  /** The line that ends the text; empty: none does. */
  readonly end: string;
}

/** The labels of the run's own metrics. */
const RUN_LABELS = ["run_id", "version", "root_pid", "root_cgroup"];

/** The labels of metrics, which a person's labels may not be called. */
const RESERVED: ReadonlySet<string> = new Set([
  ...GROUP_LABELS,
  ...LINE_LABELS,
  ...RUN_LABELS,
]);

/** Two underscores at the start are for Prometheus itself. */
const LEGAL_LABEL = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What a terminal would act on, half a character, and a backslash that would be taken for the start
 * of what is written in place of them.
 */
const ESCAPED =
  // deno-lint-ignore no-control-regex -- these are what is looked for.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}|\\(?=u[0-9a-f]{4})/gu;

/** The format that writes metrics down in this way. */
export function expositionFormat(notation: Notation): Format {
  return {
    reserved: RESERVED,
    refuseLabels: whyNoLabels,
    needs: () => ALWAYS_READ,
    groupBy: "comm",
    isReplaced: true,
    create: (options) => new ExpositionEncoder(notation, options),
  };
}

/** The name of a person's label on a metric: `service.name` is `service_name`. */
function labelName(name: string): string {
  return name.replaceAll(/[.-]/g, "_");
}

function whyNoLabels(names: readonly string[]): string | null {
  const taken = new Map<string, string>();
  for (const name of names) {
    const written = labelName(name);
    const other = taken.get(written);
    if (other !== undefined) {
      return `${quote(other)} and ${quote(name)} would both be ${written}`;
    }
    if (RESERVED.has(written)) {
      return `${quote(name)} would be ${written}, which metrics have already`;
    }
    if (!LEGAL_LABEL.test(written)) {
      return `a metric can have no label ${quote(name)}`;
    }
    taken.set(written, name);
  }
  return null;
}

/** Writes each sample as a whole text, which takes the place of the one before. */
class ExpositionEncoder implements Encoder {
  readonly #notation: Notation;
  readonly #labels: readonly Label[];
  readonly #showsOrigin: boolean;
  /** The labels that are the same on each sample of a metric. */
  #common = "";
  /** In the order of the text; null before `begin`. */
  #metrics: readonly Metric[] | null = null;
  /** The last that was encoded; null before the first. */
  #last: Sample | null = null;

  /**
   * Encodes with the labels on every metric, and the host and the run if they are wanted.
   *
   * @throws {RangeError} If metrics cannot have these labels.
   */
  constructor(notation: Notation, options: EncoderOptions = {}) {
    const { labels = {}, hostname = false } = options;
    const names = Object.keys(labels);
    const why = whyNoLabels(hostname ? ["hostname", ...names] : names);
    if (why !== null) throw new RangeError(`Cannot use the labels: ${why}`);
    this.#notation = notation;
    this.#labels = Object.entries(labels)
      .map(([name, value]) => [labelName(name), value]);
    this.#showsOrigin = hostname;
  }

  /** No text: takes what each text to come has of the run. */
  begin(run: Run): Iterable<string> {
    const { runId, hostname, collectors } = run;
    const origin: Label[] = [];
    if (this.#showsOrigin) {
      if (hostname !== null) origin.push(["hostname", hostname]);
      origin.push(["run_id", runId]);
    }
    this.#common = [...this.#labels, ...origin].map(encodeLabel).join(",");
    this.#metrics = [
      ...runMetrics(run, this.#showsOrigin),
      ...groupMetrics(run),
      ...lineMetrics(collectors),
    ];
    this.#last = null;
    return [];
  }

  /**
   * The whole text, as it is while the run goes on.
   *
   * @throws {Error} If `begin` was not called, or the sample has no groups.
   */
  lines(sample: Sample): Generator<string, void> {
    this.#last = sample;
    return this.#text(sample, false);
  }

  /** The text of the last sample once more, as it is after the run; none without a sample. */
  *end(): Generator<string, void> {
    if (this.#last !== null) yield* this.#text(this.#last, true);
  }

  *#text(sample: Sample, isFinished: boolean): Generator<string, void> {
    if (this.#metrics === null) {
      throw new Error("Cannot encode a sample: begin() was not called");
    }
    if (sample.groups === undefined) {
      throw new Error(
        "Cannot encode a sample as metrics: no view has grouped its processes",
      );
    }
    yield* this.#samples(FINISHED, single(isFinished));
    for (const { family, points } of this.#metrics) {
      yield* this.#samples(family, points(sample));
    }
    if (this.#notation.end !== "") yield this.#notation.end;
  }

  /** A family; nothing if no value of it is known. */
  *#samples(
    family: Family,
    points: Iterable<Point>,
  ): Generator<string, void> {
    const { head, sampleName } = this.#notation;
    const name = sampleName(family);
    let hasHead = false;
    for (const { labels, value } of points) {
      if (value === null || value === undefined) continue;
      if (!hasHead) yield head(family);
      hasHead = true;
      yield `${name}${this.#encodeLabels(labels)} ${encodeValue(value)}\n`;
    }
  }

  #encodeLabels(labels: readonly Label[]): string {
    const all = labels.map(encodeLabel);
    if (this.#common !== "") all.push(this.#common);
    return all.length === 0 ? "" : `{${all.join(",")}}`;
  }
}

const FINISHED: Family = {
  name: "procline_run_finished",
  type: "gauge",
  help: "Whether the run has ended: 0 while it goes on, 1 then.",
};

function runMetrics(
  { runId, version, rootPid, rootCgroup }: Run,
  hasRunId: boolean,
): readonly Metric[] {
  const labels: Label[] = [["version", version]];
  if (!hasRunId) labels.unshift(["run_id", runId]);
  if (rootPid !== null) labels.push(["root_pid", String(rootPid)]);
  if (rootCgroup !== null) {
    labels.push(["root_cgroup", cutText(rootCgroup, ROOM.rootCgroup)]);
  }
  return [{
    family: {
      name: "procline_run",
      type: "info",
      help: "The run of procline: its id, its version, and what it watches.",
    },
    points: () => [{ labels, value: 1 }],
  }, {
    family: {
      name: "procline_last_sample_timestamp_seconds",
      type: "gauge",
      unit: "seconds",
      help: "When the last sample was taken, in seconds since 1970-01-01 UTC.",
    },
    points: ({ epochMs }) => single(epochMs / 1000),
  }];
}

function encodeValue(value: NonNullable<Point["value"]>): string {
  return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
}

function encodeLabel([name, value]: Label): string {
  return `${name}="${escapeQuoted(replaceControls(value))}"`;
}

function replaceControls(text: string): string {
  return text.replaceAll(ESCAPED, escapeUnit);
}

/** A text between quotes. */
export function escapeQuoted(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}
