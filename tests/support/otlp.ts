/**
 * A strict reader of lines of OTLP in JSON, for tests: it refuses what protobuf's own JSON would
 * let through (other keys, names of enums, 64-bit numbers that are no text), and says what is wrong
 * with the series.
 */
import { assert, assertEquals } from "@std/assert";

/** The bytes that a line may have. */
export const MAX_LINE_BYTES = 524_288;

/** A value of an attribute. */
export type Value = string | number | bigint | boolean | readonly Value[];

/** Attributes by their keys. */
export type Attributes = Readonly<Record<string, Value>>;

/** One point, with what stands around it. */
export interface Point {
  readonly resource: Attributes;
  readonly name: string;
  readonly unit: string;
  readonly kind: "gauge" | "counter" | "updown";
  readonly attributes: Attributes;
  /** Nanoseconds since 1970; null: none is given. */
  readonly start: bigint | null;
  readonly time: bigint;
  /** A bigint is a whole number, a number a double; null: there is no value any more. */
  readonly value: bigint | number | null;
}

/** One log record, with what stands around it. */
export interface LogRecord {
  readonly resource: Attributes;
  readonly name: string;
  readonly time: bigint;
  readonly observed: bigint;
  readonly severity: number;
  readonly body: string;
  readonly attributes: Attributes;
}

interface Json {
  readonly [key: string]: unknown;
}

const SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0";

/** The points of these lines. */
export function readMetrics(text: string): Point[] {
  return linesIn(text).flatMap((line) => {
    const { resourceMetrics } = object(line, ["resourceMetrics"]);
    return list(resourceMetrics).flatMap((one) => {
      const { resource, scopeMetrics } = object(one, [
        "resource",
        "scopeMetrics",
        "schemaUrl",
      ]);
      const attributes = readAttributes(object(resource, ["attributes"]));
      return list(scopeMetrics).flatMap((scoped) => {
        const { metrics } = readScope(scoped, "metrics");
        return list(metrics).flatMap((metric) =>
          readMetric(metric, attributes)
        );
      });
    });
  });
}

/** The log records of these lines. */
export function readLogs(text: string): LogRecord[] {
  return linesIn(text).flatMap((line) => {
    const { resourceLogs } = object(line, ["resourceLogs"]);
    return list(resourceLogs).flatMap((one) => {
      const { resource, scopeLogs } = object(one, [
        "resource",
        "scopeLogs",
        "schemaUrl",
      ]);
      const attributes = readAttributes(object(resource, ["attributes"]));
      return list(scopeLogs).flatMap((scoped) => {
        const { logRecords } = readScope(scoped, "logRecords");
        return list(logRecords).map((record) => readRecord(record, attributes));
      });
    });
  });
}

/** Each line is short enough, and JSON. */
function linesIn(text: string): unknown[] {
  if (text === "") return [];
  assert(text.endsWith("\n"));
  return text.slice(0, -1).split("\n").map((line) => {
    const bytes = new TextEncoder().encode(line).length + 1;
    assert(bytes <= MAX_LINE_BYTES, `a line of ${bytes} bytes`);
    return JSON.parse(line);
  });
}

function readScope(scoped: unknown, items: string): Json {
  const read = object(scoped, ["scope", items, "schemaUrl"]);
  assertEquals(read["schemaUrl"], SCHEMA_URL);
  assertEquals(read["scope"], { name: "procline", version: "0.1.0" });
  return read;
}

function readMetric(metric: unknown, resource: Attributes): Point[] {
  const { name, unit = "", ...data } = object(
    metric,
    ["name"],
    ["unit", "sum", "gauge"],
  );
  assert(
    typeof name === "string" && /^[a-z][a-zA-Z0-9_./-]*$/.test(name),
    String(name),
  );
  assert(typeof unit === "string");
  assertEquals(Object.keys(data).length, 1);
  const { kind, points } = readData(data);
  assert(points.length > 0, `${name} has no point`);
  return points.map((point) => {
    const optional = [
      "attributes",
      "startTimeUnixNano",
      "asInt",
      "asDouble",
      "flags",
    ];
    const read = object(point, ["timeUnixNano"], optional);
    const start = read["startTimeUnixNano"];
    assertEquals(start === undefined, kind === "gauge");
    return {
      resource,
      name,
      unit,
      kind,
      attributes: "attributes" in read ? readAttributes(read) : {},
      start: start === undefined ? null : int64(start),
      time: int64(read["timeUnixNano"]),
      value: readValue(read),
    };
  });
}

function readData(data: Json): {
  readonly kind: Point["kind"];
  readonly points: readonly unknown[];
} {
  if (data["gauge"] !== undefined) {
    const { dataPoints } = object(data["gauge"], ["dataPoints"]);
    return { kind: "gauge", points: list(dataPoints) };
  }
  const { isMonotonic, aggregationTemporality, dataPoints } = object(
    data["sum"],
    ["isMonotonic", "aggregationTemporality", "dataPoints"],
  );
  assert(typeof isMonotonic === "boolean");
  assertEquals(aggregationTemporality, 2);
  return { kind: isMonotonic ? "counter" : "updown", points: list(dataPoints) };
}

function readValue(point: Json): bigint | number | null {
  const { asInt, asDouble, flags } = point;
  assertEquals(
    [asInt, asDouble, flags].filter((one) => one !== undefined).length,
    1,
  );
  if (flags !== undefined) {
    assertEquals(flags, 1);
    return null;
  }
  if (asInt !== undefined) return int64(asInt);
  assert(typeof asDouble === "number");
  return asDouble;
}

function readRecord(record: unknown, resource: Attributes): LogRecord {
  const read = object(record, [
    "timeUnixNano",
    "observedTimeUnixNano",
    "severityNumber",
    "severityText",
    "body",
    "attributes",
    "eventName",
  ]);
  const { severityNumber, eventName } = read;
  const body = readAny(read["body"]);
  assert(typeof severityNumber === "number" && typeof eventName === "string");
  assert(typeof body === "string");
  return {
    resource,
    name: eventName,
    time: int64(read["timeUnixNano"]),
    observed: int64(read["observedTimeUnixNano"]),
    severity: severityNumber,
    body,
    attributes: readAttributes(read),
  };
}

function readAttributes(holder: Json): Attributes {
  const attributes: Record<string, Value> = {};
  for (const one of list(holder["attributes"])) {
    const { key, value } = object(one, ["key", "value"]);
    assert(typeof key === "string");
    assert(!Object.hasOwn(attributes, key), `${key} is there twice`);
    attributes[key] = readAny(value);
  }
  return attributes;
}

function readAny(value: unknown): Value {
  const kinds = [
    "stringValue",
    "intValue",
    "doubleValue",
    "boolValue",
    "arrayValue",
  ];
  const read = object(value, [], kinds);
  assertEquals(Object.keys(read).length, 1);
  if (read["intValue"] !== undefined) return int64(read["intValue"]);
  if (read["arrayValue"] !== undefined) {
    return list(object(read["arrayValue"], ["values"])["values"]).map(readAny);
  }
  const { stringValue, boolValue, doubleValue } = read;
  const one = stringValue ?? boolValue ?? doubleValue;
  assert(
    typeof one === "string" || typeof one === "boolean" ||
      typeof one === "number",
  );
  if (typeof one === "string") assert(one.isWellFormed());
  return one;
}

/** A 64-bit number, which stands as text. */
function int64(value: unknown): bigint {
  assert(
    typeof value === "string" && /^-?(?:0|[1-9]\d*)$/.test(value),
    String(value),
  );
  const number = BigInt(value);
  assert(number < 2n ** 63n && number >= -(2n ** 63n), value);
  return number;
}

function list(value: unknown): readonly unknown[] {
  assert(Array.isArray(value));
  return value;
}

function object(
  value: unknown,
  needed: readonly string[],
  optional: readonly string[] = [],
): Json {
  assert(typeof value === "object" && value !== null);
  const keys = Object.keys(value);
  for (const key of keys) {
    assert(
      needed.includes(key) || optional.includes(key),
      `unknown key ${key}`,
    );
  }
  for (const key of needed) assert(keys.includes(key), `no ${key}`);
  return { ...value };
}

/** What says which series a point belongs to: other attributes of a process may change. */
export function seriesOf({ resource, name, attributes }: Point): string {
  const identity = resource["process.pid"] === undefined ? "run" : [
    resource["process.pid"],
    resource["process.creation.time"],
    resource["procline.start_ticks"],
  ].join(" ");
  const told = Object.entries(attributes)
    .map(([key, value]) => `${key}=${String(value)}`).toSorted();
  return [identity, name, ...told].join(" ");
}

/** What is wrong with the points of a run, in the order of its lines. */
export function faultsOfSeries(points: readonly Point[]): string[] {
  const faults: string[] = [];
  const last = new Map<string, Point>();
  const kinds = new Map<string, string>();
  for (const point of points) {
    const series = seriesOf(point);
    const say = (what: string) =>
      faults.push(`${series} at ${point.time}: ${what}`);
    const kind = `${point.kind} ${point.unit}`;
    if ((kinds.get(point.name) ?? kind) !== kind) say("another kind or unit");
    kinds.set(point.name, kind);
    if (point.start !== null && point.start > point.time) say("starts later");
    const before = last.get(series);
    last.set(series, point);
    if (before === undefined) {
      if (point.value === null) say("ends, and never was");
      continue;
    }
    if (point.time <= before.time) say("its time does not rise");
    if (before.value === null) {
      if (point.value === null) say("ends twice");
      continue;
    }
    if (point.start !== before.start) say("another start");
  }
  return [...faults, ...faultsOfCounters(points)];
}

/** A counter does not fall while it counts from the same start, also if it was gone for a while. */
function faultsOfCounters(points: readonly Point[]): string[] {
  const most = new Map<string, bigint | number>();
  return points.filter(({ kind }) => kind === "counter").flatMap((point) => {
    const { value, start, time } = point;
    if (value === null) return [];
    const key = `${seriesOf(point)} from ${start}`;
    const before = most.get(key) ?? 0n;
    most.set(key, value > before ? value : before);
    return value < before
      ? [`${key} at ${time}: falls from ${before} to ${value}`]
      : [];
  });
}
