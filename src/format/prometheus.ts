/**
 * The format `prometheus`: the text format 0.0.4, which every scraper and node_exporter's textfile
 * collector take.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @module
 */

import { expositionFormat } from "./_exposition.ts";
import { type Family, type MetricType, sampleName } from "./_metric.ts";
import type { Format } from "./format.ts";

/** The types that this format has for metrics. */
const TYPES: Readonly<Record<MetricType, string>> = {
  gauge: "gauge",
  counter: "counter",
  unknown: "untyped",
  info: "gauge",
};

/** The format `prometheus`. */
export const format: Format = expositionFormat({
  head: (family) => {
    const name = plainName(family);
    const help = family.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return `# HELP ${name} ${help}\n# TYPE ${name} ${TYPES[family.type]}\n`;
  },
  sampleName: plainName,
  end: "",
});

/** The name of samples, which stands on the lines about them as well. */
function plainName(family: Family): string {
  return family.plainName ?? sampleName(family);
}
