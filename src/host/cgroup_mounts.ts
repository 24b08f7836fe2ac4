/**
 * Where cgroup v2, and the hierarchies of cgroup v1, are mounted: from a group's path in one to its
 * directory, and back.
 *
 * A hierarchy may be mounted more than once, and a mount may show only a part of it: a container
 * has its own group bound to a directory, beside the host's hierarchy; lxcfs and nested containers
 * add more. So a path is looked up in the mount whose root is the longest prefix of it. What
 * another mount has covered is not in sight and does not count.
 *
 * @module
 */

import type { MountWatch } from "../kernel/proc_fs.ts";
import type { ProcReader, UnreadReason } from "../kernel/proc_reader.ts";
import { parsePlacedMounts, type PlacedMount } from "../parse/mountinfo.ts";

const MOUNTINFO = "/proc/self/mountinfo";

/** A component that leads out of a cgroup namespace, see cgroup_namespaces(7). */
const UP = "..";

/** After so many samples the mounts are watched: to begin with that takes a millisecond. */
const FEW_SAMPLES = 8;

/** They are read once in this many samples anyway: some other kernels tell nobody of changes. */
const MOST_UNREAD = 32;

/** As many symbolic links as the kernel follows, see path_resolution(7). */
const MOST_LINKS = 40;

/** The options of a mount of cgroup v1 that are no controllers. */
const NO_CONTROLLER =
  /^(?:r[ow]|noprefix|clone_children|xattr|release_agent=.*|favordynmods|nofavordynmods|cpuset_v2_mode|seclabel|none)$/;

/**
 * The name of cgroup v2 among hierarchies. One of cgroup v1 has the name of any of its controllers:
 * `memory`, `cpu`, or `name=systemd` where it has none.
 */
export const VERSION_2 = "";

/** A group by its path in a hierarchy. */
export interface GroupAddress {
  /** The hierarchy: {@linkcode VERSION_2}, or a controller of cgroup v1. */
  readonly hierarchy: string;
  /** The path, as `/proc/<pid>/cgroup` has it. */
  readonly path: string;
}

/** The directory of a group, or why it has none. */
export type CgroupPlace =
  | { readonly directory: string; readonly reason: null }
  | {
    readonly directory: null;
    /** `"unmounted"`: no mount in sight holds the group. */
    readonly reason: UnreadReason | "unmounted";
  };

/** The mounts of cgroups, as this program sees them. They may change at any time. */
export class CgroupMounts {
  readonly #reader: ProcReader;
  #text: string | null = null;
  #table = new MountTable([], () => null);
  #reason: UnreadReason | null = null;
  #isStale = true;
  #version = 0;
  #samples = 0;
  /** Null: they are not watched, and read in each sample. */
  #watch: MountWatch | null = null;

  /** Reads them with a reader, when they are first asked for. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** They may have changed: if so, they are read again when they are next asked for. */
  refresh(): void {
    this.#samples++;
    if (this.#samples === FEW_SAMPLES) {
      this.#watch = this.#reader.fs.watchMounts?.() ?? null;
      // Before the watch they may have changed too.
      this.#isStale = true;
      return;
    }
    const isDue = this.#samples % MOST_UNREAD === 0;
    // Asked each time: what it has told once, it does not tell again.
    const hasChanged = this.#watch?.hasChanged() ?? true;
    if (hasChanged || isDue || this.#reason !== null) this.#isStale = true;
  }

  /** Ends the watch. */
  close(): void {
    this.#watch?.close();
    this.#watch = null;
  }

  /** Another number once the mounts have changed: a path may lead to another file then. */
  get version(): number {
    this.#current();
    return this.#version;
  }

  /** Whether any part of cgroup v2 is mounted and in sight. */
  get isMounted(): boolean {
    return this.has(VERSION_2);
  }

  /** Whether any part of a hierarchy is mounted and in sight. */
  has(hierarchy: string): boolean {
    return this.#current().of(hierarchy).length > 0;
  }

  /** The hierarchies of which a part is in sight: cgroup v2, then each controller of cgroup v1. */
  get hierarchies(): readonly string[] {
    const table = this.#current();
    return this.isMounted
      ? [VERSION_2, ...table.controllers]
      : table.controllers;
  }

  /** Where parts of a hierarchy are mounted and in sight. */
  mountPoints(hierarchy: string = VERSION_2): readonly string[] {
    return this.#current().of(hierarchy).map(({ mountPoint }) => mountPoint);
  }

  /**
   * The directory of a group, from its path as `/proc/<pid>/cgroup` has it. A path that starts with
   * `/..` lies outside the cgroup namespace of this program: it leads somewhere only where a mount
   * has such a root.
   */
  place(path: string, hierarchy: string = VERSION_2): CgroupPlace {
    const mounts = this.#current().of(hierarchy);
    if (this.#reason !== null) return { directory: null, reason: this.#reason };
    let nearest: PlacedMount | null = null;
    let below = "";
    for (const mount of mounts) {
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

  /** The path of the group that a directory stands for; null if it is none. */
  pathOf(directory: string): string | null {
    const mount = this.#current().mountAt(directory);
    return mount === null || hierarchiesOf(mount).length === 0
      ? null
      : join(mount.root, pathBelow(mount.mountPoint, directory) ?? "");
  }

  /** The hierarchies, one of v2 or those of v1, that a directory is in; none: it is no group. */
  hierarchiesAt(directory: string): readonly string[] {
    const mount = this.#current().mountAt(directory);
    return mount === null ? [] : hierarchiesOf(mount);
  }

  /** Whether there is such a group; one that may not be read is there. */
  hasGroup(directory: string): boolean {
    const { reason } = this.#reader.read(
      `${directory}/cgroup.procs`,
      (text) => text,
    );
    return reason !== "gone";
  }

  /**
   * A path without symbolic links on the way: systemd makes `/sys/fs/cgroup/cpu` one to
   * `cpu,cpuacct`.
   */
  withoutLinks(path: string): string {
    let at = path;
    for (let links = 0; links < MOST_LINKS; links++) {
      const next = this.#withoutFirstLink(at);
      if (next === null) return at;
      at = next;
    }
    return at;
  }

  #withoutFirstLink(path: string): string | null {
    const names = path.split("/").slice(1);
    for (const i of names.keys()) {
      const directory = ["", ...names.slice(0, i)].join("/");
      const target = this.#reader.readLink(`${directory}/${names[i]}`).value;
      if (target === null) continue;
      const start = target.startsWith("/") ? target : `${directory}/${target}`;
      return [start, ...names.slice(i + 1)].join("/");
    }
    return null;
  }

  /**
   * A group and those above it that are in sight, by their directories, the nearest first. Above
   * the root of a cgroup namespace lies `/..`, if a mount has that.
   */
  upwards(path: string, hierarchy: string = VERSION_2): string[] {
    const mounts = this.#current().of(hierarchy);
    const highest = Math.max(0, ...mounts.map(({ root }) => stepsUp(root)));
    const directories: string[] = [];
    let at: string | null = path;
    while (at !== null) {
      const { directory } = this.place(at, hierarchy);
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
      this.#version++;
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
  /** The mounts of all hierarchies that are in sight. */
  readonly #cgroups: readonly PlacedMount[];
  readonly #whichDirectory: (mount: PlacedMount) => string | null;
  readonly #byHierarchy = new Map<string, readonly PlacedMount[]>();

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
    this.#whichDirectory = whichDirectory;
    this.#cgroups = mounts.filter((mount) =>
      hierarchiesOf(mount).length > 0 &&
      this.mountAt(mount.mountPoint) === mount
    );
  }

  /** The mounts of a hierarchy that are in sight. */
  of(hierarchy: string): readonly PlacedMount[] {
    const known = this.#byHierarchy.get(hierarchy);
    if (known !== undefined) return known;
    const inSight = this.#cgroups.filter((mount) =>
      hierarchiesOf(mount).includes(hierarchy)
    );
    const mounts = inSight.length < 2
      ? inSight
      : withoutReplaced(inSight, this.#whichDirectory);
    this.#byHierarchy.set(hierarchy, mounts);
    return mounts;
  }

  /** The controllers of cgroup v1. */
  get controllers(): readonly string[] {
    return this.#cgroups.filter(({ fsType }) => fsType === "cgroup")
      .flatMap(hierarchiesOf);
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

/** The names of the hierarchy that a mount shows; none: it shows no cgroups. */
function hierarchiesOf(
  { fsType, superOptions }: PlacedMount,
): readonly string[] {
  if (fsType === "cgroup2") return [VERSION_2];
  return fsType === "cgroup"
    ? superOptions.filter((option) => !NO_CONTROLLER.test(option))
    : [];
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
export function pathBelow(directory: string, path: string): string | null {
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
