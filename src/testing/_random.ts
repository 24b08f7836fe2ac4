/** Numbers that look random, the same for the same seed. */

/**
 * Gives numbers from 0 up to 1, without it: "mulberry32", a generator by Tommy Ettinger of 32 bits of state, which passes gjrand's tests.
 *
 * @param seed Its lowest 32 bits count.
 */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
