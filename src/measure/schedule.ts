/**
 * Ticks at fixed times from the start: a late one skips to the next, it never drifts or bursts.
 *
 * @module
 */

import type { Clock } from "../kernel/clock.ts";
import type { MissedReasons } from "../model/run.ts";

/**
 * The shortest interval, in milliseconds: at less, the number of ticks in a long run would not be
 * exact.
 */
export const MIN_INTERVAL_MS = 0.001;

/** When to tick. */
export interface TickOptions {
  /** Milliseconds from tick to tick, {@linkcode MIN_INTERVAL_MS} at least. */
  readonly intervalMs: number;
  /** The last tick comes at most this many milliseconds after the first; default: no end. */
  readonly durationMs?: number | undefined;
  /** Ends the ticks, also in the middle of a wait. */
  readonly signal?: AbortSignal | undefined;
  /** What time it is. */
  readonly clock: Clock;
}

/** One tick. */
export interface Tick {
  /** Ticks that have been skipped since the previous one. */
  readonly missed: number;
}

/** setTimeout takes no more. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/**
 * Yields at the start and then at each multiple of the interval that is still to come when the
 * consumer asks: one that is slow misses ticks, and the next tick says how many.
 */
export async function* ticks(options: TickOptions): AsyncGenerator<Tick, void> {
  const { intervalMs, clock, signal, durationMs = Infinity } = options;
  using alarm = new Alarm(clock, signal);
  const start = clock.monotonicMs();
  let last = 0;
  if (isAborted(signal)) return;
  yield { missed: 0 };
  for (;;) {
    const elapsed = clock.monotonicMs() - start;
    const next = Math.max(last + 1, Math.ceil(elapsed / intervalMs));
    const at = next * intervalMs;
    await alarm.until(start + Math.min(at, durationMs));
    if (isAborted(signal) || at > durationMs) return;
    // The last one may come late, and stands for itself then.
    const latest = Math.min(clock.monotonicMs() - start, durationMs);
    const tick = Math.max(next, Math.floor(latest / intervalMs));
    yield { missed: tick - last - 1 };
    last = tick;
  }
}

/** Finds out why ticks are missed, given when the work between two of them is done. */
export class MissedTicks {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #reasons: MissedReasons;
  #beganMs = 0;
  #readMs = 0;
  #writtenMs = 0;

  /** Goes on from what was missed before. */
  constructor(clock: Clock, intervalMs: number, before: MissedReasons) {
    this.#reasons = before;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** How many were missed so far, by reason. */
  get reasons(): MissedReasons {
    return this.#reasons;
  }

  /** A tick has come. */
  begin({ missed }: Tick): void {
    if (missed > 0) {
      const reason = this.#reason();
      this.#reasons = {
        ...this.#reasons,
        [reason]: this.#reasons[reason] + missed,
      };
    }
    this.#beganMs = this.#clock.monotonicMs();
  }

  /** The sample is read. */
  read(): void {
    this.#readMs = this.#clock.monotonicMs();
  }

  /** The consumer is done with it. */
  written(): void {
    this.#writtenMs = this.#clock.monotonicMs();
  }

  #reason(): keyof MissedReasons {
    const readingMs = this.#readMs - this.#beganMs;
    const writingMs = this.#writtenMs - this.#readMs;
    // The work was done in time: the tick itself was late.
    if (readingMs + writingMs < this.#intervalMs) return "waiting";
    return readingMs >= writingMs ? "reading" : "writing";
  }
}

/** Waits until the clock shows this instant, or the signal aborts. */
export async function waitUntil(
  at: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  using alarm = new Alarm(clock, signal);
  await alarm.until(at);
}

/** Waits again and again, and hears all the while whether a signal aborts. */
class Alarm {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  /** Ends the wait that is under way. */
  #wake: () => void = () => {};

  constructor(clock: Clock, signal: AbortSignal | undefined) {
    this.#clock = clock;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#aborted);
  }

  /** Waits until the clock shows this instant, or the signal aborts. */
  async until(at: number): Promise<void> {
    for (;;) {
      const waitMs = at - this.#clock.monotonicMs();
      if (waitMs <= 0 || isAborted(this.#signal)) return;
      await new Promise<void>((resolve) => {
        const most = Math.min(Math.ceil(waitMs), MAX_WAIT_MS);
        const timer = setTimeout(resolve, most);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  readonly #aborted = () => this.#wake();

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener("abort", this.#aborted);
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}
