/** VictoriaMetrics, which makes metrics of Influx lines. */
import { assertEquals } from "@std/assert";
import type { Point } from "../support/influx_lines.ts";
import type { Consumer } from "./consumer.ts";
import { freePort, until } from "./_context.ts";
import { linesIn, liveRuns, send } from "./_influx.ts";
import { linesOf } from "./_recorded.ts";
import { program } from "./needs.ts";

/** One value in a million of millions may differ in the last digit that it keeps. */
const DIGITS = 12;

/** It holds numbers alone: 1 for true, 0 for false, and 0 for texts. */
export const victoriaMetrics: Consumer = {
  name: "victoria_metrics",
  set: "large",
  needs: [program("victoria-metrics", ["victoria-metrics"])],
  check: async (context) => {
    const runs = await liveRuns(context);
    const url = `http://127.0.0.1:${freePort()}`;
    await using server = context.start([
      "victoria-metrics",
      `-storageDataPath=${context.directory}/data`,
      `-httpListenAddr=${url.slice("http://".length)}`,
    ]);
    const ask = async (path: string) => await (await fetch(url + path)).text();
    await until(
      `victoria-metrics\n${server.output()}`,
      async () => await ask("/health") === "OK" ? true : undefined,
    );
    for (const { name, text } of runs) {
      await send(`${url}/write?db=${name}`, text);
    }
    const wanted = runs.flatMap(({ name, points }) =>
      points.flatMap((point) => valuesOf(name, point))
    ).toSorted();
    const filter = encodeURIComponent('{__name__!=""}');
    // It shows what it has taken after a second.
    const read = await until("all values", async () => {
      const text = await ask(`/api/v1/export?match[]=${filter}`);
      const values = linesOf(text).flatMap(exported).toSorted();
      return values.length >= wanted.length ? values : undefined;
    });
    assertEquals(read, wanted);
    return {
      version: "(it does not say which)",
      lines: linesIn(runs),
      compared: "each label and value equal",
    };
  },
};

/** What a point is to it, a text for each value. */
function valuesOf(db: string, point: Point): string[] {
  const { measurement, tags, fields, time } = point;
  return Object.entries(fields).map(([name, { type, value }]) =>
    inWords(
      { ...tags, db, __name__: `${measurement}_${name}` },
      type === "text" ? 0 : Number(value),
      Number(time / 1_000_000n),
    )
  );
}

function exported(line: string): string[] {
  const { metric, values, timestamps } = JSON.parse(line);
  return values.map((value: number, i: number) =>
    inWords(metric, value, timestamps[i])
  );
}

function inWords(
  labels: Readonly<Record<string, string>>,
  value: number,
  epochMs: number,
): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify([sorted, epochMs, value.toPrecision(DIGITS)]);
}
