/**
 * The two clocks a sampler reads, and what the sampler itself costs: values, so that a test or a recording can stand for them.
 *
 * @module
 */

/** Tells the time in two ways. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. It labels a sample and may step either way. */
  epochMs(): number;
  /** Milliseconds since a fixed point, never falling: what windows are measured with. */
  monotonicMs(): number;
}

/** What the program that samples has used itself, threads and the runtime included. */
export interface SelfUsage {
  /** CPU seconds, user and kernel, since the program's start. */
  cpuSeconds(): number;
  /** Resident memory in bytes. */
  rssBytes(): number;
}

/** This host's clocks. */
export const hostClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** What this program has used. The first call of `cpuSeconds` loads `node:process`, which takes as long as some hundred processes. */
export const hostSelfUsage: SelfUsage = {
  cpuSeconds: () => {
    // deno-lint-ignore no-process-global -- an import would load it at the start, before the first sample.
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  rssBytes: () => Deno.memoryUsage().rss,
};
