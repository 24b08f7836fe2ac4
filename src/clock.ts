/**
 * The two clocks a sampler reads, and what the sampler itself costs: values, so that a test or a recording can stand for them.
 *
 * @module
 */

import process from "node:process";

/** Tells the time in two ways. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. It labels a sample and may step either way. */
  epochMs(): number;
  /** Milliseconds since a fixed point, never falling: what windows are measured with. */
  monotonicMs(): number;
}

/** What the program that samples has used itself. */
export interface SelfUsage {
  /** CPU seconds, user and kernel, since the program's start. */
  readonly cpuSeconds: number;
  /** Resident memory in bytes. */
  readonly rssBytes: number;
}

/** This host's clocks. */
export const hostClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** What this program has used, threads and the runtime included. */
export function hostSelfUsage(): SelfUsage {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    rssBytes: process.memoryUsage.rss(),
  };
}
