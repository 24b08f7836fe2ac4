/**
 * The two clocks that a sampler reads, and what the sampling program uses itself: values, so that a
 * test or a recording can replace them.
 *
 * @module
 */

/** A wall clock and a monotonic one. */
export interface Clock {
  /**
   * Milliseconds since 1970-01-01 UTC; a sample has the whole ones. It labels a sample, and may
   * step forwards and backwards.
   */
  epochMs(): number;
  /**
   * Milliseconds since a fixed point, never falling: what windows are measured with.
   *
   * `instant` names the instant of a sample that is asked for, so that a replay can answer with the
   * recorded one: when the sweep begins, when the files of the processes are read, when the host
   * and the cgroups are read. Other clocks ignore it.
   */
  monotonicMs(instant?: "sweep" | "processes" | "host"): number;
}

/** What the sampling program has used itself, its threads and the runtime included. */
export interface SelfUsage {
  /** CPU seconds, user and kernel mode together, since the program's start. */
  cpuSeconds(): number;
  /** Resident memory in bytes. */
  rssBytes(): number;
}

/** The clocks of this host. */
export const hostClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/**
 * What this program has used. The first call of `cpuSeconds` loads `node:process`, which takes as
 * long as some hundred processes.
 */
export const hostSelfUsage: SelfUsage = {
  cpuSeconds: () => {
    // deno-lint-ignore no-process-global -- an import would load it at the start.
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  rssBytes: () => Deno.memoryUsage().rss,
};
