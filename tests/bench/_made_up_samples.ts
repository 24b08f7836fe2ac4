/** Samples of a run that is made up: many processes, some of which are short. */
import type { Sample } from "../../src/model/sample.ts";
import { EPOCH_MS, processOf, sampleOf, treeOf } from "../support/samples.ts";

/** Samples of an hour, one each second. */
export const SECONDS_OF_HOUR = 3600;

/** Processes at each time. */
export const PROCESSES = 200;

const MEBIBYTE = 1024 ** 2;
/** Of these a new process takes the place of one in each sample. */
const SHORT_LIVED = 20;

/** The samples of made-up processes, one each second. */
export function* samplesOf(count: number): Generator<Sample, void> {
  for (let seq = 0; seq < count; seq++) {
    const processes = Array.from({ length: PROCESSES }, (_, i) => {
      const isShort = i < SHORT_LIVED;
      return processOf({
        pid: isShort ? 10_000 + SHORT_LIVED * seq + i : 1000 + i,
        startTicks: isShort ? 90_000 + 100 * seq : 90_000,
        uptimeSeconds: isShort ? 0.5 : 10 + seq,
        comm: `worker-${i % 40}`,
        cpuPercentage: (7 * i + seq) % 100,
        rssBytes: MEBIBYTE * (1 + (i + seq) % 50),
        userCpuSecondsTotal: seq / 100,
      });
    });
    const sum = (of: (process: typeof processes[number]) => number) =>
      processes.reduce((total, process) => total + of(process), 0);
    yield sampleOf({
      epochMs: EPOCH_MS + 1000 * seq,
      processes,
      tree: treeOf({
        seq,
        numProcesses: PROCESSES,
        cpuPercentage: sum(({ cpuPercentage }) => cpuPercentage ?? 0),
        rssBytes: sum(({ rssBytes }) => rssBytes ?? 0),
      }),
    });
  }
}
