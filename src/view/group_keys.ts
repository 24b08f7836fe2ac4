/**
 * What processes can be grouped by.
 *
 * @module
 */

/** What processes of a group have in common. */
export type GroupKey = "comm" | "exe" | "uid" | "cgroup";

/** Everything that processes of a group can have in common. */
export const GROUP_KEYS: readonly GroupKey[] = [
  "comm",
  "exe",
  "uid",
  "cgroup",
];
