/** How the CPU time of a job grows with its size. */
// deno-lint-ignore-file no-process-global -- as the program itself does.

const TRIES = 5;

/**
 * How many times the CPU time of a small job a large one takes: the least of some tries, taken
 * in turns after one to warm up, as whatever else the machine does can only add to either. The
 * small one is repeated until it has done as much as the large one.
 *
 * @param repeats How often the large one is run in a try: as the clock may only count hundredths of
 * a second, one of less than a tenth is to be repeated.
 */
export function growthOfCpu(
  run: (size: number) => void,
  small: number,
  large: number,
  repeats = 1,
): number {
  const times = large / small;
  run(large);
  let [ofSmall, ofLarge] = [Infinity, Infinity];
  for (let i = 0; i < TRIES; i++) {
    ofSmall = Math.min(ofSmall, cpuOf(run, small, repeats * times));
    ofLarge = Math.min(ofLarge, cpuOf(run, large, repeats));
  }
  return times * ofLarge / ofSmall;
}

/** In microseconds. */
function cpuOf(
  run: (size: number) => void,
  size: number,
  repeats: number,
): number {
  const before = threadCpu();
  for (let i = 0; i < repeats; i++) run(size);
  return threadCpu() - before;
}

/**
 * The CPU time of this thread, as other tests run in other threads of the process; of the process,
 * where the runtime does not tell that of a thread.
 */
function threadCpu(): number {
  const { user, system } = typeof process.threadCpuUsage === "function"
    ? process.threadCpuUsage()
    : process.cpuUsage();
  return user + system;
}
