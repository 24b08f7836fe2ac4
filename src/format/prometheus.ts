/**
 * The format `prometheus`: the text format 0.0.4, which every scraper and node_exporter's textfile
 * collector take.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @module
 */

import { expositionFormat } from "./_exposition.ts";
import type { Family, MetricType } from "./_metric.ts";
import type { Format } from "./format.ts";

/** The types that this format has for metrics. */
const TYPES: Readonly<Record<MetricType, string>> = {
  gauge: "gauge",
  counter: "counter",
  unknown: "untyped",
  info: "gauge",
};

/** What stands behind the name of a family on its samples, and on the lines about it. */
const ENDINGS: Readonly<Partial<Record<MetricType, string>>> = {
  counter: "_total",
  info: "_info",
};

/** The format `prometheus`. */
export const format: Format = expositionFormat({
  head: (family) => {
    const name = sampleName(family);
    const help = family.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return `# HELP ${name} ${help}\n# TYPE ${name} ${TYPES[family.type]}\n`;
  },
  sampleName,
  end: "",
});

function sampleName({ name, type, plainName }: Family): string {
  return plainName ?? `${name}${ENDINGS[type] ?? ""}`;
}
