/**
 * The output formats by name, and how each is loaded.
 *
 * @module
 */

import { quote } from "../text.ts";
import type { Format } from "./format.ts";

/** The name of an output format. */
export type FormatName =
  | "records"
  | "table"
  | "lading"
  | "prometheus"
  | "openmetrics"
  | "influx"
  | "trace"
  | "otlp"
  | "otlp-logs"
  | "html";

/** One format, as a person asks for it. */
interface FormatRow {
  /** What it prints, in a few words. */
  readonly help: string;
  /** Other names for it. */
  readonly aliases?: readonly string[];
  /**
   * What it takes beside labels: options of encoders, views, and events, by the names of their
   * options.
   */
  readonly takes?: readonly string[];
  /** Loads it. */
  readonly load: () => Promise<Format>;
}

const ROWS: Readonly<Record<FormatName, FormatRow>> = {
  records: {
    help: "a line per process and tree (default)",
    aliases: ["json", "ndjson"],
    takes: ["only", "fields", "group-by", "top", "events"],
    load: async () => (await import("./records.ts")).format,
  },
  table: {
    help: "a table for people; -t for short",
    takes: ["sort", "group-by", "top"],
    load: async () => (await import("./table.ts")).format,
  },
  lading: {
    help: "a line per gauge, as DataDog/lading",
    load: async () => (await import("./lading.ts")).format,
  },
  prometheus: {
    help: "metrics of groups, text 0.0.4",
    takes: ["group-by"],
    load: async () => (await import("./prometheus.ts")).format,
  },
  openmetrics: {
    help: "the same in OpenMetrics 1.0",
    takes: ["group-by"],
    load: async () => (await import("./openmetrics.ts")).format,
  },
  influx: {
    help: "Influx lines, with the names of Telegraf",
    takes: ["group-by", "top", "tag-pid", "events"],
    load: async () => (await import("./influx.ts")).format,
  },
  trace: {
    help: "trace events, for Perfetto and speedscope",
    takes: ["group-by", "top", "events"],
    load: async () => (await import("./trace.ts")).format,
  },
  otlp: {
    help: "metrics for OpenTelemetry, OTLP in JSON",
    takes: ["group-by", "top"],
    load: async () => (await import("./otlp.ts")).format,
  },
  "otlp-logs": {
    help: "events, as log records of the same",
    takes: ["events"],
    load: async () => (await import("./otlp_logs.ts")).format,
  },
  html: {
    help: "a report of the run, one page with pictures",
    takes: ["events"],
    load: async () => (await import("./html.ts")).format,
  },
};

/** What the format `table` can sort its rows by, the default first. */
export const SORTS = ["cpu", "rss", "growth", "tree"] as const;

/** Every output format, the default first. */
export const FORMATS: readonly FormatName[] = Object.keys(ROWS)
  .filter(isFormatName);

/** The format that has this name or alias; null if none has. */
export function findFormat(name: string): FormatName | null {
  return FORMATS.find((format) =>
    format === name || ROWS[format].aliases?.includes(name)
  ) ?? null;
}

/** What a format prints, in a few words. */
export function describeFormat(name: FormatName): string {
  return ROWS[name].help;
}

/** Whether a format takes an option of encoders, a view, or events, by the name of the option. */
export function takesOption(name: FormatName, option: string): boolean {
  return ROWS[name].takes?.includes(option) ?? false;
}

/**
 * Loads a format by its name, or by another name for it.
 *
 * @throws {RangeError} If there is no such format.
 *
 * @example
 * ```ts
 * import { loadFormat, Sampler } from "@procline/procline";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const { create } = await loadFormat("records");
 * const encoder = create({ labels: { job: "nightly" } });
 * const lines = [
 *   ...encoder.begin(sampler.describeRun()),
 *   ...encoder.lines(sampler.sample()),
 * ];
 * assertEquals(JSON.parse(lines[0] ?? "").job, "nightly");
 * ```
 */
export async function loadFormat(name: string): Promise<Format> {
  const found = findFormat(name);
  if (found === null) {
    throw new RangeError(
      `Cannot use the format ${quote(name)}: the formats are ${
        FORMATS.join(", ")
      }`,
    );
  }
  return await ROWS[found].load();
}

function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(ROWS, name);
}
