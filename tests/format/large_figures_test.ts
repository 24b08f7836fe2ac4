/** Figures of lines from anywhere: as large as they can be, or as small. */
// deno-lint-ignore-file camelcase -- the names are those of the kernel.
import { assert, assertEquals } from "@std/assert";
import { FORMATS, loadFormat } from "../../src/format/formats.ts";
import type { HostSample } from "../../src/model/collected_fields.ts";
import type { Run, RunEnd } from "../../src/model/run.ts";
import type { Sample } from "../../src/model/sample.ts";
import { groupBy } from "../../src/view/group_by.ts";
import { top } from "../../src/view/top.ts";
import type { View } from "../../src/view/view.ts";
import { startViews } from "../../src/view/views.ts";
import {
  END,
  exitOf,
  processOf,
  RUN,
  sampleAt,
  startOf,
  treeOf,
} from "../support/samples.ts";

/** The largest figure that is taken from a line, near 2^128. */
const MOST = 2 ** 128 - 2 ** 76;

/** A run whose figures that may have a fraction are all this number. */
function runOf(
  figure: number,
): { readonly run: Run; readonly samples: Sample[]; readonly end: RunEnd } {
  const shares = {
    cpuPercentage: figure,
    userCpuPercentage: figure,
    kernelCpuPercentage: figure,
  };
  const totals = {
    userCpuSecondsTotal: figure,
    kernelCpuSecondsTotal: figure,
  };
  const pressure = { some_avg10: figure, some_total: 1 };
  const processes = [42, 43].map((pid) =>
    processOf({
      pid,
      ...shares,
      uptimeSeconds: figure,
      cpuWindowSeconds: figure,
      averageCpuPercentage: pid === 42 ? figure : null,
    })
  );
  const tree = treeOf({
    ...shares,
    ...totals,
    numProcesses: 2,
    numCores: figure,
    unseenCpuPercentage: figure,
    cpuLimitPercentage: figure,
    intervalSeconds: 1,
    sampleSeconds: figure,
    samplerCpuPercentage: figure,
    memoryLimitPercentage: figure,
    memoryLimitBytes: 2n ** 127n,
    memoryLimitCgroup: "/a",
    memoryLimitCgroupTruncated: false,
  });
  const host = {
    numCpus: 1,
    load1: figure,
    cpuSecondsTotal: { user: figure },
    cpuPercentage: figure,
    memTotalBytes: 1,
    cpuPressure: pressure,
    memoryPressure: pressure,
    ioPressure: pressure,
    vmstat: {},
  } as unknown as HostSample;
  const ended = { ...totals, lifetimeSeconds: figure };
  const samples = [0, 1000, 2000].map((ms) =>
    sampleAt(ms, {
      events: ms === 2000
        ? [exitOf({ pid: 43, ...ended })]
        : ms === 0
        ? [startOf(), startOf({ pid: 43 })]
        : [],
      processes: ms === 2000 ? processes.slice(0, 1) : processes,
      tree: { ...tree, seq: ms / 1000 },
      host,
    })
  );
  const { summary } = END;
  return {
    run: {
      ...RUN,
      numCores: figure,
      collectors: ["stat", "cgroup", "host", "events"],
    },
    samples,
    end: {
      ...END,
      summary: {
        ...summary,
        wallSeconds: figure,
        userCpuSeconds: figure,
        kernelCpuSeconds: figure,
        meanCores: figure,
      },
    },
  };
}

async function printed(
  name: string,
  figure: number,
  views: readonly View[],
): Promise<string> {
  const { run, samples, end } = runOf(figure);
  const encoder = (await loadFormat(name)).create({});
  const view = startViews(views, run);
  return [
    ...encoder.begin(run),
    ...samples.flatMap((sample) => [...encoder.lines(view.apply(sample))]),
    ...encoder.end(end),
  ].join("").replace(/<script>[^]*?<\/script>/g, "");
}

const VIEWS: readonly (readonly [way: string, views: readonly View[]])[] = [
  ["of processes", []],
  ["of groups", [groupBy("comm")]],
  ["of the top", [top(1)]],
];

for (const name of FORMATS) {
  for (const [way, views] of VIEWS) {
    const isOfGroups = name === "prometheus" || name === "openmetrics";
    if (isOfGroups && way !== "of groups") continue;
    Deno.test(`${name} prints numbers ${way} for any figures that are numbers`, async () => {
      for (const figure of [MOST, -MOST, 5e-324, 0]) {
        const text = await printed(name, figure, views);
        assert(text !== "");
        const wrong = /.{0,80}(Infinity|NaN).{0,20}/.exec(text);
        assertEquals(wrong?.[0], undefined, `${figure}`);
        if (["records", "lading", "otlp", "otlp-logs"].includes(name)) {
          text.trimEnd().split("\n").forEach((line) => JSON.parse(line));
        } else if (name === "trace") JSON.parse(text);
      }
    });
  }
}
