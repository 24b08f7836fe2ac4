import { assertEquals, assertLess } from "@std/assert";
import {
  MissedTicks,
  type Tick,
  type TickOptions,
  ticks,
} from "../../src/measure/schedule.ts";

/** A clock that only moves when the test moves it. */
class FakeClock {
  #now: number;

  constructor(now = 0) {
    this.#now = now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  epochMs(): number {
    return 0;
  }

  monotonicMs(): number {
    return this.#now;
  }
}

/**
 * Collects ticks. The consumer takes this many milliseconds for each, so that no tick has to wait.
 */
async function collect(
  options: TickOptions & { readonly clock: FakeClock },
  busyMs: readonly number[],
): Promise<Tick[]> {
  const all: Tick[] = [];
  for await (const tick of ticks(options)) {
    all.push(tick);
    const busy = busyMs[all.length - 1];
    if (busy === undefined) break;
    options.clock.advance(busy);
  }
  return all;
}

Deno.test("ticks() yields at once", async () => {
  const clock = new FakeClock(5000);
  const first = await ticks({ intervalMs: 60_000, clock }).next();
  assertEquals(first, { done: false, value: { missed: 0 } });
});

Deno.test("ticks() misses nothing if the consumer takes an interval", async () => {
  const clock = new FakeClock(123.5);
  assertEquals(await collect({ intervalMs: 100, clock }, [100, 100, 100]), [
    { missed: 0 },
    { missed: 0 },
    { missed: 0 },
    { missed: 0 },
  ]);
});

Deno.test("ticks() says how many a slow consumer has missed", async () => {
  const clock = new FakeClock();
  assertEquals(await collect({ intervalMs: 100, clock }, [300, 100, 500]), [
    { missed: 0 },
    { missed: 2 },
    { missed: 0 },
    { missed: 4 },
  ]);
});

Deno.test("ticks() misses a million intervals without counting through them", async () => {
  const clock = new FakeClock();
  assertEquals(await collect({ intervalMs: 1, clock }, [1_000_000]), [
    { missed: 0 },
    { missed: 999_999 },
  ]);
});

Deno.test("ticks() does not drift from the start", async () => {
  const clock = new FakeClock();
  const interval = 20;
  const generator = ticks({ intervalMs: interval, clock });
  await generator.next();
  // The consumer takes 5 ms for the second tick: the next is due 15 ms later, not 20.
  clock.advance(interval);
  await generator.next();
  clock.advance(5);
  const pending = generator.next();
  clock.advance(15);
  assertEquals(await pending, { done: false, value: { missed: 0 } });
  assertEquals(clock.monotonicMs(), 40);
});

Deno.test("ticks() says of a tick that comes late, as after SIGSTOP, what it has missed", async () => {
  const clock = new FakeClock();
  const generator = ticks({ intervalMs: 10, clock });
  await generator.next();
  const pending = generator.next();
  clock.advance(47);
  assertEquals((await pending).value, { missed: 3 });
  const next = generator.next();
  clock.advance(3);
  assertEquals((await next).value, { missed: 0 });
});

Deno.test("ticks() waits for the clock, not for the timer", async () => {
  const clock = new FakeClock();
  const generator = ticks({ intervalMs: 2, clock });
  await generator.next();
  let isDone = false;
  const pending = generator.next().then((tick) => {
    isDone = true;
    return tick;
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(isDone, false);
  clock.advance(2);
  assertEquals(await pending, { done: false, value: { missed: 0 } });
});

Deno.test("ticks() counts none as missed that are after the duration, though the last one comes late", async () => {
  const clock = new FakeClock();
  const generator = ticks({ intervalMs: 10, durationMs: 25, clock });
  await generator.next();
  const second = generator.next();
  clock.advance(19.5);
  assertEquals((await second).value, { missed: 0 });
  const third = generator.next();
  clock.advance(40);
  assertEquals(await third, { done: false, value: { missed: 0 } });
  assertEquals(await generator.next(), { done: true, value: undefined });
});

Deno.test("ticks() ends with the duration", async () => {
  const clock = new FakeClock();
  assertEquals(
    await collect({ intervalMs: 100, durationMs: 250, clock }, [100, 100, 50]),
    [{ missed: 0 }, { missed: 0 }, { missed: 0 }],
  );
});

Deno.test("ticks() ticks at the end of the duration if an interval ends there", async () => {
  const clock = new FakeClock();
  assertEquals(
    await collect({ intervalMs: 100, durationMs: 200, clock }, [100, 100, 100]),
    [{ missed: 0 }, { missed: 0 }, { missed: 0 }],
  );
});

Deno.test("ticks() yields once if the duration is shorter than the interval", async () => {
  const clock = new FakeClock();
  assertEquals(
    await collect({ intervalMs: 100, durationMs: 1, clock }, [1]),
    [{ missed: 0 }],
  );
});

Deno.test("ticks() yields nothing once its signal is aborted", async () => {
  const clock = new FakeClock();
  const signal = AbortSignal.abort();
  assertEquals(await collect({ intervalMs: 100, clock, signal }, []), []);
});

Deno.test("ticks() ends if the signal comes between two ticks", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { signal } = controller;
  const generator = ticks({ intervalMs: 100, clock, signal });
  await generator.next();
  controller.abort();
  assertEquals(await generator.next(), { done: true, value: undefined });
});

Deno.test("ticks() ends a wait if the signal comes in it", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { signal } = controller;
  const generator = ticks({ intervalMs: 2 ** 40, clock, signal });
  await generator.next();
  const before = performance.now();
  const pending = generator.next();
  setTimeout(() => controller.abort(), 1);
  assertEquals(await pending, { done: true, value: undefined });
  assertLess(performance.now() - before, 5000);
});

Deno.test("ticks() has one listener on its signal, and none after its end", async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  const generator = ticks({ intervalMs: 1, clock, signal });
  await generator.next();
  for (let tick = 1; tick < 4; tick++) {
    const pending = generator.next();
    assertEquals(listeners, 1);
    clock.advance(1);
    await pending;
  }
  await generator.return();
  assertEquals(listeners, 0);
});

Deno.test("MissedTicks tells what took longest before a tick that was late", () => {
  const clock = new FakeClock();
  const before = { reading: 1, writing: 0, waiting: 0 };
  const missed = new MissedTicks(clock, 100, before);
  const work = (
    ticks: number,
    readMs: number,
    writeMs: number,
    waitMs: number,
  ) => {
    missed.begin({ missed: ticks });
    clock.advance(readMs);
    missed.read();
    clock.advance(writeMs);
    missed.written();
    clock.advance(waitMs);
    return missed.reasons;
  };
  assertEquals(work(0, 250, 0, 0), before);
  assertEquals(work(2, 10, 30, 60), { reading: 3, writing: 0, waiting: 0 });
  assertEquals(work(0, 60, 70, 0), { reading: 3, writing: 0, waiting: 0 });
  assertEquals(work(1, 10, 20, 500), { reading: 3, writing: 1, waiting: 0 });
  assertEquals(work(4, 0, 0, 0), { reading: 3, writing: 1, waiting: 4 });
});
