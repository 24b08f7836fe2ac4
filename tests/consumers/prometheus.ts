/** A file that node_exporter exports, and Prometheus scrapes. */
import { assert, assertEquals } from "@std/assert";
import { freePort, until, versionOf } from "./_context.ts";
import type { Consumer } from "./consumer.ts";
import { program } from "./needs.ts";
import { readMetrics } from "../support/metrics.ts";
import { showSample } from "./_metric_texts.ts";

/** What Prometheus and node_exporter put on a sample. */
const ADDED: ReadonlySet<string> = new Set(["__name__", "instance", "job"]);

/** Metrics of one value for each label set, as Prometheus answers a query. */
interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

/** Prometheus, by way of node_exporter's textfile collector. */
export const prometheus: Consumer = {
  name: "prometheus",
  set: "small",
  needs: [
    program("prometheus", ["prometheus"]),
    program("prometheus-node-exporter", ["prometheus-node-exporter"]),
  ],
  check: async (context) => {
    const { directory } = context;
    const path = `${directory}/textfile/procline.prom`;
    await Deno.mkdir(`${directory}/textfile`);
    await using tree = await context.startHostileTree();
    await context.procline([
      ..."--collect host,smaps_rollup --count 2 --interval 200ms --hostname"
        .split(" "),
      ...["--output", "/dev/null", "--export", `prometheus=${path}`, "--keep"],
      ...["--label", "ci.job=\u{1f642}", "--pid", `${tree.pid}`],
    ]);
    const samples = readMetrics(await Deno.readTextFile(path));

    const exporter = `127.0.0.1:${freePort()}`;
    await using node = context.start([
      "prometheus-node-exporter",
      "--collector.disable-defaults",
      "--collector.textfile",
      `--collector.textfile.directory=${directory}/textfile`,
      `--web.listen-address=${exporter}`,
    ]);
    const exported = await until("node_exporter", async () => {
      const text = await fetchText(`http://${exporter}/metrics`);
      return text.includes("procline_run_finished") ? text : undefined;
    });
    assert(exported.includes("\nnode_textfile_scrape_error 0\n"), exported);
    assert(
      exported.includes(
        "\n# TYPE namedprocess_namegroup_cpu_seconds_total counter\n",
      ),
    );

    await Deno.writeTextFile(
      `${directory}/prometheus.yml`,
      `scrape_configs:
  - job_name: hosts
    scrape_interval: 1s
    static_configs: [{ targets: ["${exporter}"] }]
`,
    );
    const server = `127.0.0.1:${freePort()}`;
    await using daemon = context.start([
      "prometheus",
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=${server}`,
    ]);
    const query = new URLSearchParams({
      query: '{__name__=~"namedprocess_.*|procline_.*"}',
    });
    const found = await until("Prometheus", async () => {
      const text = await fetchText(`http://${server}/api/v1/query?${query}`);
      const results: QueryResult[] = JSON.parse(text).data?.result ?? [];
      return results.length >= samples.length ? results : undefined;
    });
    assertEquals(
      found.map(({ metric, value: [, value] }) =>
        showSample(
          metric["__name__"] ?? "",
          Object.entries(metric).filter(([name]) => !ADDED.has(name)),
          Number(value),
        )
      ).toSorted(),
      // To Prometheus, a label without a value is none.
      samples.map(({ name, labels, value }) =>
        showSample(
          name,
          [...labels].filter(([, text]) => text !== ""),
          Number(value),
        )
      ).toSorted(),
    );
    assert(node.pid > 0 && daemon.pid > 0);
    return {
      version: await versionOf(context, "prometheus"),
      lines: samples.length,
      compared: "each series equal in a query",
    };
  },
};

/** What a server answers. */
async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return text;
}
