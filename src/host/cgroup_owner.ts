/**
 * Whose a cgroup is: the systemd unit, the container and the Kubernetes pod that its path names.
 *
 * Runtimes name groups by convention. Those of systemd, Docker, containerd, CRI-O, Podman and the
 * kubelet are known, with the systemd driver (`docker-ID.scope`) and with the cgroupfs driver
 * (`/docker/ID`), of cgroup v1 and v2.
 *
 * @module
 */

import type { CgroupEntry } from "../parse/cgroup.ts";
import { rankOfHierarchy } from "./cgroup_paths.ts";

/** Whose a cgroup is, as far as its path says. */
export interface CgroupOwner {
  /** The innermost systemd unit that is no slice; null if the path names none. */
  readonly unit: string | null;
  /** The id of the innermost container, 64 hexadecimal digits; null if the path names none. */
  readonly containerId: string | null;
  /** The UID of the Kubernetes pod, with dashes; null if the path names none. */
  readonly podUid: string | null;
}

/**
 * The units in which processes are: also what serves a mount, as of FUSE, is in the group of that.
 * Slices only hold other units. See systemd.unit(5).
 */
const UNIT = /.\.(?:service|scope|socket|mount|swap)$/;

/**
 * `ID`, `docker-ID.scope`, `cri-containerd-ID.scope`, `crio-ID`, `libpod-ID.scope`, and
 * `SLICE:cri-containerd:ID`, as containerd names it if its driver is not the kubelet's. Not
 * `libpod-conmon-ID.scope` and `crio-conmon-ID.scope`: they hold the runtime's own process.
 */
const CONTAINER =
  /^(?:[a-z][a-z-]*?-|[^/:]+:[a-z-]+:)??([0-9a-f]{64})(?:\.scope)?$/;
const MONITOR = /(?:^|-)conmon-/;

/**
 * `pod1234...` and `kubepods-burstable-pod1234....slice`, the latter with underscores for dashes.
 * The UID of a static pod is a hash without dashes.
 */
const POD =
  /^(?:(?:[a-z0-9_]+-)*kubepods(?:-(?:burstable|besteffort))?-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;

/** What the kernel puts behind the path of a group that was removed, see cgroups(7). */
const DELETED = / \(deleted\)$/;

/** Whose the cgroup with this path is. */
export function cgroupOwner(path: string): CgroupOwner {
  let unit: string | null = null;
  let containerId: string | null = null;
  let podUid: string | null = null;
  for (const segment of path.replace(DELETED, "").split("/")) {
    if (UNIT.test(segment)) unit = unescapeUnit(segment);
    if (!MONITOR.test(segment)) {
      containerId = CONTAINER.exec(segment)?.[1] ?? containerId;
    }
    const [slice = ""] = segment.split(":");
    podUid = POD.exec(slice)?.[1]?.replaceAll("_", "-") ?? podUid;
  }
  return { unit, containerId, podUid };
}

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
    rank: rankOfHierarchy(controllers),
  }))
    .sort((a, b) => a.rank - b.rank).map(({ path }) => path);
  return paths.find((path) => cgroupOwner(path).containerId !== null) ??
    paths.find((path) => path !== "/") ?? paths[0] ?? null;
}

/**
 * systemd puts an underscore before a unit's name that could be taken for a file of a controller,
 * or starts with one itself.
 */
function unescapeUnit(name: string): string {
  return name.startsWith("_") ? name.slice(1) : name;
}
