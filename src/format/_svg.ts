/**
 * Charts as SVG that needs no style sheet and no script: everything is said by attributes. Text
 * keeps its size, and the rest takes the width that there is.
 */

import { utf8Bytes } from "../text.ts";
import { twoDigits } from "./_amounts.ts";
import { safeText } from "./_cells.ts";

/** The plot of a chart in its own units: they are stretched to the width of the page. */
const PLOT_WIDTH = 1000;
/** The column beside each plot, for the names of the lines. */
const GUTTER = 64;
/** Above a plot there is room for the text of its peak. */
const TOP = 18;
const TIME_AXIS = 22;

/** Text for HTML and SVG: nothing in it can be taken for markup, or move what stands beside it. */
export function escapeMarkup(text: string): string {
  return safeText(text).replace(
    /[&<>"']/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

/**
 * The start of a text whose markup takes no more than so many bytes: all of it, if it is short
 * enough, else with a mark at its end.
 */
export function cutMarkup(text: string, bytes: number): string {
  // A unit of UTF-16 takes five bytes at most: `&#60;`.
  if (5 * text.length <= bytes) return text;
  let room = bytes - CUT_BYTES;
  let end = 0;
  let fits = 0;
  for (const character of text) {
    room -= markupBytes(character);
    if (room >= 0) fits = end + character.length;
    else if (room < -CUT_BYTES) return `${text.slice(0, fits)}…`;
    end += character.length;
  }
  return text;
}

const CUT_BYTES = 3;

function markupBytes(character: string): number {
  return utf8Bytes(escapeMarkup(character));
}

/** A mark on the time axis. */
export interface Tick {
  /** Where: from 0 to 1. */
  readonly at: number;
  /** What stands there. */
  readonly text: string;
}

const SECONDS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => 60 * minutes),
  ...[1, 2, 3, 6, 12, 24].map((hours) => 3600 * hours),
];
const MOST_TICKS = 6;

/** The marks of a time axis of this length: elapsed time. */
export function timeTicks(lengthMs: number): readonly Tick[] {
  const stepMs = timeStep(lengthMs);
  const ticks: Tick[] = [];
  for (let ms = 0; ms <= lengthMs; ms += stepMs) {
    ticks.push({ at: ms / lengthMs, text: elapsed(ms, stepMs, lengthMs) });
  }
  return ticks;
}

function timeStep(lengthMs: number): number {
  const least = lengthMs / MOST_TICKS;
  const seconds = SECONDS.find((step) => 1000 * step >= least);
  if (least > 500 && seconds !== undefined) return 1000 * seconds;
  if (seconds === undefined) {
    return 86_400_000 * niceAbove(least / 86_400_000);
  }
  return niceAbove(least);
}

/** Minutes and seconds; of a run of hours, hours and minutes. */
function elapsed(ms: number, stepMs: number, lengthMs: number): string {
  if (stepMs < 1000) {
    return `${Number((ms / 1000).toFixed(3))} s`;
  }
  const seconds = Math.round(ms / 1000);
  const [minutes, hours] = [
    Math.floor(seconds / 60),
    Math.floor(seconds / 3600),
  ];
  if (stepMs < 60_000 || lengthMs < 3_600_000) {
    return `${minutes}:${twoDigits(seconds % 60)}`;
  }
  return `${hours}:${twoDigits(minutes % 60)} h`;
}

/** What is less has no power of ten below it. */
const LEAST_AXIS = 1e-300;

/** The next number above that is 1, 2, 2.5 or 5 times a power of ten. */
export function niceAbove(value: number): number {
  if (!(value > LEAST_AXIS)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= value) ?? 10;
  return factor * power;
}

/** The same for bytes: 1, 2, 4 ... 512 times a power of 1024. */
export function niceBytesAbove(bytes: number): number {
  return bytes <= 1 ? 1 : 2 ** Math.ceil(Math.log2(bytes));
}

/** A point of a line: from 0 to 1 on both axes, upwards. */
export type Point = readonly [x: number, y: number];

/** What fills the plot from its ground to a line. */
export interface Area {
  readonly points: readonly Point[];
  readonly color: string;
}

/** A line over the areas. */
export interface Line {
  readonly points: readonly Point[];
  /** Its dashes; undefined: none. */
  readonly dashes?: string;
}

/** A stretch of time that is marked. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly color: string;
  /** From 0 to 1: the more of it was so, the more it covers. */
  readonly opacity: number;
  /** What it is. */
  readonly text: string;
}

/** Marked stretches of one kind, in a strip of their own below the plot. */
export interface Strip {
  readonly name: string;
  readonly spans: readonly Span[];
}

/** A point that is marked, with a text above it. */
export interface Mark {
  readonly at: Point;
  readonly text: string;
}

/** A chart. */
export interface Chart {
  /** What its elements are called: no two of a page are the same. */
  readonly id: string;
  readonly title: string;
  /** What it shows, for who cannot see it. */
  readonly description: string;
  readonly height: number;
  /** Areas behind one another: each hides what is behind it. */
  readonly areas: readonly Area[];
  readonly lines: readonly Line[];
  /** Stretches that are shaded from top to bottom. */
  readonly spans: readonly Span[];
  readonly strips: readonly Strip[];
  /** Null: no point is marked. */
  readonly mark: Mark | null;
  /** The marks of the upright axis. */
  readonly values: readonly Tick[];
  readonly times: readonly Tick[];
}

/** A chart with its axes. */
export function chartSvg(chart: Chart): string {
  const { id, height, areas, lines, spans, strips, values, times } = chart;
  const bottom = TOP + height;
  const axis = strips.length === 0
    ? bottom
    : stripTop(bottom, strips.length) - STRIP_GAP;
  const y = (at: number) => rounded(bottom - at * height);
  const plot = [
    ...areas.map(({ points, color }) =>
      `<path d="${areaPath(points, height)}" fill="${color}"/>`
    ),
    ...lines.map(({ points, dashes }) =>
      `<path d="${
        linePath(points, height)
      }" fill="none" stroke="currentColor" stroke-width="1.5" vector-effect="non-scaling-stroke"${
        dashes === undefined ? "" : ` stroke-dasharray="${dashes}"`
      }/>`
    ),
  ].join("\n");
  const grid = values.map(({ at }) =>
    `<line x1="0" x2="100%" y1="${y(at)}" y2="${
      y(at)
    }" stroke="currentColor" stroke-opacity="0.25"/>`
  ).join("");
  const names = values.map(({ at, text }) =>
    `<text x="${GUTTER - 6}" y="${
      y(at) + 4
    }" text-anchor="end" font-size="12" fill="currentColor">${
      escapeMarkup(text)
    }</text>`
  ).join("");
  const stripNames = strips.map(({ name }, i) =>
    `<text x="${GUTTER - 6}" y="${
      stripTop(bottom, i) + 8
    }" text-anchor="end" font-size="10" fill="currentColor">${
      escapeMarkup(name)
    }</text>`
  ).join("");
  return beside(
    `${names}${stripNames}`,
    `<svg class="time" width="100%" height="${
      axis + TIME_AXIS
    }" role="img" aria-labelledby="${id}-title ${id}-text" data-chart="${id}" data-top="${TOP}" data-bottom="${bottom}">
<title id="${id}-title">${escapeMarkup(chart.title)}</title>
<desc id="${id}-text">${escapeMarkup(chart.description)}</desc>
<svg x="0" y="${TOP}" width="100%" height="${height}" viewBox="0 0 ${PLOT_WIDTH} ${height}" preserveAspectRatio="none">
${plot}
</svg>
${spans.map((span) => spanRect(span, TOP, height)).join("")}${grid}${
      strips.map((strip, i) => stripSvg(strip, stripTop(bottom, i)))
        .join("")
    }${markSvg(chart)}${timeAxis(times, axis)}
</svg>`,
    axis + TIME_AXIS,
  );
}

const STRIP_HEIGHT = 8;
/** Between a plot, or a strip, and the next: there is room for their names. */
const STRIP_GAP = 4;

/** Where the strip of this number begins: the lowest name of the axis needs room, too. */
function stripTop(bottom: number, number: number): number {
  return bottom + 6 + number * (STRIP_HEIGHT + STRIP_GAP);
}

function stripSvg({ spans }: Strip, top: number): string {
  return `<rect x="0" y="${top}" width="100%" height="${STRIP_HEIGHT}" fill="currentColor" fill-opacity="0.06"/>${
    spans.map((span) => spanRect(span, top, STRIP_HEIGHT)).join("")
  }`;
}

function markSvg({ mark, height }: Chart): string {
  if (mark === null) return "";
  const { at: [x, y], text } = mark;
  const top = rounded(TOP + (1 - y) * height);
  return `<circle cx="${
    percent(x)
  }" cy="${top}" r="3.5" fill="none" stroke="currentColor" stroke-width="2"/><text x="${
    percent(x)
  }" y="${top - 6}" text-anchor="${
    x < 0.15 ? "start" : x > 0.85 ? "end" : "middle"
  }" font-size="12" fill="currentColor">${escapeMarkup(text)}</text>`;
}

/** A slice of the lanes. */
export interface Slice {
  readonly row: number;
  readonly from: number;
  readonly to: number;
  readonly color: string;
  readonly name: string;
  /** All that is said of it, line by line. */
  readonly text: readonly string[];
}

const ROW_HEIGHT = 16;
/** A slice that is narrower than this part of the width has no room for its name. */
const NAMED_WIDTH = 0.02;
/** A slice is at least as wide as this, or it would not be seen. */
const LEAST_WIDTH = 0.001;

/** Lanes of slices over the time axis. */
export function lanesSvg(
  { id, title, description, times, spans }: Pick<
    Chart,
    "id" | "title" | "description" | "times" | "spans"
  >,
  slices: readonly Slice[],
): string {
  const rows = slices.reduce((most, { row }) => Math.max(most, row + 1), 1);
  const bottom = TOP + rows * ROW_HEIGHT;
  return beside(
    "",
    `<svg class="time" width="100%" height="${
      bottom + TIME_AXIS
    }" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">${escapeMarkup(title)}</title>
<desc id="${id}-text">${escapeMarkup(description)}</desc>
${slices.map(sliceSvg).join("\n")}
<g pointer-events="none">${
      spans.map((span) => spanRect(span, TOP, bottom - TOP)).join("")
    }</g>${timeAxis(times, bottom)}
</svg>`,
    bottom + TIME_AXIS,
  );
}

function sliceSvg({ row, from, to, color, name, text }: Slice): string {
  const width = Math.max(to - from, LEAST_WIDTH);
  const place = `x="${percent(from)}" y="${TOP + row * ROW_HEIGHT}" width="${
    percent(width)
  }" height="${ROW_HEIGHT - 1}"`;
  const title = `<title>${text.map(escapeMarkup).join("\n")}</title>`;
  if (width < NAMED_WIDTH) {
    return `<rect ${place} fill="${color}">${title}</rect>`;
  }
  return `<svg ${place}><rect width="100%" height="100%" fill="${color}"/><text x="3" y="${
    ROW_HEIGHT - 5
  }" font-size="11" fill="${textOn(color)}">${
    escapeMarkup(name)
  }</text>${title}</svg>`;
}

/** Black or white, whichever is read better on a colour. */
function textOn(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2
  );
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance > 0.18 ? "#000000" : "#ffffff";
}

/** A plot with the names of its lines to the left of it. */
function beside(names: string, plot: string, height: number): string {
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="chart"><tr><td width="${GUTTER}"><svg width="${GUTTER}" height="${height}" aria-hidden="true">${names}</svg></td><td>${plot}</td></tr></table>`;
}

function timeAxis(times: readonly Tick[], bottom: number): string {
  return times.map(({ at, text }) => {
    const anchor = at < 0.02 ? "start" : at > 0.98 ? "end" : "middle";
    return `<line x1="${percent(at)}" x2="${percent(at)}" y1="${TOP}" y2="${
      bottom + 4
    }" stroke="currentColor" stroke-opacity="0.12"/><text x="${
      percent(at)
    }" y="${
      bottom + 17
    }" text-anchor="${anchor}" font-size="12" fill="currentColor">${
      escapeMarkup(text)
    }</text>`;
  }).join("");
}

function spanRect(
  { from, to, color, opacity, text }: Span,
  top: number,
  height: number,
): string {
  return `<rect x="${percent(from)}" y="${top}" width="${
    percent(Math.max(to - from, LEAST_WIDTH))
  }" height="${height}" fill="${color}" fill-opacity="${
    Math.round(100 * opacity) / 100
  }"><title>${escapeMarkup(text)}</title></rect>`;
}

/** A point alone has no width that could be seen. */
const POINT_WIDTH = 0.004;

function widened(points: readonly Point[]): readonly Point[] {
  const [first] = points;
  if (first === undefined || points.length > 1) return points;
  const [x, y] = first;
  const from = Math.min(x, 1 - POINT_WIDTH);
  return [[from, y], [from + POINT_WIDTH, y]];
}

function areaPath(drawn: readonly Point[], height: number): string {
  const points = widened(drawn);
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return "";
  return `M${rounded(first[0] * PLOT_WIDTH)} ${height}${
    points.map((point) => `L${at(point, height)}`).join("")
  }L${rounded(last[0] * PLOT_WIDTH)} ${height}Z`;
}

function linePath(points: readonly Point[], height: number): string {
  return widened(points).map((point, i) =>
    `${i === 0 ? "M" : "L"}${at(point, height)}`
  )
    .join("");
}

function at([x, y]: Point, height: number): string {
  return `${rounded(x * PLOT_WIDTH)} ${rounded((1 - y) * height)}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function percent(part: number): string {
  return `${Math.round(part * 100_000) / 1000}%`;
}
