/**
 * The format `openmetrics`: OpenMetrics 1.0 text, for readers that are strict.
 *
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * @module
 */

import { escapeQuoted, expositionFormat } from "./_exposition.ts";
import { type Family, sampleName } from "./_metric.ts";
import type { Format } from "./format.ts";

/** The format `openmetrics`. */
export const format: Format = expositionFormat({
  head: ({ name, type, unit, help }: Family) => {
    const unitLine = unit === undefined ? "" : `# UNIT ${name} ${unit}\n`;
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${
      escapeQuoted(help)
    }\n`;
  },
  sampleName,
  end: "# EOF\n",
});
