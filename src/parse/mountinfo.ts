/**
 * `/proc/<pid>/mountinfo`: what is mounted where. See proc_pid_mountinfo(5).
 *
 * ```text
 * 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { parseCount, parseLines } from "./_scan.ts";

/** One mount. */
export interface Mount {
  /**
   * The directory of the file system that stands at the mount point: `/` except for bind mounts.
   */
  readonly root: string;
  /** Where it is mounted. */
  readonly mountPoint: string;
  /** The kind of file system: `proc`, `cgroup2`, `ext4`. */
  readonly fsType: string;
  /** The options of the file system, `hidepid=2` of procfs among them. */
  readonly superOptions: readonly string[];
}

/** One mount, and its place in the tree of mounts. */
export interface PlacedMount extends Mount {
  /** The number of the mount. */
  readonly mountId: number;
  /** The number of the mount that holds its mount point; it need not be in the text. */
  readonly parentId: number;
}

/**
 * Parses the text of `/proc/<pid>/mountinfo`.
 *
 * @throws {ProcParseError} If a line has fewer fields than the man page gives it.
 *
 * @example
 * ```ts
 * import { parseMountinfo } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const line = "23 62 0:21 / /proc rw,nosuid - proc proc rw\n";
 * assertEquals(parseMountinfo(line)[0]?.mountPoint, "/proc");
 * ```
 */
export function parseMountinfo(text: string): Mount[] {
  return parseLines("mountinfo", text).map((line) => mountOf(line));
}

/**
 * Parses the same text, with the place of each mount.
 *
 * @throws {ProcParseError} Also if the number of a mount is none.
 *
 * @example
 * ```ts
 * import { parsePlacedMounts } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const line = "23 62 0:21 / /proc rw,nosuid - proc proc rw\n";
 * assertEquals(parsePlacedMounts(line)[0]?.parentId, 62);
 * ```
 */
export function parsePlacedMounts(text: string): PlacedMount[] {
  return parseLines("mountinfo", text).map((line) => {
    const mount = mountOf(line);
    const [mountId = "", parentId = ""] = line.split(" ", 2);
    return {
      ...mount,
      mountId: parseCount("mountinfo", "mount ID", mountId),
      parentId: parseCount("mountinfo", "parent ID", parentId),
    };
  });
}

function mountOf(line: string): Mount {
  const separator = line.indexOf(" - ");
  const [, , , root, mountPoint] = line.slice(0, separator).split(" ");
  const [fsType, , superOptions] = line.slice(separator + 3).split(" ");
  if (
    separator < 0 || root === undefined || mountPoint === undefined ||
    fsType === undefined || superOptions === undefined
  ) {
    throw new ProcParseError("mountinfo", { field: "a mount", text: line });
  }
  return {
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    fsType,
    superOptions: superOptions.split(","),
  };
}

/** Undoes the kernel's escapes for space, tab, newline and backslash, `\040` and the like. */
function unescapeOctal(text: string): string {
  return text.replace(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
  );
}
