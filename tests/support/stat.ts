/** What the kernel says of a process in its `stat`, see proc_pid_stat(5). */

const TICKS_PER_SECOND = 100;

/** Its state: `S` if it sleeps, `Z` if it is a zombie. */
export function stateOf(pid: number): string {
  return fieldsOf(`/proc/${pid}`)[0] ?? "";
}

/** The CPU seconds that it has used, without those of its children. */
export function cpuSecondsOf(pid: number): number {
  return secondsIn(`/proc/${pid}`);
}

/** The CPU seconds that its main thread has used. */
export function mainThreadSecondsOf(pid: number): number {
  return secondsIn(`/proc/${pid}/task/${pid}`);
}

function secondsIn(directory: string): number {
  const fields = fieldsOf(directory);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The fields behind the name. */
function fieldsOf(directory: string): string[] {
  const stat = Deno.readTextFileSync(`${directory}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
