/**
 * The collector `cgroup_files`: every figure of every file in the directory of a cgroup v2, by the
 * kernel's own names, as a generic observer prints them. The format `lading` asks for it.
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { type CgroupMounts, VERSION_2 } from "../host/cgroup_mounts.ts";
import type { Integer } from "../integer.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import type { CgroupFigure } from "../model/collected_fields.ts";
import { parseFlatKeyed } from "../parse/flat_keyed.ts";
import { parseNestedKeyed } from "../parse/nested_keyed.ts";
import { parsePressure } from "../parse/pressure.ts";
import { parseSingleValue } from "../parse/single_value.ts";
import { GroupsOfTree } from "./_groups_of_tree.ts";
import type {
  Collector,
  Extras,
  ProcessVisit,
  RunningCollector,
} from "./collector.ts";

type Figure = Omit<CgroupFigure, "path">;

/**
 * Lists of processes and threads are no figures; `cpu.max` and `io.max` are several in one line.
 */
const SKIPPED: ReadonlySet<string> = new Set([
  "cgroup.procs",
  "cgroup.threads",
  "cpu.max",
  "io.max",
]);

/** `cgroup.pressure` is not a pressure file: it turns pressure accounting on or off. */
const STALLS = /^(cpu|io|irq|memory)\.pressure$/;

const COUNTER_FILES: ReadonlySet<string> = new Set([
  "cpu.stat",
  "memory.events",
  "memory.events.local",
  "memory.swap.events",
]);

/** The counters of `memory.stat`; its other keys are amounts. */
const MEMORY_STAT_COUNTERS: ReadonlySet<string> = new Set([
  "pgfault",
  "pgmajfault",
  "workingset_refault",
  "workingset_activate",
  "workingset_nodereclaim",
  "pgrefill",
  "pgscan",
  "pgsteal",
  "pgactivate",
  "pgdeactivate",
  "pglazyfree",
  "pglazyfreed",
]);

/**
 * Adds every figure of the cgroups that processes of the tree are in.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { cgroupFiles } from "@procline/procline/collect";
 * import { assertExists } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [cgroupFiles()] });
 * assertExists(sampler.sample().cgroupFigures);
 * ```
 */
export function cgroupFiles(): Collector {
  return {
    name: "cgroup_files",
    // A format that needs these figures asks for them beside the collector cgroup, which says it.
    unusable: () => null,
    start: (reader, { mounts }) => new CgroupFilesReader(reader, mounts),
  };
}

class CgroupFilesReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #mounts: CgroupMounts;
  readonly #groups: GroupsOfTree;

  constructor(reader: ProcReader, mounts: CgroupMounts) {
    this.#reader = reader;
    this.#mounts = mounts;
    this.#groups = new GroupsOfTree(reader);
  }

  visit(visit: ProcessVisit): null {
    this.#groups.add(visit);
    return null;
  }

  finish(): Extras {
    const cgroupFigures = this.#groups.drain().flatMap((group) => {
      const { path, hierarchies } = group;
      if (!hierarchies.has(VERSION_2)) return [];
      const { directory } = this.#mounts.place(path);
      return directory === null
        ? []
        : readFigures(this.#reader, path, directory);
    });
    return { extras: { cgroupFigures } };
  }
}

/** All figures of a cgroup; a file that cannot be read, or holds no figures, has none. */
function readFigures(
  reader: ProcReader,
  path: string,
  directory: string,
): CgroupFigure[] {
  const names = reader.readDir(directory).value ?? [];
  return names.filter((name) => name.includes(".") && !SKIPPED.has(name))
    .sort().flatMap((file) => {
      const parse = (text: string) => figuresOf(file, text);
      const figures = reader.read(`${directory}/${file}`, parse).value ?? [];
      return figures.map((figure) => ({ path, ...figure }));
    });
}

function figuresOf(file: string, text: string): Figure[] {
  if (STALLS.test(file)) return pressureFigures(file, text);
  if (file === "io.stat") return deviceFigures(file, text);
  try {
    return keyedFigures(file, text);
  } catch (error) {
    if (!(error instanceof ProcParseError)) throw error;
    return singleFigure(file, text);
  }
}

function pressureFigures(file: string, text: string): Figure[] {
  const pressure = parsePressure(text);
  return (["some", "full"] as const).flatMap((kind) =>
    Object.entries(pressure[kind] ?? {}).flatMap(([key, value]) =>
      figure({ name: `${file}.${kind}.${key}`, value })
    )
  );
}

function deviceFigures(file: string, text: string): Figure[] {
  const { values } = parseNestedKeyed(file, text);
  return [...values].flatMap(([device, counters]) =>
    [...counters].flatMap(([key, value]) =>
      figure({ name: `${file}.${key}`, device, isCounter: true, value })
    )
  );
}

function keyedFigures(file: string, text: string): Figure[] {
  return [...parseFlatKeyed(file, text).values].flatMap(([key, value]) =>
    figure({
      name: `${file}.${key}`,
      isCounter: COUNTER_FILES.has(file) ||
        (file === "memory.stat" && MEMORY_STAT_COUNTERS.has(key)),
      value,
    })
  );
}

/** A figure; none if its text makes no sense. By default of no device, and no counter. */
function figure(
  { value, name, device = null, isCounter = false }:
    & Pick<Figure, "name">
    & Partial<Pick<Figure, "device" | "isCounter">>
    & { readonly value: Integer | null },
): Figure[] {
  return value === null ? [] : [{ name, device, isCounter, value }];
}

/** A file with one value; one that holds words, a list of CPUs or of controllers, has no figure. */
function singleFigure(file: string, text: string): Figure[] {
  return /^(\d+|max)\n$/.test(text)
    ? [{
      name: file,
      device: null,
      isCounter: false,
      value: parseSingleValue(file, text),
    }]
    : [];
}
