/**
 * From the path of a cgroup v2, as `/proc/<pid>/cgroup` or a person gives it, to its directory.
 *
 * @module
 */

import { RootError } from "../errors.ts";
import type { CgroupEntry } from "../parse/cgroup.ts";
import type { Mount } from "../parse/mountinfo.ts";
import { quote } from "../text.ts";

/** The path of a process's cgroup v2 below the root of its hierarchy; null if it is in none. */
export function version2Path(entries: readonly CgroupEntry[]): string | null {
  return entries.find(({ hierarchyId }) => hierarchyId === 0)?.path ?? null;
}

/**
 * The directory of a cgroup v2, from its path in `/proc/<pid>/cgroup`; null if cgroup v2 is not
 * mounted, or the group lies outside the reader's cgroup namespace.
 */
export function cgroupDirectory(
  mount: Mount | null,
  path: string,
): string | null {
  if (mount === null || path.startsWith("/..")) return null;
  const root = mount.root === "/" ? "" : mount.root;
  if (path !== root && !path.startsWith(`${root}/`)) return null;
  const below = path.slice(root.length);
  return below === "/" ? mount.mountPoint : mount.mountPoint + below;
}

/**
 * The directory that a person means: a path below the mount point of cgroup v2, which may be left
 * out.
 *
 * @throws {RootError} If cgroup v2 is not mounted.
 */
export function findCgroup(mount: Mount | null, path: string): string {
  if (mount === null) {
    throw new RootError(
      `Cannot sample the cgroup ${quote(path)}: cgroup v2 is not mounted`,
    );
  }
  const { mountPoint } = mount;
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed === mountPoint || trimmed.startsWith(`${mountPoint}/`)) {
    return trimmed;
  }
  return trimmed.startsWith("/")
    ? mountPoint + trimmed
    : `${mountPoint}/${trimmed}`;
}
