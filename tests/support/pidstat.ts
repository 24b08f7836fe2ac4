/** pidstat(1) of the sysstat project, with which procline is compared. */

import { type ChildOptions, run } from "./procline.ts";

/** A row of pidstat by the heads of its columns. */
export type PidstatRow = Readonly<Record<string, string>>;

/** All that it can tell of a process and its threads. */
export const ALL_OF_PIDSTAT: readonly string[] = "-t -u -r -d -w -s -v -R"
  .split(" ");

/** The time is one word in every row. */
export const PIDSTAT_OPTIONS: ChildOptions = {
  env: { LC_ALL: "C", S_TIME_FORMAT: "ISO" },
};

/** The command that shows a process in rows with all columns; `when` is its interval and count. */
export function pidstatArgv(
  options: readonly string[],
  pid: string,
  when: readonly string[],
): string[] {
  return ["pidstat", "-h", ...options, "-p", pid, ...when];
}

/** What it prints of a process. Without `when` it is of the time since the start of the host. */
export async function pidstat(
  options: readonly string[],
  pid: string,
  when: readonly string[] = [],
): Promise<PidstatRow[]> {
  const argv = pidstatArgv(options, pid, when);
  const { stdout } = await run(argv, PIDSTAT_OPTIONS);
  return pidstatRows(stdout.split("\n"));
}

/** The rows of its lines. */
export function pidstatRows(lines: readonly string[]): PidstatRow[] {
  const words = (line: string) => line.trim().split(/\s+/);
  const heads = words(lines.find((line) => line.startsWith("# Time")) ?? "")
    .slice(1);
  return lines.filter((line) => /^\d/.test(line)).map((line) => {
    const values = words(line);
    return Object.fromEntries(heads.map((head, i) => [head, values[i] ?? ""]));
  });
}
