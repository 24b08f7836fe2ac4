/**
 * The cgroup of a systemd unit, by the unit's name.
 *
 * @module
 */

import { RootError } from "../errors.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import { quote, quoteName } from "../text.ts";
import type { CgroupMounts } from "./cgroup_mounts.ts";
import { hierarchiesInOrder } from "./cgroup_paths.ts";

/** What a unit that has processes is, see systemd.unit(5). */
const SUFFIX = /\.(?:service|scope|slice|socket|mount|swap)$/;

/** What other units are: systemd starts no process in them, and makes no cgroup for them. */
const WITHOUT_PROCESSES = /\.(?:automount|device|path|target|timer)$/;

/** More would fill a terminal. */
const MOST_SHOWN = 5;

/**
 * The directory of the cgroup of a unit: of the service, where the name has no suffix; of a
 * template, of the one instance that runs. It is looked for in all of cgroup v2 that is mounted, so
 * that units of users are found too; then in the hierarchies of cgroup v1, that of systemd first.
 *
 * @throws {RootError} If no cgroups are mounted, there is no such group, or several; or if units of
 * this kind have no processes.
 */
export function findUnit(
  reader: ProcReader,
  mounts: CgroupMounts,
  name: string,
): string {
  const hierarchies = hierarchiesInOrder(mounts);
  if (hierarchies.length === 0) {
    throw new RootError(
      `Cannot sample the unit ${quote(name)}: cgroup v2 is not mounted`,
    );
  }
  const kind = WITHOUT_PROCESSES.exec(name)?.[0];
  if (kind !== undefined) {
    throw new RootError(
      `Cannot sample the unit ${
        quote(name)
      }: units that end in ${kind} have no processes of their own`,
    );
  }
  const unit = SUFFIX.test(name) ? name : `${name}.service`;
  // Of a template, `getty@.service`, each instance is a unit: `getty@tty1.service`.
  const at = unit.indexOf("@.");
  const isMeant = at < 0
    ? (group: string) => group === unit
    : (group: string) =>
      group.startsWith(unit.slice(0, at + 1)) &&
      group.endsWith(unit.slice(at + 1));
  const found = firstFound(
    hierarchies,
    (hierarchy) =>
      mounts.mountPoints(hierarchy).flatMap((mountPoint) =>
        groupsNamed(reader, mountPoint, isMeant)
      ),
  );
  // The same group may be seen through several mounts.
  const byPath = new Map(
    found.map((directory) => [mounts.pathOf(directory), directory]),
  );
  const [only, ...others] = byPath.values();
  if (only === undefined) {
    throw new RootError(
      `Cannot sample the unit ${quote(name)}: no cgroup is named ${
        quoteName(unit)
      }; a unit has one while it runs`,
    );
  }
  if (others.length > 0) {
    const paths = [...byPath.keys()].slice(0, MOST_SHOWN).map((path) =>
      quote(path ?? "")
    );
    throw new RootError(
      `Cannot sample the unit ${quote(name)}: several cgroups ${
        at < 0 ? "have this name" : "are of this template"
      }, ${paths.join(", ")}: choose one with --cgroup`,
    );
  }
  return only;
}

/** What is found in the first hierarchy in which anything is. */
function firstFound(
  hierarchies: readonly string[],
  find: (hierarchy: string) => string[],
): string[] {
  for (const hierarchy of hierarchies) {
    const found = find(hierarchy);
    if (found.length > 0) return found;
  }
  return [];
}

/** The directories of the groups below one that have such a name, the nearest first. */
function groupsNamed(
  reader: ProcReader,
  top: string,
  isMeant: (name: string) => boolean,
): string[] {
  const found: string[] = [];
  const waiting = [top];
  for (let at = 0; at < waiting.length; at++) {
    const directory = waiting[at] ?? top;
    const { value: entries } = reader.readEntries(directory);
    for (const entry of entries ?? []) {
      if (entry.isDirectory === false) continue;
      const path = `${directory === "/" ? "" : directory}/${entry.name}`;
      if (entry.isDirectory === null && !isGroup(reader, path)) continue;
      // systemd puts an underscore before a name that could be taken for a file of a controller.
      const isFound = isMeant(entry.name) ||
        (entry.name.startsWith("_") && isMeant(entry.name.slice(1)));
      if (isFound) found.push(path);
      else waiting.push(path);
    }
  }
  return found;
}

/** Whether a name leads to a group, where the file system does not tell directories. */
function isGroup(reader: ProcReader, path: string): boolean {
  return reader.read(`${path}/cgroup.procs`, (text) => text).reason === null;
}
