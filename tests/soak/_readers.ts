/** Consumers that are slow, that pause, and that go away. */
import { faultsOf } from "../support/lines.ts";
import { residentBytes } from "../support/memory.ts";
import { FROM_SOURCE } from "../support/procline.ts";

/** What such a consumer has seen. */
export interface Seen {
  readonly faults: string[];
  lines: number;
  missed: number;
  mostMib: number;
}

const MIB = 1024 ** 2;
/** The most memory that procline may take, however little a consumer reads: nothing queues up. */
const MOST_MIB = 400;
const SLOW_BYTES = 4096;
const SLOW_MS = 20;
const READ_MS = 3000;
const PAUSE_MS = 7000;
const LEAVE_MS = 2000;

/** Reads a few kilobytes now and then, far less than procline prints. */
export async function readSlowly(
  root: number,
  signal: AbortSignal,
): Promise<Seen> {
  return await readAtPace(root, {
    signal,
    pause: async () => await sleep(SLOW_MS),
  });
}

/** Reads for some seconds, and then reads nothing for more of them. */
export async function readWithPauses(
  root: number,
  signal: AbortSignal,
): Promise<Seen> {
  let readsSince = performance.now();
  return await readAtPace(root, {
    signal,
    pause: async () => {
      if (performance.now() - readsSince < READ_MS) return;
      await sleep(PAUSE_MS);
      readsSince = performance.now();
    },
  });
}

/**
 * Starts procline again and again, and stops reading within a line: procline must exit with 0 and
 * say nothing.
 */
export async function startAndLeave(
  root: number,
  signal: AbortSignal,
): Promise<{ readonly runs: number; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  let runs = 0;
  while (!signal.aborted) {
    runs++;
    const child = spawn(root, "100ms");
    const said = new Response(child.stderr).text();
    const reader = child.stdout.getReader({ mode: "byob" });
    await reader.read(new Uint8Array(100 + runs * 37 % 5000));
    await reader.cancel();
    const { code } = await child.status;
    const text = await said;
    if (code !== 0 || text !== "") {
      faults.push(`A run whose reader left ended with ${code}: ${text}`);
    }
    await sleep(LEAVE_MS);
  }
  return { runs, faults };
}

async function readAtPace(
  root: number,
  how: { readonly signal: AbortSignal; readonly pause: () => Promise<void> },
): Promise<Seen> {
  const seen: Seen = { faults: [], lines: 0, missed: 0, mostMib: 0 };
  const child = spawn(root, "100ms");
  try {
    const reader = child.stdout.getReader({ mode: "byob" });
    const decoder = new TextDecoder();
    let rest = "";
    let sample: string[] = [];
    while (!how.signal.aborted) {
      const { value } = await reader.read(new Uint8Array(SLOW_BYTES));
      if (value === undefined) {
        seen.faults.push("A run ended before its reader left");
        break;
      }
      const lines = (rest + decoder.decode(value, { stream: true })).split(
        "\n",
      );
      rest = lines.pop() ?? "";
      for (const line of lines) {
        seen.lines++;
        if (line.includes('"kind":"run"')) continue;
        sample.push(line);
        if (!line.includes('"kind":"tree"')) continue;
        seen.faults.push(...faultsOf(`${sample.join("\n")}\n`).slice(0, 3));
        seen.missed += JSON.parse(line).missed_samples;
        sample = [];
      }
      seen.mostMib = Math.max(seen.mostMib, residentBytes(child.pid) / MIB);
      await how.pause();
    }
    await reader.cancel();
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
  if (seen.mostMib > MOST_MIB) {
    seen.faults.push(`A slow reader made procline take ${seen.mostMib} MiB`);
  }
  return seen;
}

function spawn(root: number, interval: string) {
  const [deno = "", ...args] = FROM_SOURCE;
  return new Deno.Command(deno, {
    args: [...args, `--pid=${root}`, `--interval=${interval}`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  }).spawn();
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
