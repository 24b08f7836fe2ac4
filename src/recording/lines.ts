/**
 * The lines of the format `records`, read again: one line becomes the values that it was made of,
 * by the dictionary.
 *
 * @module
 */

import { toInteger } from "../integer.ts";
import { fieldNames, LINES, ORIGIN } from "../model/dictionary.ts";
import { type Field, LABEL_NAME, type LineKind } from "../model/field.ts";
import type { NullReasons } from "../model/null_reason.ts";
import { CHECKS, mappingOf, processOf, treeOf } from "./_fields.ts";
import {
  flagOf,
  isEpochMs,
  isFlag,
  isLine,
  isReasons,
  isText,
  isTextOrNull,
  type Line,
} from "./_values.ts";

/** A line of a run. */
export interface DecodedLine {
  /** What it is about. */
  readonly kind: LineKind;
  /** Its time: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /**
   * Its fields by their keys in a sample, without those that it lacks: a `ProcessSample`, a
   * `TreeSample`, and so on by its kind.
   */
  readonly values: object;
  /** The host and the run, if they stand on it and it is not the line of the run. */
  readonly origin: LineOrigin | null;
  /** What its names say. */
  readonly shape: LineShape;
  /** Its texts that the dictionary does not know and that may be labels. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What `--hostname` puts on a line. */
export interface LineOrigin {
  /** The name of the host; null if it could not be read. */
  readonly hostname: string | null;
  /** The id of the run. */
  readonly runId: string;
}

/** What the names on a line say. */
export interface LineShape {
  /** Every name, in its order. */
  readonly names: readonly string[];
  /** Those that are no field of this kind of line. */
  readonly others: readonly string[];
  /** The fields of its kind that do not stand on it, without flags. */
  readonly missing: readonly Field[];
  /** The names of those that every line of its kind has. */
  readonly lacking: readonly string[];
  /** The collectors whose fields stand on it. */
  readonly collectors: ReadonlySet<string>;
  /** Whether no field is missing, of those that every such line has and of those collectors. */
  readonly isWhole: boolean;
  /** Whether the host and the run stand on it, beside its own fields. */
  readonly hasOrigin: boolean;
}

/**
 * What a line is that could not be read.
 *
 * - `"foreign"`: it is none of procline's.
 * - `"damaged"`: it is one of procline's, but cut, or a value on it cannot be.
 * - `"unknown"`: it is of a kind that this version does not know.
 */
export type LineFault = "foreign" | "damaged" | "unknown";

/** How each line begins: what begins so and is no JSON was one of ours. */
const START = '{"timestamp":"';

/** What stands on every line. */
const ON_EVERY_LINE: ReadonlySet<string> = new Set([
  "timestamp",
  "epoch_ms",
  "kind",
  "unreadable",
]);

const ORIGIN_NAMES: ReadonlySet<string> = new Set(
  Object.values<Field>(ORIGIN).map(({ name }) => name),
);

/** So many shapes are remembered of each kind of line: flags and reasons come and go. */
const MOST_SHAPES = 32;

/** The fields of one kind of line. */
interface KindFields {
  readonly rows: readonly (readonly [key: string, field: Field])[];
  readonly byName: ReadonlyMap<string, string>;
}

/** Reads lines. It remembers which names stand on them, as that is the same on most. */
export class LineDecoder {
  readonly #fields = new Map<LineKind, KindFields>();
  readonly #shapes = new Map<LineKind, LineShape[]>();
  readonly #known = fieldNames();

  /** Reads a line, without its newline. */
  decode(text: string): DecodedLine | LineFault {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      return text.startsWith(START) ? "damaged" : "foreign";
    }
    if (!isOurs(line)) return "foreign";
    const decoded = this.#decode(line);
    if (decoded !== "damaged") return decoded;
    // A whole number beyond 2^53, of which JSON.parse has lost digits?
    const exact = parseExactly(text);
    return isOurs(exact) ? this.#decode(exact) : "damaged";
  }

  #decode(line: OurLine): DecodedLine | LineFault {
    const { kind, epoch_ms: epochMs } = line;
    if (!isLineKind(kind)) return "unknown";
    const shape = this.#shapeOf(kind, line);
    const { unreadable = null } = line;
    let reasons: NullReasons | null = null;
    if (unreadable !== null) {
      if (!isReasons(unreadable)) return "damaged";
      reasons = this.#reasonsOf(kind, unreadable);
    }
    const values = this.#valuesOf(kind, line, shape, reasons);
    if (values === null) return "damaged";
    const origin = shape.hasOrigin ? originOf(line) : null;
    if (origin === "damaged") return "damaged";
    const labels = shape.others.length === 0
      ? NO_LABELS
      : this.#labelsOf(line, shape);
    return { kind, epochMs, values, origin, shape, labels };
  }

  #valuesOf(
    kind: LineKind,
    line: OurLine,
    shape: LineShape,
    reasons: NullReasons | null,
  ): object | null {
    if (shape.isWhole) {
      switch (kind) {
        case "process":
          return processOf(line, reasons, shape.collectors);
        case "smaps":
          return mappingOf(line, reasons);
        case "tree":
          return treeOf(line, reasons, shape.collectors);
      }
    }
    const values: Record<string, unknown> = { unreadable: reasons };
    if (EVENTS.has(kind)) values.kind = kind;
    const checks = CHECKS[kind];
    for (const [key, field] of this.#fieldsOf(kind).rows) {
      const { name, collector } = field;
      if (field.kind === "flag") {
        if (collector !== undefined && !shape.collectors.has(collector)) {
          continue;
        }
        const flag = line[name];
        if (!isFlag(flag)) return null;
        values[key] = field.of === undefined
          ? flag === true
          : flagOf(flag, values[field.of]);
        continue;
      }
      if (!Object.hasOwn(line, name)) continue;
      if (checks[key]?.(line[name]) !== true) return null;
      values[key] = line[name];
    }
    return values;
  }

  #shapeOf(kind: LineKind, line: OurLine): LineShape {
    const names = Object.keys(line);
    let shapes = this.#shapes.get(kind);
    if (shapes === undefined) {
      shapes = [];
      this.#shapes.set(kind, shapes);
    }
    for (const shape of shapes) {
      if (areEqual(shape.names, names)) return shape;
    }
    const shape = this.#describe(kind, names);
    if (shapes.length === MOST_SHAPES) shapes.shift();
    shapes.push(shape);
    return shape;
  }

  #describe(kind: LineKind, names: readonly string[]): LineShape {
    const { rows, byName } = this.#fieldsOf(kind);
    const present = new Set(names);
    const collectors = new Set<string>();
    for (const [, { name, collector }] of rows) {
      if (collector !== undefined && present.has(name)) {
        collectors.add(collector);
      }
    }
    const missing = rows.filter(([, field]) =>
      field.kind !== "flag" && !present.has(field.name)
    ).map(([, field]) => field);
    const lacking = missing.filter(({ collector }) => collector === undefined);
    const hasOrigin = kind !== "run" && present.has(ORIGIN.runId.name);
    const isExpected = (name: string) =>
      ON_EVERY_LINE.has(name) || byName.has(name) ||
      (hasOrigin && ORIGIN_NAMES.has(name));
    return {
      names,
      others: names.filter((name) => !isExpected(name)),
      missing,
      lacking: lacking.map(({ name }) => name),
      collectors,
      isWhole: lacking.length === 0 &&
        !missing.some(({ collector }) => collectors.has(collector ?? "")),
      hasOrigin,
    };
  }

  /** The names of the fields on the line become keys; what is not on the line is none of its. */
  #reasonsOf(kind: LineKind, reasons: NullReasons): NullReasons | null {
    const { byName } = this.#fieldsOf(kind);
    const entries = Object.entries(reasons).filter(([name]) =>
      kind === "run" || !ORIGIN_NAMES.has(name)
    ).map(([name, reason]) => [byName.get(name) ?? name, reason] as const);
    return entries.length === 0 ? null : Object.fromEntries(entries);
  }

  #labelsOf(
    line: Line,
    { others }: LineShape,
  ): Readonly<Record<string, string>> {
    const labels = others.map((name) => [name, line[name]] as const)
      .filter((entry): entry is readonly [string, string] =>
        isText(entry[1]) && LABEL_NAME.test(entry[0]) &&
        !this.#known.has(entry[0])
      );
    return Object.fromEntries(labels);
  }

  #fieldsOf(kind: LineKind): KindFields {
    let fields = this.#fields.get(kind);
    if (fields === undefined) {
      const rows = Object.entries<Field>(LINES[kind]);
      fields = {
        rows,
        byName: new Map(rows.map(([key, { name }]) => [name, key])),
      };
      this.#fields.set(kind, fields);
    }
    return fields;
  }
}

/** No labels, always the same object. */
export const NO_LABELS: Readonly<Record<string, string>> = {};

/** The lines whose values say of which kind they are. */
const EVENTS: ReadonlySet<LineKind> = new Set<LineKind>([
  "start",
  "exit",
  "exec",
  "reparented",
]);

/** What every line of this program has, of whichever version. */
interface OurLine extends Line {
  readonly "epoch_ms": number;
  readonly kind: string;
}

function isOurs(line: unknown): line is OurLine {
  return isLine(line) && isText(line.kind) && isText(line.timestamp) &&
    isEpochMs(line.epoch_ms);
}

function isLineKind(kind: string): kind is LineKind {
  return Object.hasOwn(LINES, kind);
}

function originOf({ hostname, run_id: runId }: Line): LineOrigin | "damaged" {
  return isTextOrNull(hostname) && isText(runId)
    ? { hostname, runId }
    : "damaged";
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A whole number as it stands in JSON. */
const WHOLE = /^-?\d+$/;

/**
 * As `JSON.parse`, but with whole numbers that are exact; undefined if it is nested too deeply for
 * that.
 */
function parseExactly(text: string): unknown {
  // The types of the compiler do not know the third argument yet.
  const exact = (_: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source ?? "";
    return typeof value === "number" && !Number.isSafeInteger(value) &&
        WHOLE.test(source)
      ? toInteger(BigInt(source))
      : value;
  };
  try {
    return JSON.parse(text, exact);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
