/** A consumer that keeps up, and checks every line. */
import { type AnyLine, faultsOf } from "../support/lines.ts";
import { residentBytes, slopeOf } from "../support/memory.ts";
import { type Child, startProcline } from "../support/procline.ts";
import type { Churn } from "./_churn.ts";
import { CounterWatch } from "./_counters.ts";

const INTERVAL_MS = 200;
const MIB = 1024 ** 2;
const CALM_SAMPLES = 5;
/** Further faults would be like these. */
const MAX_FAULTS = 20;

/** Memory in MiB. */
export interface Memory {
  readonly first: number;
  /** The most in the second quarter of the run, when all code has been compiled. */
  readonly earlier: number;
  /** The most in the second half. */
  readonly later: number;
  readonly last: number;
  /** The slope of the straight line through the second half, for each minute. */
  readonly slope: number;
}

/** procline, whose lines are read at once. It ends with its block. */
export class Prompt implements AsyncDisposable {
  /** What was wrong, a sentence each. */
  readonly faults: string[] = [];
  numSamples = 0;
  numLines = 0;
  /** Samples that procline missed. */
  missed = 0;
  /** How many processes were left out, in all: gone, denied, malformed. */
  readonly leftOut: [gone: number, denied: number, malformed: number] = [
    0,
    0,
    0,
  ];
  /** Samples that were not consistent. */
  inconsistent = 0;
  /** The most processes in a sample. */
  mostProcesses = 0;
  /** The most descriptors that were open. */
  mostDescriptors = 0;
  /** The CPU seconds last seen of the busy process. */
  busySeconds = 0;
  readonly #churn: Churn;
  readonly #child: Child;
  readonly #counters = new CounterWatch();
  readonly #seen = new Set<string>();
  readonly #sizes: number[] = [];
  readonly #reading: Promise<void>;
  #seq = -1;
  #last: AnyLine = {};
  #onSample: () => void = () => {};

  /** Starts procline on the tree; `root` is the option that says so. */
  constructor(churn: Churn, root: string) {
    this.#churn = churn;
    this.#child = startProcline([
      root,
      `--interval=${INTERVAL_MS}ms`,
      "--events",
    ]);
    this.#reading = this.#read();
  }

  /** The CPU seconds of the tree at the latest sample. */
  get treeSeconds(): number {
    return this.#last.user_cpu_seconds_total +
      this.#last.kernel_cpu_seconds_total;
  }

  /** How many processes were seen. */
  get numSeen(): number {
    return this.#seen.size;
  }

  /** Waits for this many more samples. */
  async samples(count: number): Promise<void> {
    await this.#until(this.numSamples + count, () => true);
  }

  /** Waits until the tree is as it was before it churned. */
  async calm(): Promise<void> {
    const processes = this.#churn.stable.length + 2;
    await this.#until(0, () => this.#last.num_processes === processes);
  }

  /**
   * How many descriptors procline keeps open: the least of several counts, each between two
   * samples. The runtime holds stdout twice while it writes, and perhaps still when the line
   * arrives.
   */
  async keptDescriptors(): Promise<number> {
    let least = Infinity;
    for (let i = 0; i < CALM_SAMPLES; i++) {
      await this.samples(1);
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS / 2));
      least = Math.min(least, this.#descriptors());
    }
    return least;
  }

  /** The memory that procline has used. */
  memory(): Memory {
    const sizes = this.#sizes;
    const half = sizes.slice(sizes.length / 2);
    const minutes = INTERVAL_MS / 60_000;
    return {
      first: sizes[0] ?? NaN,
      earlier: Math.max(...sizes.slice(sizes.length / 4, sizes.length / 2)),
      later: Math.max(...half),
      last: sizes.at(-1) ?? NaN,
      slope: slopeOf(half) / minutes,
    };
  }

  /** Ends procline. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#reading;
    await this.#child[Symbol.asyncDispose]();
  }

  #descriptors(): number {
    return Array.from(Deno.readDirSync(`/proc/${this.#child.pid}/fd`)).length;
  }

  async #until(count: number, condition: () => boolean): Promise<void> {
    while (this.numSamples < count || !condition()) {
      await new Promise<void>((resolve) => this.#onSample = resolve);
    }
  }

  async #read(): Promise<void> {
    let lines: string[] = [];
    for (;;) {
      const line = await this.#child.line();
      this.numLines++;
      if (line.includes('"kind":"run"')) continue;
      if (line.includes('"kind":"end"')) return;
      lines.push(line);
      if (!line.includes('"kind":"tree"')) continue;
      this.#check(lines);
      lines = [];
    }
  }

  #check(texts: readonly string[]): void {
    this.#blame(...faultsOf(`${texts.join("\n")}\n`));
    const lines: AnyLine[] = texts.map((text) => JSON.parse(text));
    this.#blame(...this.#counters.faultsOf(lines));
    const tree = lines.at(-1) ?? {};
    this.#last = tree;
    this.numSamples++;
    if (tree.seq !== this.#seq + 1 + tree.missed_samples) {
      this.#blame(`Sample ${tree.seq} comes after ${this.#seq}`);
    }
    this.#seq = tree.seq;
    this.missed += tree.missed_samples;
    this.leftOut[0] += tree.gone;
    this.leftOut[1] += tree.denied;
    this.leftOut[2] += tree.malformed;
    if (!tree.consistent) this.inconsistent++;
    this.mostProcesses = Math.max(this.mostProcesses, tree.num_processes);
    const pids = new Set<number>();
    for (const line of lines) {
      if (line.kind !== "process") continue;
      pids.add(line.pid);
      this.#seen.add(`${line.pid} ${line.start_ticks}`);
      if (line.pid === this.#churn.busy) {
        this.busySeconds = line.user_cpu_seconds_total +
          line.kernel_cpu_seconds_total;
      }
    }
    for (const pid of this.#churn.stable) {
      if (!pids.has(pid)) {
        this.#blame(`Sample ${tree.seq} lacks process ${pid}`);
      }
    }
    this.mostDescriptors = Math.max(
      this.mostDescriptors,
      this.#descriptors(),
    );
    this.#sizes.push(residentBytes(this.#child.pid) / MIB);
    this.#onSample();
  }

  #blame(...faults: readonly string[]): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(...faults);
  }
}
