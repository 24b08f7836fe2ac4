/** A cgroup for the churning tree, and what the kernel counts of it. */
const MOUNTINFO = "/proc/self/mountinfo";

/** A cgroup v2 of its own. It is removed with its block: all in it must have ended. */
export class OwnCgroup implements Disposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes one; or says why none can be made here. */
  static make(): OwnCgroup | string {
    const mount = /^\S+ \S+ \S+ \/ (\S+) .* - cgroup2 /m.exec(
      Deno.readTextFileSync(MOUNTINFO),
    )?.[1];
    if (mount === undefined) return "no cgroup v2 is mounted";
    const directory = `${mount}/procline_soak_${Deno.pid}`;
    try {
      Deno.mkdirSync(directory);
    } catch (error) {
      if (error instanceof Error) return error.message;
      throw error;
    }
    return new OwnCgroup(directory);
  }

  /** Moves a process into it; what that starts is in it too. */
  add(pid: number): void {
    Deno.writeTextFileSync(`${this.directory}/cgroup.procs`, `${pid}`);
  }

  /** The CPU seconds of all that was in it, since it was made. */
  cpuSeconds(): number {
    const text = Deno.readTextFileSync(`${this.directory}/cpu.stat`);
    return Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / 1e6;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory);
  }
}
