/**
 * The format `records`: one wide line for the run, one for each process and one for the tree, which
 * ends a sample.
 *
 * @module
 */

import {
  CHOOSABLE,
  collectorsOnLines,
  fieldNames,
  fieldNamesOf,
  IDENTITY,
  LINES,
  ORIGIN,
  SCHEMA,
  wireName,
} from "../model/dictionary.ts";
import { type Field, type LineKind, ROOM } from "../model/field.ts";
import {
  joinReasons,
  keepReasons,
  type NullReasons,
  reasonFor,
} from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { cutText, cutTexts, quote, quoteJson, utf8Bytes } from "../text.ts";
import {
  encodeFields,
  encodeLabels,
  type JsonField,
  jsonFields,
  shorten,
} from "./_json.ts";
import { LineCache, processGroups } from "./_line_cache.ts";
import type { Encoder, EncoderOptions, Format } from "./format.ts";

/** The format `records`. */
export const format: Format = {
  get reserved() {
    return fieldNames();
  },
  needs: () => [],
  create: (options) => new RecordsEncoder(options),
};

/**
 * Encodes samples as wide records. Percentages keep three decimals and seconds six; nothing else is
 * rounded. What has not changed since the sample before is not encoded again.
 */
class RecordsEncoder implements Encoder {
  readonly #labels: string;
  readonly #showsOrigin: boolean;
  /** The host and the run, as they stand on every line but the first; empty: they do not. */
  #origin = "";
  /** Why the name of the host is null on those lines; null if it is not, or not on them. */
  #originReasons: NullReasons | null = null;
  readonly #only: ReadonlySet<string> | null;
  /** The names of the fields that lines of processes keep; null: all. */
  readonly #kept: ReadonlySet<string> | null;
  /** The groups of a process's fields; null before the first sample: the run's line is first. */
  #processes: LineCache<ProcessSample> | null = null;
  /** The collectors of the run; null before `begin`. */
  #collectors: ReadonlySet<string> | null = null;
  /** Whether collectors run of which no line shows a field: another format or the summary does. */
  #readsMore = false;
  /** Fields that lines of a kind do not show, though one of those collectors may read them. */
  readonly #hidden = new Map<LineKind, ReadonlySet<string>>();
  /**
   * The fields of the other kinds of line, prepared when they are first wanted: most runs print few
   * kinds.
   */
  readonly #fields = new Map<LineKind, readonly JsonField[]>();

  /**
   * Encodes with the labels on every line, and the host if it is wanted, before the fields.
   *
   * @throws {RangeError} If there is no such kind of line, or no such field of a process or group.
   */
  constructor(options: EncoderOptions = {}) {
    const { labels = {}, hostname = false, only, fields } = options;
    this.#labels = encodeLabels(labels);
    this.#showsOrigin = hostname;
    this.#only = only === undefined ? null : new Set(only);
    this.#kept = fields === undefined ? null : new Set(fields);
    for (const kind of only ?? []) {
      if (Object.hasOwn(LINES, kind)) continue;
      throw new RangeError(
        `Cannot print lines of kind ${quote(kind)}: the kinds are ${
          Object.keys(LINES).join(", ")
        }`,
      );
    }
    if (fields === undefined) return;
    const known = fieldNamesOf(CHOOSABLE);
    const unknown = fields.find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw new RangeError(
        `Cannot print the field ${quote(unknown)}: no process or group has it`,
      );
    }
  }

  /** The line of the run. */
  begin(run: Run): string[] {
    this.#collectors = new Set(run.collectors);
    this.#fields.clear();
    this.#processes = null;
    if (this.#showsOrigin) {
      this.#origin = encodeFields(run, jsonFields(ORIGIN, new Set()));
      this.#originReasons = reasonFor(
        "hostname",
        run.unreadable?.hostname ?? null,
      );
    }
    const { command, rootCgroup } = run;
    const printed = run.collectors.length === 0
      ? this.#collectors
      : collectorsOnLines();
    this.#hidden.clear();
    this.#readsMore = !run.collectors.every((name) => printed.has(name));
    const cut = command === null ? null : cutTexts(command, ROOM.command);
    return Array.from(this.#line("run", encodeTime(run.epochMs), {
      schema: SCHEMA,
      ...run,
      rootCgroup: rootCgroup === null
        ? null
        : cutText(rootCgroup, ROOM.rootCgroup),
      command: cut?.texts ?? null,
      commandTruncated: cut?.isCut === true || run.commandTruncated === true,
      collectors: run.collectors.filter((name) => printed.has(name)),
    }, run.unreadable));
  }

  /**
   * A line for each event, process or group, thread, mapped path and cgroup, for the host, and the
   * tree's line.
   */
  *lines(sample: Sample): Generator<string, void> {
    const { tree, host, rest } = sample;
    const { groups = [], threads = [], mappings = [], cgroups = [] } = sample;
    const time = encodeTime(sample.epochMs);
    for (const event of sample.events) {
      const reasons = event.kind === "start" || event.kind === "exit"
        ? event.unreadable
        : null;
      yield* this.#line(event.kind, time, event, reasons);
    }
    yield* this.#processLines(sample, time);
    for (const group of groups) {
      yield* this.#line("group", time, group, group.unreadable);
    }
    if (rest !== undefined) {
      yield* this.#line("rest", time, rest, rest.unreadable);
    }
    for (const thread of threads) {
      yield* this.#line("thread", time, thread, thread.unreadable);
    }
    for (const mapping of mappings) {
      yield* this.#line("smaps", time, mapping, mapping.unreadable);
    }
    for (const cgroup of cgroups) {
      yield* this.#line("cgroup", time, cgroup, cgroup.unreadable);
    }
    if (host !== undefined) {
      yield* this.#line("host", time, host, host.unreadable);
    }
    yield* this.#line("tree", time, tree, tree.unreadable);
  }

  /** The line of the end. */
  *end(end: RunEnd): Generator<string, void> {
    yield* this.#line("end", encodeTime(end.epochMs), {
      ...end,
      ...end.summary,
    }, end.summary.unreadable);
  }

  *#processLines(sample: Sample, time: string): Generator<string, void> {
    if (!this.#prints("process")) return;
    const cache = this.#processes ??= new LineCache(
      processGroups(this.#fieldsOf("process"), encodeFields),
    );
    const start = this.#start("process", time);
    cache.begin();
    const { processes } = sample;
    // Without an optimizing compiler `for...of` allocates an object per step.
    for (let at = 0; at < processes.length; at++) {
      const process = processes[at];
      if (process === undefined) continue;
      const fields = cache.encode(process.pid, process);
      const end = this.#reasons("process", process.unreadable) + "}\n";
      const line = start + fields + end;
      const excess = line.length * MAX_UNIT_BYTES <= ROOM.line
        ? 0
        : utf8Bytes(line) - ROOM.line;
      yield excess <= 0 ? line : start + this.#shortened(process, excess) + end;
    }
  }

  /** The fields of a process that take so many bytes more than a line has room for. */
  #shortened(process: ProcessSample, excess: number): string {
    const fields = this.#fieldsOf("process");
    return encodeFields(shorten(process, fields, excess), fields);
  }

  *#line(
    kind: LineKind,
    time: string,
    values: object,
    reasons: NullReasons | null = null,
  ): Generator<string, void> {
    if (!this.#prints(kind)) return;
    yield this.#start(kind, time) + encodeFields(values, this.#fieldsOf(kind)) +
      this.#reasons(kind, reasons) + "}\n";
  }

  #prints(kind: LineKind): boolean {
    if (this.#only === null || this.#only.has(kind)) return true;
    // What is not printed one by one belongs to what is.
    return kind === "rest" &&
      (this.#only.has("process") || this.#only.has("group") ||
        this.#only.has("thread"));
  }

  /** The reasons for those fields that the line has. */
  #reasons(kind: LineKind, reasons: NullReasons | null): string {
    if (reasons === null && this.#originReasons === null) return "";
    const kept = this.#keptReasons(kind, reasons);
    return encodeReasons(
      kind === "run" ? kept : joinReasons(this.#originReasons, kept),
    );
  }

  #keptReasons(
    kind: LineKind,
    reasons: NullReasons | null,
  ): NullReasons | null {
    if (reasons === null) return null;
    if (this.#kept === null || !CHOOSABLE.includes(kind)) {
      if (!this.#readsMore) return reasons;
      const hidden = this.#hiddenOf(kind);
      return keepReasons(reasons, (key) => !hidden.has(key));
    }
    const fields = this.#fieldsOf(kind);
    return keepReasons(
      reasons,
      (key) => fields.some((one) => one.key === key),
    );
  }

  #hiddenOf(kind: LineKind): ReadonlySet<string> {
    let hidden = this.#hidden.get(kind);
    if (hidden === undefined) {
      hidden = unprinted(kind, this.#begun);
      this.#hidden.set(kind, hidden);
    }
    return hidden;
  }

  #start(kind: LineKind, time: string): string {
    const origin = kind === "run" ? "" : this.#origin;
    return `{${time},"kind":"${kind}"${this.#labels}${origin}`;
  }

  /** The collectors of the run that has begun. */
  get #begun(): ReadonlySet<string> {
    if (this.#collectors !== null) return this.#collectors;
    throw new Error("Cannot encode a sample: begin() was not called");
  }

  #fieldsOf(kind: LineKind): readonly JsonField[] {
    let fields = this.#fields.get(kind);
    if (fields === undefined) {
      fields = jsonFields(LINES[kind], this.#begun);
      const kept = this.#kept;
      if (kept !== null && CHOOSABLE.includes(kind)) {
        fields = fields.filter(({ field }) =>
          IDENTITY.has(field.name) || kept.has(field.name)
        );
      }
      this.#fields.set(kind, fields);
    }
    return fields;
  }
}

/** What a unit of UTF-16 takes in UTF-8 at most. */
const MAX_UNIT_BYTES = 3;

/** The fields of a kind of line that belong to collectors that do not run. */
function unprinted(
  kind: LineKind,
  collectors: ReadonlySet<string>,
): ReadonlySet<string> {
  return new Set(
    Object.entries<Field>(LINES[kind]).filter(([, { collector }]) =>
      collector !== undefined && !collectors.has(collector)
    ).map(([key]) => key),
  );
}

/** The time of a line; the same for all lines of a sample. */
function encodeTime(epochMs: number): string {
  const timestamp = new Date(epochMs).toISOString();
  return `"timestamp":"${timestamp}","epoch_ms":${epochMs}`;
}

/** `unreadable` stands on a line only if something was not read. */
function encodeReasons(reasons: NullReasons | null): string {
  if (reasons === null) return "";
  const entries = Object.entries(reasons).map(([key, reason]) =>
    `${quoteJson(wireName(key))}:"${reason}"`
  );
  return `,"unreadable":{${entries.join(",")}}`;
}
