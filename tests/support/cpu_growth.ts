/** How the CPU time of a job grows with its size. */

const TRIES = 5;

/**
 * How many times the CPU time of a small job a large one takes: the least of some tries, taken
 * in turns after one to warm up, as whatever else the machine does can only add to either.
 */
export function growthOfCpu(
  run: (size: number) => void,
  small: number,
  large: number,
): number {
  run(small);
  let [ofSmall, ofLarge] = [Infinity, Infinity];
  for (let i = 0; i < TRIES; i++) {
    ofSmall = Math.min(ofSmall, cpuOf(() => run(small)));
    ofLarge = Math.min(ofLarge, cpuOf(() => run(large)));
  }
  return ofLarge / ofSmall;
}

/** In microseconds. */
function cpuOf(run: () => void): number {
  // deno-lint-ignore no-process-global -- as the program itself does.
  const before = process.cpuUsage();
  run();
  // deno-lint-ignore no-process-global -- as the program itself does.
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
