/** Chromium, which shows a report: at several widths, light and dark, and as Jenkins serves it. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Consumer } from "./consumer.ts";
import { npmPackage, program } from "./needs.ts";
import { writeReports } from "./_reports.ts";
import { CHECKOUT } from "../support/procline.ts";

/** The layers of a chart, as drawn and as its table says. */
interface Layers {
  readonly height: number;
  /** What stands at the top of the axis. */
  readonly top: string;
  /** From the highest area to the lowest. */
  readonly areaPoints: readonly (readonly (readonly [number, number])[])[];
  /** The table: the time, the sum, the layers from below. */
  readonly rows: readonly (readonly number[])[];
}

/** What a chart says below the pointer, and the row of its table that is nearest. */
interface Hover {
  /** Where the pointer is, from 0 to 1. */
  readonly part: number;
  readonly tip: string | null;
  readonly heads: readonly string[];
  readonly cells: readonly string[];
}

/** What was seen of a page, see chromium.cjs. */
interface Looked {
  readonly name: string;
  readonly messages: readonly string[];
  readonly sizes: readonly {
    readonly width: number;
    readonly scrolls: boolean;
  }[];
  /** What axe-core finds, light and dark. */
  readonly found: readonly unknown[];
  readonly layers: { readonly cpu: Layers; readonly memory: Layers };
  readonly hovers: readonly Hover[];
  readonly zoomed: number;
  readonly restored: number;
  readonly falling: readonly number[];
  readonly rising: readonly number[];
  /** The colour of text on paper, where the screen is dark. */
  readonly printed: string;
  readonly jenkins: {
    readonly styled: boolean;
    readonly scripts: boolean;
    readonly text: number;
    readonly drawn: number;
  };
}

/** Each page as a reader of it would use it. */
export const chromium: Consumer = {
  name: "chromium",
  set: "large",
  needs: [
    program("chromium", ["chromium"]),
    npmPackage("playwright-core@1.65.1"),
    npmPackage("axe-core@4.14.1"),
  ],
  check: async (context) => {
    const { directory } = context;
    await writeReports(context);
    const { version, pages } = JSON.parse(
      await context.runWell([
        "node",
        `${CHECKOUT}tests/consumers/chromium.cjs`,
        directory,
      ], { env: { CHROMIUM: context.path("chromium") } }),
    );
    for (const page of pages) hold(page);
    return {
      version,
      lines: pages.length,
      compared:
        "no message, nothing that axe-core finds, areas as in the tables, pointer, zoom, sorting, Jenkins",
    };
  },
};

function hold(page: Looked): void {
  const { name, hovers, jenkins } = page;
  assertEquals(page.messages, [], name);
  assertEquals(page.found, [], name);
  assertEquals(page.sizes.filter(({ scrolls }) => scrolls), [], name);
  holdLayers(page.layers.cpu, name);
  holdLayers(page.layers.memory, name);
  for (const { tip, heads, cells, part } of hovers) {
    const lines = heads.flatMap((head, i) =>
      cells[i] === "0" ? [] : [`${head}: ${cells[i]}${i === 0 ? "" : " %"}`]
    );
    assertEquals(
      tip,
      cells.length === 0 ? null : lines.join("\n"),
      `${name}, at ${part}`,
    );
  }
  assertAlmostEquals(page.zoomed, 4, 0.1, name);
  assertAlmostEquals(page.restored, 1, 0.001, name);
  assertEquals(page.falling, page.falling.toSorted((a, b) => b - a), name);
  assertEquals(page.rising, page.rising.toSorted((a, b) => a - b), name);
  assertEquals([jenkins.styled, jenkins.scripts], [false, false], name);
  assertEquals(page.printed, "rgb(26, 26, 26)", name);
  assert(jenkins.text > 1000, name);
  if (page.layers.memory.rows.length > 0) assert(jenkins.drawn > 0, name);
}

/** Holds the areas to the table: at each instant, within a pixel. */
function holdLayers(
  { height, top, areaPoints, rows }: Layers,
  name: string,
): void {
  const most = amountOf(top);
  const drawnPoints = rows.length === 1 ? 2 : rows.length;
  const sums = rows.map(([, , ...layers]) => {
    let sum = 0;
    return layers.map((layer) => sum += layer);
  });
  // A layer that is nothing all the time is not drawn.
  const drawn = (sums[0] ?? []).flatMap((_, layer) =>
    rows.some((row) => (row[layer + 2] ?? 0) > 0) ? [layer] : []
  ).reverse();
  assertEquals(areaPoints.length, drawn.length, name);
  for (const [i, layer] of drawn.entries()) {
    const points = areaPoints[i] ?? [];
    // A sample alone is drawn as wide as can be seen.
    assertEquals(points.length, drawnPoints, name);
    for (const [at, [, y]] of points.entries()) {
      const sum = (sums[at] ?? sums[0])?.[layer] ?? NaN;
      const expected = height * (1 - sum / most);
      assertAlmostEquals(y, expected, 1, `${name}, layer ${layer}, row ${at}`);
    }
  }
}

/** `200.0 %` as percent, `1.5 GiB` as mebibytes: the units of the tables. */
function amountOf(text: string): number {
  const [number = "", unit = ""] = text.split(" ");
  if (unit === "%") return Number(number);
  return Number(number) *
    1024 ** (["B", "KiB", "MiB", "GiB", "TiB"].indexOf(unit) - 2);
}
