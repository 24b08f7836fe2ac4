/** The lines of one sample, as they come. */

import { IO_COUNTERS } from "../collect/io.ts";
import type {
  CgroupSample,
  HostSample,
  MappingSample,
  ThreadSample,
} from "../model/collected_fields.ts";
import type { ProcessEvent } from "../model/events.ts";
import type { GroupSample, RestSample } from "../model/group.ts";
import type { ProcessSample } from "../model/process.ts";
import type { TreeSample } from "../model/sample.ts";
import { type DecodedLine, type LineShape, NO_LABELS } from "./lines.ts";

/** The lines of a sample, up to its tree's. */
export interface SampleUnderWay {
  readonly epochMs: number;
  readonly events: ProcessEvent[];
  readonly processes: ProcessSample[];
  readonly pids: Set<number>;
  /** The groups, threads and cgroups that are there, by kind and name. */
  readonly named: Set<string>;
  readonly groups: GroupSample[];
  readonly threads: ThreadSample[];
  readonly mappings: MappingSample[];
  readonly cgroups: CgroupSample[];
  rest: RestSample | null;
  host: HostSample | null;
  /** The labels that all its lines have; null before the first. */
  labels: Readonly<Record<string, string>> | null;
  /** The names on its lines that the dictionary does not know, and on how many. */
  readonly others: Map<string, number>;
  /** The shapes of its lines of processes, groups and the rest. */
  readonly shapes: Set<LineShape>;
  /** The collectors whose fields or lines it has. */
  readonly collectors: Set<string>;
  origin: DecodedLine["origin"];
}

/** A sample of which no line has come. */
export function newSample(epochMs: number): SampleUnderWay {
  return {
    epochMs,
    events: [],
    processes: [],
    pids: new Set(),
    named: new Set(),
    groups: [],
    threads: [],
    mappings: [],
    cgroups: [],
    rest: null,
    host: null,
    labels: null,
    others: new Map(),
    shapes: new Set(),
    collectors: new Set(),
    origin: null,
  };
}

/** Puts the values of a line into its sample; false if they are there already. */
export function place(
  sample: SampleUnderWay,
  { kind, values }: DecodedLine,
): boolean {
  // The checks of the dictionary hold the values to the interface of their kind.
  switch (kind) {
    case "process": {
      const process = values as ProcessSample;
      if (sample.pids.has(process.pid)) return false;
      sample.pids.add(process.pid);
      sample.processes.push(process);
      return true;
    }
    case "group": {
      const group = values as GroupSample;
      const { other } = group;
      if (!isNew(sample, other ? kind : `${kind} ${group.group}`)) {
        return false;
      }
      sample.groups.push(group);
      return true;
    }
    case "cgroup": {
      const cgroup = values as CgroupSample;
      const { path, pathTruncated } = cgroup;
      // Two paths may be equal as far as they stand on a line.
      if (!pathTruncated && !isNew(sample, `${kind} ${path}`)) return false;
      sample.cgroups.push(cgroup);
      return true;
    }
    case "thread": {
      const thread = values as ThreadSample;
      if (!isNew(sample, `${kind} ${thread.tid}`)) return false;
      sample.threads.push(thread);
      return true;
    }
    case "smaps":
      sample.mappings.push(values as MappingSample);
      return true;
    case "rest":
      if (sample.rest !== null) return false;
      sample.rest = values as RestSample;
      return true;
    case "host":
      if (sample.host !== null) return false;
      sample.host = values as HostSample;
      return true;
    case "tree":
      return true;
    default:
      sample.events.push(values as ProcessEvent);
      return true;
  }
}

/** Keeps the labels that all lines of a sample have, and counts other names. */
export function noteLabels(
  sample: SampleUnderWay,
  { labels, shape }: DecodedLine,
): void {
  sample.labels = sample.labels === null
    ? labels
    : inBoth(sample.labels, labels);
  for (const name of shape.others) {
    sample.others.set(name, (sample.others.get(name) ?? 0) + 1);
  }
}

/** Whether a name has not been in the sample; it is from now on. */
function isNew({ named }: SampleUnderWay, name: string): boolean {
  const before = named.size;
  return named.add(name).size > before;
}

/** The labels that both have, with the same text. */
export function inBoth(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const both = Object.entries(a).filter(([name, text]) =>
    Object.hasOwn(b, name) && b[name] === text
  );
  return both.length === 0 ? NO_LABELS : Object.fromEntries(both);
}

/** A rate stands there with three decimals: of a lower one they are too few. */
const MIN_RATE = 1;

/**
 * The seconds from when the files of processes were read in a sample to when they were in the next,
 * by what the tree has used meanwhile and its rate; null if it has used next to nothing.
 */
export function secondsBetweenFiles(
  before: TreeSample,
  now: TreeSample,
): number | null {
  let most = 0;
  let seconds: number | null = null;
  for (const { keys } of IO_COUNTERS) {
    const [counter] = keys;
    const perSecond = keys.at(1);
    const rate = perSecond === undefined ? 0 : Number(now[perSecond] ?? 0);
    const grown = Number(now[counter] ?? 0) - Number(before[counter] ?? 0);
    if (rate < MIN_RATE || grown <= most) continue;
    most = grown;
    seconds = grown / rate;
  }
  return seconds;
}

/** When the host booted: exactly, by when a process started; else by the age of one. */
export function bootOf(
  { epochMs, processes, events }: SampleUnderWay,
  ticksPerSecond: number,
): number | null {
  for (const event of events) {
    if (event.kind !== "start" || event.startedAt === null) continue;
    const sinceBootMs = Number(event.startTicks) / ticksPerSecond * 1000;
    const bootMs = Math.round(Date.parse(event.startedAt) - sinceBootMs);
    if (Number.isFinite(bootMs)) return bootMs;
  }
  for (const { uptimeSeconds, startTicks } of processes) {
    // Fields may be missing, whatever the type says.
    if (typeof uptimeSeconds !== "number" || !(ticksPerSecond > 0)) continue;
    const startSeconds = Number(startTicks) / ticksPerSecond;
    return Math.round(epochMs - (uptimeSeconds + startSeconds) * 1000);
  }
  return null;
}
