/** Feeds real programs with real lines, and looks at what they read: `deno task consumers`. */
// deno-lint-ignore-file no-console -- a tool prints.
import { readArguments } from "../../.ci/_tool.ts";
import { ajv } from "./ajv.ts";
import { alerts } from "./alerts.ts";
import { chromium } from "./chromium.ts";
import { clickhouse } from "./clickhouse.ts";
import { contextOf } from "./_context.ts";
import type { Consumer, Need } from "./consumer.ts";
import { duckdb } from "./duckdb.ts";
import { influxdb } from "./influxdb.ts";
import { fleet } from "./fleet.ts";
import { jq, miller } from "./jq.ts";
import { kubernetes } from "./kubernetes.ts";
import { otelcol, pdata, protobuf } from "./otlp.ts";
import { parsePrometheus, prometheusClient, promtool } from "./metrics.ts";
import { processExporter } from "./process_exporter.ts";
import { prometheus } from "./prometheus.ts";
import { procstat } from "./procstat.ts";
import { rsyslog } from "./rsyslog.ts";
import { speedscope } from "./speedscope.ts";
import { systemd } from "./systemd.ts";
import { telegraf } from "./telegraf.ts";
import { vector } from "./vector.ts";
import { victoriaMetrics } from "./victoria_metrics.ts";

/** All consumers. */
const CONSUMERS: readonly Consumer[] = [
  ajv,
  jq,
  alerts,
  rsyslog,
  protobuf,
  promtool,
  prometheusClient,
  parsePrometheus,
  prometheus,
  processExporter,
  miller,
  duckdb,
  clickhouse,
  vector,
  systemd,
  telegraf,
  kubernetes,
  pdata,
  otelcol,
  influxdb,
  victoriaMetrics,
  procstat,
  chromium,
  speedscope,
  fleet,
];

const USAGE = `Feed real programs with real lines, and look at what they read

Usage: deno task consumers [NAME ...] [OPTIONS]

      --all              Run the large ones as well
      --fetch            Fetch what is missing from Debian, npm, PyPI and Go into
                         ~/.cache/procline/consumers; nothing is installed
  -h, --help             Print this help

Without a name the small ones run. One whose program is missing is left out.
Exits with 1 if one fails, with 3 if none could run.

${
  (["small", "large"] as const).map((set) =>
    `${set}: ${
      CONSUMERS.filter((one) => one.set === set).map(({ name }) => name)
        .join(", ")
    }`
  ).join("\n")
}`;

type Outcome = "held" | "failed" | "left out";

async function main(): Promise<number> {
  const { flags, operands } = readArguments(USAGE, {
    flags: ["all", "fetch"],
    operands: true,
  });
  const unknown = operands.filter((name) =>
    !CONSUMERS.some((consumer) => consumer.name === name)
  );
  if (unknown.length > 0) {
    console.error(`There is no consumer ${unknown.join(" ")}\n\n${USAGE}`);
    return 2;
  }
  const chosen = CONSUMERS.filter(({ name, set }) =>
    operands.length > 0
      ? operands.includes(name)
      : set === "small" || flags.has("all")
  );

  // A signal ends what was started, so that nothing of it stays: the check fails by that.
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => ending.abort(new Error(name)));
  }
  const outcomes: Outcome[] = [];
  for (const consumer of chosen) {
    if (ending.signal.aborted) break;
    outcomes.push(
      await runConsumer(consumer, flags.has("fetch"), ending.signal),
    );
  }
  const count = (outcome: Outcome) =>
    outcomes.filter((one) => one === outcome).length;
  console.log(
    `${count("held")} held, ${count("failed")} failed, ${
      count("left out")
    } left out`,
  );
  if (count("failed") > 0) return 1;
  return count("held") > 0 ? 0 : 3;
}

async function runConsumer(
  consumer: Consumer,
  fetches: boolean,
  signal: AbortSignal,
): Promise<Outcome> {
  const { name, needs } = consumer;
  const paths = new Map<string, string>();
  for (const need of needs) {
    const path = await findOrFetch(need, fetches);
    if (path === null) {
      console.log(`${name}: left out: no ${need.name} (${need.hint})`);
      return "left out";
    }
    paths.set(need.name, path);
  }

  const begin = performance.now();
  const seconds = () => ((performance.now() - begin) / 1000).toFixed(1);
  const directory = await Deno.makeTempDir({ prefix: "procline_consumer_" });
  try {
    const { version, lines, compared } = await consumer.check(
      contextOf(directory, paths, signal),
    );
    console.log(
      `${name} ${version}: ${lines} lines: ${compared} (${seconds()} s)`,
    );
    return "held";
  } catch (error) {
    console.log(`${name}: FAILED after ${seconds()} s`);
    console.error(error);
    return "failed";
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function findOrFetch(
  need: Need,
  fetches: boolean,
): Promise<string | null> {
  const found = await need.find();
  if (found !== null || !fetches) return found;
  try {
    await need.fetch();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return null;
  }
  return await need.find();
}

if (import.meta.main) Deno.exit(await main());
