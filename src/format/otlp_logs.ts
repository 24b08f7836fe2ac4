/**
 * The format `otlp-logs`: what happens to processes, and the start and end of the run, as log
 * records in lines of OTLP in JSON.
 *
 * @module
 */

import { LINES } from "../model/dictionary.ts";
import type { ProcessEvent } from "../model/events.ts";
import type { Fields } from "../model/field.ts";
import type { Run, RunEnd } from "../model/run.ts";
import { lengthOfRun } from "../model/run_length.ts";
import type { Sample } from "../model/sample.ts";
import { startEpochMs } from "../model/start_date.ts";
import { quoteName, utf8Bytes } from "../text.ts";
import { figuresOf, isWhole } from "./_figures.ts";
import { fieldFactor, roundBy } from "./_json.ts";
import {
  type Attributes,
  type AttributeValue,
  encodeAttributes,
  encodeString,
  encodeTime,
  packLines,
  type Part,
  SCHEMA,
  SCOPE,
} from "./_otlp_json.ts";
import {
  originOf,
  processAttributes,
  RESERVED,
  runResource,
} from "./_otlp_resource.ts";
import { RisingTime } from "./_rising_time.ts";
import type { Encoder, EncoderOptions, Format } from "./format.ts";

/** The format `otlp-logs`. */
export const format: Format = {
  reserved: RESERVED,
  needs: () => ["events"],
  create: (options) => new OtlpLogsEncoder(options),
};

const CLOSE = `],${SCHEMA}}],${SCHEMA}}]}`;

/** Severities, as OTLP counts them. */
const INFO = `"severityNumber":9,"severityText":"INFO"`;
const ERROR = `"severityNumber":17,"severityText":"ERROR"`;

/** What stands on the resource, or has a key of the conventions. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "runId",
  "bootId",
  "hostname",
  "rootPid",
  "rootCgroup",
  "command",
  "exitCode",
]);

/** The figures of a process that has ended. */
const EXIT_FIGURES: Fields = Object.fromEntries(
  figuresOf("exit", []).map(({ key, field }) => [key, field]),
);

/** A record, but for its time of observation. */
interface LogRecord {
  readonly name: string;
  /** When it happened: milliseconds since 1970-01-01 UTC. */
  readonly happenedMs: number;
  readonly observedMs: number;
  /** What a person reads. */
  readonly body: string;
  readonly attributes: Attributes;
  readonly severity?: string;
}

/** Encodes what happened as `LogsData`: a record for each event, all of the run's resource. */
class OtlpLogsEncoder implements Encoder {
  readonly #labels: Readonly<Record<string, string>>;
  /** What stands before the records of a line. */
  #open = "";
  #run: Run | null = null;
  #time = new RisingTime();
  /** When the last sample was taken; null before the first. */
  #lastEpochMs: number | null = null;

  /** Encodes with the labels on the resource. */
  constructor(options: EncoderOptions = {}) {
    this.#labels = options.labels ?? {};
  }

  /** The record of the run's start. */
  begin(run: Run): Iterable<string> {
    const resource = runResource(run, originOf(run, this.#labels));
    this.#run = run;
    this.#time = new RisingTime();
    this.#lastEpochMs = null;
    this.#open = `{"resourceLogs":[{"resource":{"attributes":[${
      encodeAttributes(resource)
    }]},"scopeLogs":[{${SCOPE},"logRecords":[`;
    const timeMs = this.#time.next(run.epochMs);
    return this.#pack([{
      name: "procline.run.start",
      happenedMs: timeMs,
      observedMs: timeMs,
      body: `The run has started, with an interval of ${run.intervalSeconds} s`,
      attributes: {
        "process.command_args": run.command,
        "process.pid": run.command === null ? null : run.rootPid,
        ...ownAttributes(run, LINES.run),
      },
    }]);
  }

  /** A record for each event. */
  *lines(sample: Sample): Generator<string, void> {
    const run = this.#run;
    if (run === null) {
      throw new Error("Cannot encode a sample: begin() was not called");
    }
    this.#lastEpochMs = sample.epochMs;
    const timeMs = this.#time.next(sample.epochMs);
    yield* this.#pack(sample.events.map((event) => {
      const createdMs = isDated(event)
        ? startEpochMs(event.startTicks, sample.bootEpochMs, run.ticksPerSecond)
        : null;
      return recordOf(event, createdMs, timeMs);
    }));
  }

  /** The record of the run's end. */
  end(end: RunEnd): Iterable<string> {
    const { reason, exitCode, signal, summary } = end;
    const timeMs = this.#time.next(end.epochMs);
    const pid = this.#run?.command === null ? null : this.#run?.rootPid;
    const isFailure = signal !== null || (exitCode ?? 0) !== 0;
    const seconds = lengthOfRun(this.#run, end, this.#lastEpochMs);
    return this.#pack([{
      name: "procline.run.end",
      happenedMs: timeMs,
      observedMs: timeMs,
      body: `The run has ended after ${seconds.toFixed(3)} s: ${
        exitCode !== null
          ? `exit code ${exitCode}`
          : signal !== null
          ? `signal ${signal}`
          : reason
      }`,
      severity: isFailure ? ERROR : INFO,
      attributes: {
        "process.pid": exitCode === null && signal === null ? null : pid,
        "process.exit.code": exitCode,
        ...ownAttributes({ ...end, ...summary }, LINES.end),
      },
    }]);
  }

  #pack(records: readonly LogRecord[]): Generator<string, void> {
    return packLines(this.#open, records.map(encodeRecord), CLOSE);
  }
}

function recordOf(
  event: ProcessEvent,
  createdMs: number | null,
  timeMs: number,
): LogRecord {
  const who = "comm" in event
    ? `Process ${event.pid} (${quoteName(event.comm)})`
    : `Process ${event.pid}`;
  const name = `procline.process.${event.kind}`;
  const attributes = processAttributes(event, createdMs);
  const of = { name, observedMs: timeMs, happenedMs: timeMs, attributes };
  switch (event.kind) {
    case "start":
      return {
        ...of,
        happenedMs: createdMs ?? timeMs,
        body: `${who} has started`,
      };
    case "exit":
      return {
        ...of,
        body: `${who} has ended`,
        attributes: {
          ...attributes,
          "process.exit.time": new Date(timeMs).toISOString(),
          ...ownAttributes(event, EXIT_FIGURES),
        },
      };
    case "exec":
      return {
        ...of,
        body: `${who} has run another program${
          event.exe === null ? "" : `, ${quoteName(event.exe)}`
        }`,
        attributes: {
          ...attributes,
          "procline.previous_exe": event.previousExe,
        },
      };
    case "reparented":
      return {
        ...of,
        body:
          `${who} has another parent, ${event.ppid} after ${event.previousPpid}`,
        attributes: {
          ...attributes,
          "procline.previous_ppid": event.previousPpid,
        },
      };
  }
}

/** Whether the start of its process can be told; it cannot if that lies in the future. */
function isDated(event: ProcessEvent): boolean {
  if (event.kind === "start") return event.startedAt !== null;
  return event.kind !== "exit" || event.lifetimeSeconds !== null;
}

/** What a line has, by the names there; but for what stands on the resource. */
function ownAttributes(values: object, rows: Fields): Attributes {
  const valueOf = values as Readonly<Record<string, AttributeValue | null>>;
  const attributes: Record<string, AttributeValue | null> = {};
  for (const [key, field] of Object.entries(rows)) {
    const value = valueOf[key] ?? null;
    if (value === null || ELSEWHERE.has(key)) continue;
    attributes[`procline.${field.name}`] =
      typeof value === "number" && !isWhole(field.unit)
        ? { double: roundBy(value, fieldFactor(field)) }
        : value;
  }
  return attributes;
}

function encodeRecord(record: LogRecord): Part {
  const { name, happenedMs, observedMs, body, attributes, severity = INFO } =
    record;
  const text = `{"timeUnixNano":${encodeTime(happenedMs)},` +
    `"observedTimeUnixNano":${encodeTime(observedMs)},${severity},` +
    `"body":${encodeString(body)},"attributes":[${
      encodeAttributes(attributes)
    }],"eventName":"${name}"}`;
  return { text, bytes: utf8Bytes(text) };
}
