/** Programs that read metrics as text. */
import { assert, assertEquals } from "@std/assert";
import { CHECKOUT } from "../support/procline.ts";
import { versionOf } from "./_context.ts";
import type { Consumer } from "./consumer.ts";
import {
  type MetricsText,
  metricTexts,
  shownSamples,
  showSample,
} from "./_metric_texts.ts";
import { debianModule, npmPackage, program } from "./needs.ts";

/** What promtool says of process-exporter, too: these names are its own. */
const EXPECTED_LINT = ["errors", "procread_errors", "partial_errors"].map(
  (name) =>
    `namedprocess_scrape_${name} counter metrics should have "_total" suffix`,
);

/** What it says of the metrics of threads, for a text that has some. */
const LINT_OF_THREADS =
  'namedprocess_namegroup_thread_count non-histogram and non-summary metrics should not have "_count" suffix';

/** promtool, by the parser that node_exporter has as well. */
export const promtool: Consumer = {
  name: "promtool",
  set: "small",
  needs: [program("promtool", ["prometheus"])],
  check: async (context) => {
    const texts = await metricTexts(context, "prometheus");
    for (const { name, text } of texts) {
      const { stderr, stdout } = await context.run([
        "promtool",
        "check",
        "metrics",
      ], { input: text });
      assertEquals(
        (stdout + stderr).trim().split("\n").toSorted(),
        (text.includes("namegroup_thread_count")
          ? [...EXPECTED_LINT, LINT_OF_THREADS]
          : EXPECTED_LINT).toSorted(),
        name,
      );
    }
    const broken = await context.run(["promtool", "check", "metrics"], {
      input: 'a{b="c} 1\n',
    });
    assertEquals(broken.code, 1);
    return {
      version: await versionOf(context, "promtool"),
      lines: texts.flatMap(({ samples }) => samples).length,
      compared: "each text is read, and no lint but process-exporter's own",
    };
  },
};

/** What read_metrics.py prints of a text. */
interface FoundByPython {
  readonly types: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [
    string,
    readonly (readonly [string, string])[],
    number,
  ])[];
}

/** The reference parsers of both formats, which are strict. */
export const prometheusClient: Consumer = {
  name: "prometheus-client",
  set: "small",
  needs: [debianModule("prometheus_client", ["python3-prometheus-client"])],
  check: async (context) => {
    const documents: (MetricsText & { format: string })[] = [];
    for (const format of ["prometheus", "openmetrics"] as const) {
      for (const text of await metricTexts(context, format)) {
        documents.push({ ...text, format });
      }
    }
    const printed = await context.runWell([
      "/usr/bin/python3",
      `${CHECKOUT}tests/consumers/read_metrics.py`,
    ], {
      input: JSON.stringify(
        documents.map(({ format, text }) => ({ format, text })),
      ),
    });
    const found: FoundByPython[] = JSON.parse(printed);
    documents.forEach((document, i) => {
      const { types = {}, units = {}, samples = [] } = found[i] ?? {};
      assertEquals(
        samples.map((sample) => showSample(...sample)).toSorted(),
        document.format === "openmetrics"
          ? shownSamples(document)
          : shownSamples(document).map(asClientNamesIt).toSorted(),
        document.name,
      );
      assertEquals(types["namedprocess_namegroup_num_procs"], "gauge");
      assertEquals(types["procline_tree_user_cpu_seconds"], "counter");
      if (document.format !== "openmetrics") return;
      assertEquals(types["procline_run"], "info");
      assertEquals(units["procline_tree_vsize_bytes"], "bytes");
    });
    const version = await context.runWell([
      "/usr/bin/python3",
      "-c",
      "from importlib.metadata import version; print(version('prometheus-client'))",
    ]);
    return {
      version: version.trim(),
      lines: documents.flatMap(({ samples }) => samples).length,
      compared: "each sample equal by both parsers, types and units",
    };
  },
};

/** The parser of the text format puts `_total` behind the names of counters that lack it. */
function asClientNamesIt(sample: string): string {
  return sample.replace(/^(\["namedprocess_scrape_\w+)/, "$1_total");
}

const PARSE = "parse-prometheus-text-format@1.1.1";

const PARSE_SCRIPT = `
const parse = require("parse-prometheus-text-format");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => parse(text))));`;

/** A parser of another hand, in JavaScript. */
export const parsePrometheus: Consumer = {
  name: "parse-prometheus",
  set: "small",
  needs: [npmPackage(PARSE)],
  check: async (context) => {
    const texts = await metricTexts(context, "prometheus");
    const printed = await context.runWell(["node", "-e", PARSE_SCRIPT], {
      input: JSON.stringify(texts.map(({ text }) => text)),
      env: { NODE_PATH: context.path(PARSE) },
    });
    const found: {
      name: string;
      metrics: { labels?: Record<string, string>; value: string }[];
    }[][] = JSON.parse(printed);
    texts.forEach((text, i) => {
      const samples = (found[i] ?? []).flatMap(({ name, metrics }) =>
        metrics.map(({ labels = {}, value }) =>
          showSample(name, Object.entries(labels), Number(value))
        )
      );
      assert(samples.length > 20);
      assertEquals(samples.toSorted(), shownSamples(text), text.name);
    });
    return {
      version: "1.1.1",
      lines: texts.flatMap(({ samples }) => samples).length,
      compared: "each sample equal",
    };
  },
};
