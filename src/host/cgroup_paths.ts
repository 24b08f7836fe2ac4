/**
 * Which cgroup v2 a process or a person names.
 *
 * @module
 */

import { RootError } from "../errors.ts";
import type { CgroupEntry } from "../parse/cgroup.ts";
import { quote } from "../text.ts";
import type { CgroupMounts } from "./cgroup_mounts.ts";
import { cgroupOwner } from "./cgroup_owner.ts";

/** The path of a process's cgroup v2 below the root of its hierarchy; null if it is in none. */
export function version2Path(entries: readonly CgroupEntry[]): string | null {
  return entries.find(({ hierarchyId }) => hierarchyId === 0)?.path ?? null;
}

/** The order in which hierarchies are asked; then all others, as they are listed. */
const HIERARCHIES = ["", "name=systemd", "memory", "cpu", "cpuacct", "pids"];

/**
 * The path that says best where a process is: the first that names a container, else the first that
 * is not the root of its hierarchy; null if it is in no hierarchy.
 *
 * Where cgroup v1 is in use, an engine may put a container's processes into groups of v1 alone: in
 * v2 they stay where the engine is.
 */
export function ownPath(entries: readonly CgroupEntry[]): string | null {
  if (entries.length < 2) return entries[0]?.path ?? null;
  const paths = entries.map(({ controllers, path }) => ({
    path,
    rank: rankOf(controllers),
  }))
    .sort((a, b) => a.rank - b.rank).map(({ path }) => path);
  return paths.find((path) => cgroupOwner(path).containerId !== null) ??
    paths.find((path) => path !== "/") ?? paths[0] ?? null;
}

function rankOf(controllers: readonly string[]): number {
  if (controllers.length === 0) return 0;
  const ranks = controllers.map((name) => HIERARCHIES.indexOf(name))
    .filter((rank) => rank >= 0);
  return Math.min(HIERARCHIES.length, ...ranks);
}

/**
 * The directory that a person means: in full, or as the path of the group in the hierarchy, whose
 * first slash may be left out.
 *
 * @throws {RootError} If cgroup v2 is not mounted, or none of its mounts holds such a group.
 */
export function findCgroup(mounts: CgroupMounts, path: string): string {
  if (!mounts.isMounted) {
    throw new RootError(
      `Cannot sample the cgroup ${quote(path)}: cgroup v2 is not mounted`,
    );
  }
  const inHierarchy = withoutDots(path);
  const inFull = inHierarchy.replace(/^(\/\.\.)+(?=\/|$)/, "") || "/";
  if (path.startsWith("/") && mounts.pathOf(inFull) !== null) return inFull;
  const { directory } = mounts.place(inHierarchy);
  if (directory !== null) return directory;
  throw new RootError(
    `Cannot sample the cgroup ${
      quote(path)
    }: no mount of cgroup v2 that this program sees holds it`,
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
