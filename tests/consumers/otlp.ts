/** Readers of OTLP: protobuf's own JSON, the Collector's unmarshaler, and a collector. */
import { assertEquals } from "@std/assert";
import { CHECKOUT } from "../support/procline.ts";
import { until } from "./_context.ts";
import { buildGo } from "./_go.ts";
import {
  compareLogs,
  compareMetrics,
  type Fed,
  feed,
  itemsIn,
} from "./_otlp.ts";
import { linesOf } from "./_recorded.ts";
import { shipped } from "./_shipped.ts";
import type { Consumer, Context } from "./consumer.ts";
import { goToolchain, pypiModule } from "./needs.ts";

/** The messages of OTLP, which protobuf reads from JSON strictly. */
export const protobuf: Consumer = {
  name: "protobuf",
  set: "small",
  needs: [pypiModule("opentelemetry.proto", "opentelemetry-proto==1.45.2")],
  check: async (context) =>
    await checkReader(
      context,
      ["python3", `${CHECKOUT}tests/consumers/otlp.py`],
      "1.45.2",
    ),
};

/** The unmarshaler that the Collector's receivers call. */
export const pdata: Consumer = {
  name: "pdata",
  set: "large",
  needs: [goToolchain("1.26")],
  check: async (context) =>
    await checkReader(
      context,
      [await buildGo(context, "otlp_reader")],
      "1.71.0",
    ),
};

/** Lines that a reader must refuse: what OTLP does not know, in place of a part of a line. */
const DAMAGES: readonly (readonly [string, string])[] = [
  ['"timeUnixNano"', '"timeUnixNanos"'],
  ['"aggregationTemporality":2', '"aggregationTemporality":"two"'],
  ['"asInt":"', '"asInt":"9223372036854775808'],
  ["}]}\n", "}]\n"],
];

async function checkReader(
  context: Context,
  argv: readonly string[],
  version: string,
): ReturnType<Consumer["check"]> {
  let [lines, compared] = [0, 0];
  const all = await feed(context);
  for (const signal of ["metrics", "logs"] as const) {
    const input = all.map((fed) => fed[signal]).join("");
    const items = itemsIn(await context.runWell([...argv, signal], { input }));
    const compare = signal === "metrics" ? compareMetrics : compareLogs;
    let first = 1;
    for (const fed of all) {
      const end = first + linesOf(fed[signal]).length;
      const own = items.filter(({ line }) => line >= first && line < end);
      compared += compare(own, fed.records, fed.name);
      first = end;
    }
    lines += linesOf(input).length;
  }
  const [line = ""] = linesOf(all[0]?.metrics ?? "");
  for (const [from, to] of DAMAGES) {
    const input = `${line}\n`.replace(from, to);
    const { code } = await context.run([...argv, "metrics"], { input });
    if (code === 0) throw new Error(`It takes ${to}`);
  }
  return {
    version,
    lines,
    compared:
      `${compared} values and names equal to those of records, no field unknown, damage refused`,
  };
}

/** A collector of the Collector's modules, with docs/ship/otelcol.yaml. */
export const otelcol: Consumer = {
  name: "otelcol",
  set: "large",
  needs: [goToolchain("1.26")],
  check: async (context) => {
    const program = await buildGo(context, "otelcol");
    const reader = await buildGo(context, "otlp_reader");
    const all = await feed(context);
    let lines = 0;
    for (const signal of ["metrics", "logs"] as const) {
      const text = all.map((fed) => fed[signal]).join("");
      const collected = await collect(context, program, signal, text);
      const items = async (input: string) =>
        itemsIn(await context.runWell([reader, signal], { input }))
          .map(({ line: _, ...item }) => JSON.stringify(item)).toSorted();
      assertEquals(await items(collected), await items(text));
      lines += linesOf(text).length;
    }
    return {
      version: "0.165.0",
      lines,
      compared: "each point and record is in what its file exporter writes",
    };
  },
};

/** What a collector writes of the lines of a file. */
async function collect(
  context: Context,
  program: string,
  signal: keyof Fed,
  text: string,
): Promise<string> {
  const { directory } = context;
  const [from, to] = [`${directory}/${signal}.jsonl`, `${directory}/${signal}`];
  await Deno.writeTextFile(from, text);
  const config = await shipped("otelcol.yaml", {
    "/var/log/procline/metrics.jsonl": from,
    "  debug:\n    verbosity: basic": `  file:\n    path: ${to}`,
    "[debug]": "[file]",
    "    metrics:\n": `    ${signal}:\n`,
    // It would listen on a port.
    "service:\n": "service:\n  telemetry: {metrics: {level: none}}\n",
  });
  await Deno.writeTextFile(`${directory}/${signal}.yaml`, config);
  const count = linesOf(text).length;
  const path = `file:${directory}/${signal}.yaml`;
  await using running = context.start([program, "--config", path]);
  await until(`${count} lines of ${signal}`, async () => {
    const written = linesOf(await Deno.readTextFile(to)).length;
    return written === count ? written : undefined;
  }).catch((error) => {
    throw new Error(running.output().slice(-4000), { cause: error });
  });
  await running.stop();
  return await Deno.readTextFile(to);
}
