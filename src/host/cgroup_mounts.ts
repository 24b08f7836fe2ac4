/**
 * Where cgroup v2 is mounted: from a group's path in the hierarchy to its directory, and back.
 *
 * It may be mounted more than once, and a mount may show only a part of it: a container has its own
 * group bound to a directory, beside the host's hierarchy; lxcfs and nested containers add more.
 * So a path is looked up in the mount whose root is the longest prefix of it. What another mount
 * has covered is not in sight and does not count.
 *
 * @module
 */

import type { ProcReader, UnreadReason } from "../kernel/proc_reader.ts";
import { parsePlacedMounts, type PlacedMount } from "../parse/mountinfo.ts";

const MOUNTINFO = "/proc/self/mountinfo";

/** A component that leads out of a cgroup namespace, see cgroup_namespaces(7). */
const UP = "..";

/** The directory of a group, or why it has none. */
export type CgroupPlace =
  | { readonly directory: string; readonly reason: null }
  | {
    readonly directory: null;
    /** `"unmounted"`: no mount in sight holds the group. */
    readonly reason: UnreadReason | "unmounted";
  };

/** The mounts of cgroup v2, as this program sees them. They may change at any time. */
export class CgroupMounts {
  readonly #reader: ProcReader;
  #text: string | null = null;
  #table = new MountTable([], () => null);
  #reason: UnreadReason | null = null;
  #isStale = true;

  /** Reads them with a reader, when they are first asked for. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** They may have changed: they are read again when they are next asked for. */
  refresh(): void {
    this.#isStale = true;
  }

  /** Whether any part of cgroup v2 is mounted and in sight. */
  get isMounted(): boolean {
    return this.#current().cgroups.length > 0;
  }

  /** Where parts of cgroup v2 are mounted and in sight. */
  get mountPoints(): readonly string[] {
    return this.#current().cgroups.map(({ mountPoint }) => mountPoint);
  }

  /**
   * The directory of a group, from its path as `/proc/<pid>/cgroup` has it. A path that starts with
   * `/..` lies outside the cgroup namespace of this program: it leads somewhere only where a mount
   * has such a root.
   */
  place(path: string): CgroupPlace {
    const { cgroups } = this.#current();
    if (this.#reason !== null) return { directory: null, reason: this.#reason };
    let nearest: PlacedMount | null = null;
    let below = "";
    for (const mount of cgroups) {
      const rest = pathBelow(mount.root, path);
      if (rest === null || rest.split("/").includes(UP)) continue;
      if (nearest !== null && rest.length >= below.length) continue;
      nearest = mount;
      below = rest;
    }
    return nearest === null
      ? { directory: null, reason: "unmounted" }
      : { directory: join(nearest.mountPoint, below), reason: null };
  }

  /** The path of the group that a directory stands for; null if it is in no cgroup v2. */
  pathOf(directory: string): string | null {
    const mount = this.#current().mountAt(directory);
    if (mount?.fsType !== "cgroup2") return null;
    return join(mount.root, pathBelow(mount.mountPoint, directory) ?? "");
  }

  /**
   * A group and those above it that are in sight, by their directories, the nearest first. Above
   * the root of a cgroup namespace lies `/..`, if a mount has that.
   */
  upwards(path: string): string[] {
    const { cgroups } = this.#current();
    const highest = Math.max(0, ...cgroups.map(({ root }) => stepsUp(root)));
    const directories: string[] = [];
    let at: string | null = path;
    while (at !== null) {
      const { directory } = this.place(at);
      if (directory !== null) directories.push(directory);
      at = pathAbove(at, highest);
    }
    return directories;
  }

  /** The mounts; they are parsed again only if their text has changed. */
  #current(): MountTable {
    if (!this.#isStale) return this.#table;
    this.#isStale = false;
    const { value, reason } = this.#reader.read(MOUNTINFO, (text) => {
      if (text === this.#text) return this.#table;
      const table = new MountTable(
        parsePlacedMounts(text),
        (mount) => this.#whichDirectory(mount),
      );
      this.#text = text;
      return table;
    });
    this.#reason = reason;
    if (value === null) this.#text = null;
    this.#table = value ?? new MountTable([], () => null);
    return this.#table;
  }

  /** Which directory is to be found at a mount point; null if that cannot be told. */
  #whichDirectory({ mountPoint }: PlacedMount): string | null {
    const status = this.#reader.stat(mountPoint).value;
    return status === null || status.inode === 0
      ? null
      : `${status.device} ${status.inode}`;
  }
}

/** The mounts that one text of mountinfo lists. */
class MountTable {
  /** By the number of the mount that holds it, 0 for none, and the mount point. */
  readonly #mounts = new Map<string, PlacedMount>();
  /** The mounts of cgroup v2 that are in sight. */
  readonly cgroups: readonly PlacedMount[];

  constructor(
    mounts: readonly PlacedMount[],
    whichDirectory: (mount: PlacedMount) => string | null,
  ) {
    const byId = new Map(mounts.map((mount) => [mount.mountId, mount]));
    for (const mount of mounts) {
      const { mountId, parentId, mountPoint } = mount;
      const parent = byId.get(parentId);
      const isBelow = parent !== undefined && parentId !== mountId &&
        pathBelow(parent.mountPoint, mountPoint) !== null;
      // The later one of two at one place covers the earlier one.
      this.#mounts.set(keyOf(isBelow ? parentId : 0, mountPoint), mount);
    }
    const inSight = mounts.filter((mount) =>
      mount.fsType === "cgroup2" && this.mountAt(mount.mountPoint) === mount
    );
    this.cgroups = inSight.length < 2
      ? inSight
      : withoutReplaced(inSight, whichDirectory);
  }

  /** The mount that a path leads into; null if it is not listed. */
  mountAt(path: string): PlacedMount | null {
    let at = this.#topmost(null, "/");
    let end = 0;
    while (end >= 0 && path !== "/") {
      end = path.indexOf("/", end + 1);
      at = this.#topmost(at, end < 0 ? path : path.slice(0, end));
    }
    return at;
  }

  /** The mount on top of all those at a place, as seen from the mount that holds the place. */
  #topmost(from: PlacedMount | null, place: string): PlacedMount | null {
    let at = from;
    const passed = new Set<PlacedMount | null>();
    while (!passed.has(at)) {
      passed.add(at);
      at = this.#mounts.get(keyOf(at?.mountId ?? 0, place)) ?? at;
    }
    if (at !== from) return at;
    const loose = this.#mounts.get(keyOf(0, place));
    return loose === undefined || loose === from
      ? from
      : this.#topmost(loose, place);
  }
}

/**
 * Leaves out the mounts below /sys if another directory stands for that (`HostFsOptions.sys`): what
 * is read there is then of another mount, which is listed under its own name.
 */
function withoutReplaced(
  mounts: readonly PlacedMount[],
  whichDirectory: (mount: PlacedMount) => string | null,
): readonly PlacedMount[] {
  const isBelowSys = ({ mountPoint }: PlacedMount) =>
    pathBelow("/sys", mountPoint) !== null;
  const roots = new Map(
    mounts.filter((mount) => !isBelowSys(mount))
      .map((mount) => [whichDirectory(mount), mount.root]),
  );
  return mounts.filter((mount) => {
    const directory = isBelowSys(mount) ? whichDirectory(mount) : null;
    const root = directory === null ? undefined : roots.get(directory);
    return root === undefined || root === mount.root;
  });
}

function keyOf(parentId: number, mountPoint: string): string {
  return `${parentId} ${mountPoint}`;
}

/** What of a path lies below a directory, with its slash: empty for itself; null if it does not. */
function pathBelow(directory: string, path: string): string | null {
  const top = directory === "/" ? "" : directory;
  if (path === directory) return "";
  return path.startsWith(`${top}/`) ? path.slice(top.length) : null;
}

function join(directory: string, below: string): string {
  if (below === "") return directory;
  return directory === "/" ? below : directory + below;
}

/** How many steps a path leads up out of the cgroup namespace: 2 for `/../..`. */
function stepsUp(path: string): number {
  const names = path.split("/").slice(1);
  const down = names.findIndex((name) => name !== UP);
  return down < 0 ? names.length : down;
}

/** The path of the group above; null at the top, `highest` steps above the namespace's root. */
function pathAbove(path: string, highest: number): string | null {
  const up = stepsUp(path);
  const isAncestor = path === "/" ||
    UP === path.slice(path.lastIndexOf("/") + 1);
  if (!isAncestor) return path.slice(0, path.lastIndexOf("/")) || "/";
  if (up >= highest) return null;
  return join(path, `/${UP}`);
}
