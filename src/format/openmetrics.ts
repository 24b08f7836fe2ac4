/**
 * The format `openmetrics`: OpenMetrics 1.0 text, for readers that are strict.
 *
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * @module
 */

import { escapeText, expositionFormat } from "./_exposition.ts";
import type { Family, MetricType } from "./_metric.ts";
import type { Format } from "./format.ts";

/** What stands behind the name of a family on its samples. */
const ENDINGS: Readonly<Partial<Record<MetricType, string>>> = {
  counter: "_total",
  info: "_info",
};

/** The format `openmetrics`. */
export const format: Format = expositionFormat({
  head: ({ name, type, unit, help }: Family) => {
    const unitLine = unit === undefined ? "" : `# UNIT ${name} ${unit}\n`;
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${
      escapeText(help)
    }\n`;
  },
  sampleName: ({ name, type }) => `${name}${ENDINGS[type] ?? ""}`,
  end: "# EOF\n",
});
