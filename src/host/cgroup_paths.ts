/**
 * Which cgroup a process or a person names.
 *
 * @module
 */

import { RootError } from "../errors.ts";
import type { CgroupEntry } from "../parse/cgroup.ts";
import { quote } from "../text.ts";
import {
  type CgroupMounts,
  type GroupAddress,
  VERSION_2,
} from "./cgroup_mounts.ts";

/** The path of a process's cgroup v2 below the root of its hierarchy; null if it is in none. */
export function version2Path(entries: readonly CgroupEntry[]): string | null {
  return entries.find(({ hierarchyId }) => hierarchyId === 0)?.path ?? null;
}

/** The group in which a controller holds a process: of v1, if it is there, else of v2. */
export function groupOf(
  entries: readonly CgroupEntry[],
  controller: string,
): GroupAddress | null {
  const own = entries.find(({ controllers }) =>
    controllers.includes(controller)
  );
  if (own !== undefined) return { hierarchy: controller, path: own.path };
  const path = version2Path(entries);
  return path === null ? null : { hierarchy: VERSION_2, path };
}

/** The order in which hierarchies are asked; then all others, as they are listed. */
const HIERARCHIES = [
  VERSION_2,
  "name=systemd",
  "memory",
  "cpu",
  "cpuacct",
  "pids",
];

/** The place of a hierarchy with these controllers in the order in which they are asked. */
export function rankOfHierarchy(controllers: readonly string[]): number {
  if (controllers.length === 0) return 0;
  const ranks = controllers.map((name) => HIERARCHIES.indexOf(name))
    .filter((rank) => rank >= 0);
  return Math.min(HIERARCHIES.length, ...ranks);
}

/** The hierarchies that are in sight, in the order in which they are asked. */
export function hierarchiesInOrder(mounts: CgroupMounts): string[] {
  return mounts.hierarchies.toSorted((a, b) =>
    rankOfHierarchy([a]) - rankOfHierarchy([b])
  );
}

/**
 * The directory that a person means: in full, or as the path of the group in its hierarchy, whose
 * first slash may be left out. Of several hierarchies, the first takes it that has such a group.
 *
 * @throws {RootError} If no cgroups are mounted, or none of the mounts holds such a group.
 */
export function findCgroup(mounts: CgroupMounts, path: string): string {
  const hierarchies = hierarchiesInOrder(mounts);
  const hasVersion1 = hierarchies.some((name) => name !== VERSION_2);
  if (hierarchies.length === 0) {
    throw new RootError(
      `Cannot sample the cgroup ${quote(path)}: cgroup v2 is not mounted`,
    );
  }
  const inHierarchy = withoutDots(path);
  const inFull = inHierarchy.replace(/^(\/\.\.)+(?=\/|$)/, "") || "/";
  if (path.startsWith("/") && mounts.pathOf(inFull) !== null) return inFull;
  if (path.startsWith("/") && hasVersion1) {
    const target = withoutDots(mounts.withoutLinks(inFull));
    if (mounts.pathOf(target) !== null) return target;
  }
  const directories = hierarchies.map((name) =>
    mounts.place(inHierarchy, name).directory
  ).filter((directory) => directory !== null);
  const found = hasVersion1
    ? directories.find((directory) => mounts.hasGroup(directory))
    : undefined;
  const directory = found ?? directories[0];
  if (directory !== undefined) return directory;
  throw new RootError(
    `Cannot sample the cgroup ${quote(path)}: no mount of cgroup ${
      hasVersion1 ? "v1 or v2" : "v2"
    } that this program sees holds it`,
  );
}

/** An absolute path without `.`, doubled slashes, and `..` behind a name. */
function withoutDots(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    const last = names.at(-1);
    if (name === ".." && last !== undefined && last !== "..") names.pop();
    else names.push(name);
  }
  return `/${names.join("/")}`;
}
