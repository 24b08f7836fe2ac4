/** The page of a report: what happened in a run, in the order in which a person asks. */

import { axesOf } from "./_report_axes.ts";
import {
  countsChart,
  cpuChart,
  lanes,
  legend,
  memoryChart,
} from "./_report_charts.ts";
import type { ReportRun } from "./_report_run.ts";
import { enhance } from "./_report_script.ts";
import { differences, numbers, tables, verdict } from "./_report_tables.ts";
import { describeRoot } from "./_run_words.ts";
import { cutMarkup, escapeMarkup } from "./_svg.ts";

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1400px; padding: 0 16px 48px; color: #1a1a1a; background: #ffffff; }
h1 { font-size: 1.4em; overflow-wrap: anywhere; } h2 { font-size: 1.1em; margin: 1.6em 0 0.3em; }
table { border-collapse: collapse; } th[scope=row] { white-space: nowrap; } th, td { padding: 2px 12px 2px 0; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
table.figures td, table.figures th { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
table.sorts thead th { cursor: pointer; } table.sorts tbody tr:nth-child(odd) { background: #80808018; }
table.chart { table-layout: fixed; width: 100%; } table.chart td { padding: 0; overflow: hidden; }
svg.time { touch-action: pan-y; user-select: none; }
.scroll { overflow-x: auto; } .wide { overflow-wrap: anywhere; } .sorts .wide { min-width: 16em; } .key { white-space: nowrap; margin-right: 1em; }
.cursor { position: fixed; top: 0; bottom: 0; width: 1px; background: currentColor; opacity: 0.5; pointer-events: none; }
.tip { position: fixed; white-space: pre; font-size: 12px; padding: 6px 8px; background: #000000d9; color: #ffffff; border-radius: 4px; pointer-events: none; z-index: 1; }
@media screen and (prefers-color-scheme: dark) { body { color: #e8e8e8; background: #16181c; } }
@media print { body { max-width: none; padding: 0; } details { display: none; } h2 { break-after: avoid; } tr, svg { break-inside: avoid; } table.sorts thead th { cursor: auto; } }
`;

/** The most bytes of the title: the whole command stands below it. */
const MOST_TITLE_BYTES = 300;

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** The page for one run, or for two side by side. */
export function* reportPage(runs: readonly ReportRun[]): Generator<string> {
  const title = cutMarkup(
    `procline: ${runs.map(({ run }) => describeRoot(run)).join(" and ")}`,
    MOST_TITLE_BYTES,
  );
  const axes = axesOf(runs);
  yield `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
${verdict(runs)}
${differences(runs)}`;
  yield legend(runs, axes.shown);
  const charts = [cpuChart, memoryChart, countsChart, lanes];
  for (const chart of charts) {
    for (const [i, run] of runs.entries()) yield chart(run, axes, i + 1);
  }
  for (const [i, run] of runs.entries()) yield tables(run, i + 1, runs.length);
  for (const [i, run] of runs.entries()) yield numbers(run, axes, i + 1);
  yield `<h2>How to make this page</h2>
<p>Beside a run: <code>procline --export html=report.html -- COMMAND</code>. From its lines, later: <code>procline --replay LINES --format html &gt; report.html</code>.
Drag over a chart to zoom, press Escape to see all again, click the head of a table to sort it.</p>
</main>
<script>
(${enhance.toString()})(document);
</script>
</body>
</html>
`;
}
