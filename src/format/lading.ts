/**
 * The format `lading`: one line for each gauge, as the capture files of DataDog/lading have them.
 *
 * @module
 */

import { quoteJson } from "../_quote.ts";
import type { Integer } from "../integer.ts";
import type { ProcessSample, Run, RunEnd, Sample } from "../sample.ts";
import { encodeLabels } from "./_fields.ts";
import type { Encoder, EncoderOptions } from "./encoder.ts";

/** What stands on every line of this format; a label may have none of these names. */
export const LADING_FIELD_NAMES: ReadonlySet<string> = new Set([
  "run_id",
  "time",
  "fetch_index",
  "metric_name",
  "metric_kind",
  "value",
  "pid",
  "exe",
]);

/** 2^64 as a double, the way lading prints the limit of a process without one. */
const UNLIMITED = "1.8446744073709552e19";

/**
 * Encodes samples as lading's capture lines. A value that is not known has no line; a process whose program is not known has
 * no label `exe`.
 */
export class LadingEncoder implements Encoder {
  readonly #labels: string;
  #runId = "";
  #lastMs = -Infinity;

  /** Encodes with the labels on every line. */
  constructor(options: EncoderOptions = {}) {
    this.#labels = encodeLabels(options.labels ?? {});
  }

  /** No line: takes the run's id, which stands on every line to come. */
  run(run: Run): string {
    this.#runId = run.runId;
    return "";
  }

  /** A line for each gauge. `time` strictly increases, also where the wall clock steps back. */
  sample(sample: Sample): string {
    const time = Math.max(sample.epochMs, this.#lastMs + 1);
    this.#lastMs = time;
    const { tree, processes } = sample;
    const start = `{"run_id":${
      quoteJson(this.#runId)
    },"time":${time},"fetch_index":${tree.seq},"metric_name":"`;
    const encode = ({ labels, gauges }: Series): string => {
      const end = `${encodeLabels(labels)}${this.#labels}}\n`;
      return gauges.map(([name, value]) =>
        value === null
          ? ""
          : `${start}${name}","metric_kind":"gauge","value":${value}${end}`
      ).join("");
    };
    return processes.map(processSeries).map(encode).join("") +
      encode({
        labels: {},
        gauges: [
          ["num_processes", tree.numProcesses],
          ["total_rss_bytes", tree.rssBytes],
        ],
      });
  }

  /** No line. */
  end(_end: RunEnd): string {
    return "";
  }
}

/** Gauges with the same labels. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly gauges: readonly (readonly [
    name: string,
    value: Integer | string | null,
  ])[];
}

function processSeries(process: ProcessSample): Series {
  const pid = String(process.pid);
  return {
    labels: process.exe === null ? { pid } : { pid, exe: process.exe },
    gauges: [
      ["rss_bytes", process.rssBytes],
      ["rsslim_bytes", process.rsslimBytes ?? UNLIMITED],
      ["vsize_bytes", process.vsizeBytes],
      ["num_threads", process.numThreads],
      ["cpu_percentage", process.cpuPercentage],
      ["kernel_cpu_percentage", process.kernelCpuPercentage],
      ["user_cpu_percentage", process.userCpuPercentage],
    ],
  };
}
