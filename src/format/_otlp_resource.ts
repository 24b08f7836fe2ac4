/** What OTLP's resources are: the run, and each process. */

import type { ProcessSample } from "../model/process.ts";
import type { Run } from "../model/run.ts";
import type { Attributes } from "./_otlp_json.ts";

/** The keys that say which process or run something is about: no label may have them. */
export const RESERVED: ReadonlySet<string> = new Set([
  "process.pid",
  "process.creation.time",
  "process.parent_pid",
  "process.executable.name",
  "process.command",
  "process.command_args",
  "process.working_directory",
  "process.real_user.id",
  "process.group_leader.pid",
  "process.session_leader.pid",
  "process.linux.cgroup",
  "process.exit.code",
  "process.exit.time",
  "procline.boot_id",
  "procline.comm",
  "procline.root.cgroup",
  "procline.root.pid",
  "procline.run.id",
  "procline.start_ticks",
  "procline.unit",
]);

/** What stands before the name of a variable of a process's environment. */
const VARIABLE = "process.environment_variable.";

/** Why these cannot be labels together; null if they can. */
export function whyNoLabels(names: readonly string[]): string | null {
  const name = names.find((one) => one.startsWith(VARIABLE));
  return name === undefined
    ? null
    : `${name} is a variable of a process's environment`;
}

/** What every resource of a run has; a label takes the place of what has its key. */
export function originOf(
  run: Run,
  labels: Readonly<Record<string, string>>,
): Attributes {
  return {
    "service.name": "procline",
    "service.instance.id": run.runId,
    "host.name": run.hostname,
    "procline.boot_id": run.bootId,
    "procline.run.id": run.runId,
    ...labels,
  };
}

/** The resource of all that is not about one process. */
export function runResource(run: Run, origin: Attributes): Attributes {
  return {
    "procline.root.pid": run.rootPid,
    "procline.root.cgroup": run.rootCgroup,
    ...origin,
  };
}

/** What is known of a process beside its figures. */
export type DescribedProcess =
  & Pick<ProcessSample, "pid" | "startTicks">
  & Partial<
    Pick<
      ProcessSample,
      | "ppid"
      | "exe"
      | "comm"
      | "cmdline"
      | "cwd"
      | "env"
      | "uid"
      | "pgrp"
      | "session"
      | "cgroup"
      | "containerId"
      | "podUid"
      | "unit"
    >
  >;

/**
 * The attributes of a process. The first two say which one it is, the others may change.
 *
 * @param createdMs When it started, in milliseconds since 1970-01-01 UTC; null if that is not
 * known.
 */
export function processAttributes(
  process: DescribedProcess,
  createdMs: number | null,
): Attributes {
  const { cmdline } = process;
  return {
    "process.pid": process.pid,
    "process.creation.time": createdMs === null
      ? null
      : new Date(createdMs).toISOString(),
    "process.parent_pid": process.ppid,
    "process.executable.name": process.exe,
    "process.command": cmdline?.[0],
    "process.command_args": cmdline,
    "process.working_directory": process.cwd,
    ...variableAttributes(process.env),
    "process.real_user.id": process.uid,
    "process.group_leader.pid": process.pgrp,
    "process.session_leader.pid": process.session,
    "process.linux.cgroup": process.cgroup,
    "container.id": process.containerId,
    "k8s.pod.uid": process.podUid,
    "procline.unit": process.unit,
    "procline.comm": process.comm,
    "procline.start_ticks": process.startTicks,
  };
}

function variableAttributes(env: DescribedProcess["env"]): Attributes {
  if (env === null || env === undefined) return {};
  return Object.fromEntries(
    Object.entries(env).map(([name, text]) => [`${VARIABLE}${name}`, text]),
  );
}

/** Whether a process has the attributes that it had before. */
export function hasSameAttributes(
  before: DescribedProcess,
  now: DescribedProcess,
): boolean {
  return before.exe === now.exe && before.comm === now.comm &&
    before.ppid === now.ppid && before.uid === now.uid &&
    before.pgrp === now.pgrp && before.session === now.session &&
    before.cgroup === now.cgroup && before.unit === now.unit &&
    before.cwd === now.cwd && before.containerId === now.containerId &&
    before.podUid === now.podUid &&
    areSameTexts(before.cmdline, now.cmdline) &&
    areSameVariables(before.env, now.env);
}

function areSameVariables(
  a: DescribedProcess["env"],
  b: DescribedProcess["env"],
): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) => a[name] === b[name]);
}

function areSameTexts(
  a: readonly string[] | null | undefined,
  b: readonly string[] | null | undefined,
): boolean {
  if (a === b) return true;
  if (!a || !b || a.length !== b.length) return false;
  return a.every((text, i) => text === b[i]);
}
