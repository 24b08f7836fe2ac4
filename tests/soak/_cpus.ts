/** CPUs that go off line and on again. */
const CPUS = "/sys/devices/system/cpu";
const PERIOD_MS = 3000;

/** The last CPU of this host, which can be switched off; or why there is none. */
export function lastCpu(): { readonly path: string } | string {
  const numbers = [...Deno.readDirSync(CPUS)]
    .map(({ name }) => Number(/^cpu(\d+)$/.exec(name)?.[1] ?? NaN))
    .filter((number) => number > 0);
  const path = `${CPUS}/cpu${Math.max(...numbers)}/online`;
  try {
    if (Deno.readTextFileSync(path) !== "1\n") return `${path} is not on`;
    // That it can be opened for writing tells that it may be; nothing is written.
    Deno.openSync(path, { write: true }).close();
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
  return { path };
}

/** Switches it off and on until the signal, and leaves it on; returns how often it was off. */
export async function switchCpu(
  { path }: { readonly path: string },
  signal: AbortSignal,
): Promise<number> {
  const switchOnAndExit = () => {
    Deno.writeTextFileSync(path, "1");
    Deno.exit(1);
  };
  Deno.addSignalListener("SIGINT", switchOnAndExit);
  Deno.addSignalListener("SIGTERM", switchOnAndExit);
  let times = 0;
  try {
    while (!signal.aborted) {
      await Deno.writeTextFile(path, "0");
      times++;
      await sleep(PERIOD_MS);
      await Deno.writeTextFile(path, "1");
      await sleep(PERIOD_MS);
    }
  } finally {
    await Deno.writeTextFile(path, "1");
    Deno.removeSignalListener("SIGINT", switchOnAndExit);
    Deno.removeSignalListener("SIGTERM", switchOnAndExit);
  }
  return times;
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
