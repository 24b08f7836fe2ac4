/**
 * The format `records`: one wide line for the run, one for each process and one for the tree, which ends a sample.
 *
 * @module
 */

import type { ProcessSample, Run, Sample, TreeSample } from "../sample.ts";
import { encodeFields, encodeLabels, type Field, fieldsOf } from "./_fields.ts";
import type { Encoder, EncoderOptions } from "./encoder.ts";

const RUN_FIELDS = fieldsOf<Exclude<keyof Run, "epochMs">>([
  "version",
  "runId",
  "bootId",
  "hostname",
  "rootPid",
  "intervalSeconds",
  "pageSizeBytes",
  "ticksPerSecond",
  "numCores",
  "collectors",
]);

const PROCESS_FIELDS = fieldsOf<keyof ProcessSample>([
  "pid",
  "ppid",
  "exe",
  "exeDeleted",
  "comm",
  "state",
  "startTicks",
  "uptimeSeconds",
  "numThreads",
  "rssBytes",
  "rsslimBytes",
  "vsizeBytes",
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
  "cpuWindowSeconds",
  "userCpuSecondsTotal",
  "kernelCpuSecondsTotal",
]);

const TREE_FIELDS = fieldsOf<keyof TreeSample>([
  "rootPid",
  "seq",
  "numProcesses",
  "numThreads",
  "rssBytes",
  "vsizeBytes",
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
  "cpuLimitPercentage",
  "userCpuSecondsTotal",
  "kernelCpuSecondsTotal",
  "numCores",
  "intervalSeconds",
  "sampleSeconds",
  "missedSamples",
  "gone",
  "denied",
  "malformed",
  "samplerCpuPercentage",
  "samplerRssBytes",
]);

const UNREADABLE = fieldsOf(["unreadable"]);

/** The version of this dictionary of fields: it changes where a field changes its meaning or goes. */
const SCHEMA = 1;

/** Every name that a line of this format may hold, in the order of the lines; a label may have none of them. */
export const RECORD_FIELD_NAMES: ReadonlySet<string> = new Set([
  "timestamp",
  "epoch_ms",
  "kind",
  "schema",
  ...[...RUN_FIELDS, ...PROCESS_FIELDS, ...TREE_FIELDS, ...UNREADABLE].map(
    (field: Field<string>) => field.name,
  ),
]);

/**
 * Encodes samples as wide records. Percentages keep three decimals and seconds six; nothing else is rounded.
 *
 * @example
 * ```ts
 * import { RecordsEncoder, Sampler } from "@procline/procline";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const encoder = new RecordsEncoder({ labels: { job: "nightly" } });
 * console.log(encoder.sample(sampler.sample()));
 * ```
 */
export class RecordsEncoder implements Encoder {
  readonly #labels: string;

  /** Encodes with the labels on every line, before the fields. */
  constructor(options: EncoderOptions = {}) {
    this.#labels = encodeLabels(options.labels ?? {});
  }

  /** The line that opens a run. */
  run(run: Run): string {
    const start = this.#start(run.epochMs, "run");
    return `${start},"schema":${SCHEMA}${encodeFields(run, RUN_FIELDS)}}\n`;
  }

  /** A line for each process and the tree's line. */
  sample(sample: Sample): string {
    const { epochMs, processes, tree } = sample;
    const start = this.#start(epochMs, "process");
    let lines = "";
    for (const process of processes) {
      lines += `${start}${encodeFields(process, PROCESS_FIELDS)}${
        encodeUnreadable(process)
      }}\n`;
    }
    return `${lines}${this.#start(epochMs, "tree")}${
      encodeFields(tree, TREE_FIELDS)
    }${encodeUnreadable(tree)}}\n`;
  }

  #start(epochMs: number, kind: string): string {
    const timestamp = new Date(epochMs).toISOString();
    return `{"timestamp":"${timestamp}","epoch_ms":${epochMs},"kind":"${kind}"${this.#labels}`;
  }
}

/** `unreadable` stands on a line only where something was not read. */
function encodeUnreadable(line: ProcessSample | TreeSample): string {
  const { unreadable } = line;
  return unreadable === null ? "" : encodeFields({ unreadable }, UNREADABLE);
}
