/** Process ids that go round and are taken over: storm.c, and a procline beside it. */
import { type AnyLine, faultsOf } from "../support/lines.ts";
import { Child, FROM_SOURCE } from "../support/procline.ts";
import { CounterWatch } from "./_counters.ts";
import type { Program } from "./_program.ts";

/** How many tasks end at once, in each second. */
const FORKS = 1500;
/** The highest id of the namespace, where that is its own (since Linux 6.14). */
const PID_MAX = 8000;
/** The truth may be told this much later than it is. */
const LAG_US = 3_000_000;
/** Dates on lines are cut to milliseconds. */
const ROUNDING_US = 1000;
const MAX_FAULTS = 20;

/** A time during which a process lives, in microseconds since 1970; both ends are inside. */
interface Life {
  readonly from: number;
  to: number;
}

/** What was seen of the storm. */
export interface StormReport {
  readonly faults: readonly string[];
  readonly samples: number;
  readonly inconsistent: number;
  /** How many children were looked for in how many consistent samples, in all. */
  readonly lookedFor: number;
  /** How often a child has the id of an outsider that had just ended. */
  readonly taken: number;
  /** How often the ids went round. */
  readonly rounds: number;
}

/** Whether a pid namespace can be made here; else why not. */
export function whyNoStorm(): string | null {
  return Deno.uid() === 0 ? null : "not root";
}

/** Lets procline watch the root in the storm until the signal, and compares it with the truth. */
export async function watchStorm(
  program: Program,
  signal: AbortSignal,
): Promise<StormReport> {
  await using storm = new Child([
    ..."unshare -pf --kill-child --mount-proc sh -c".split(" "),
    `${hasOwnPidMax() ? `echo ${PID_MAX} > /proc/sys/kernel/pid_max;` : ""}
     exec "$@"`,
    "sh",
    program.path,
    `${FORKS}`,
  ]);
  const root = Number((await storm.line()).split(" ")[1]);
  const init = await childOf(storm.pid);
  await using procline = new Child([
    ..."nsenter -p -m -t".split(" "),
    `${init}`,
    ...FROM_SOURCE,
    `--pid=${root}`,
    "--interval=100ms",
  ]);
  const truth = new Truth();
  const check = new Check(truth);
  const isOver = new Promise<void>((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
  const told = truth.read(storm);
  const watched = check.read(procline);
  await Promise.race([isOver, told, watched]);
  // nsenter(1) does not hand signals on.
  Deno.kill(await childOf(procline.pid), "SIGTERM");
  await watched;
  await storm.closeInput();
  await told;
  check.finish();
  return {
    faults: check.faults,
    samples: check.samples,
    inconsistent: check.inconsistent,
    lookedFor: check.lookedFor,
    taken: truth.taken,
    rounds: truth.rounds,
  };
}

/** The only child of a process. */
async function childOf(pid: number): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return Number(children.trim());
}

/** When which children of the root were there. */
class Truth {
  readonly #lives = new Map<number, Life[]>();
  /** Up to when it has been told. */
  toldUntil = 0;
  taken = 0;
  rounds = 0;
  #lastPid = 0;

  /** Reads what the root prints, up to its end. */
  async read(storm: Child): Promise<void> {
    for await (const line of storm.lines()) {
      const [what, pid = 0, at = 0] = line.split(" ").map((word, i) =>
        i === 0 ? word : Number(word)
      ) as [string, number, number];
      if (what === "taken") this.taken++;
      if (what !== "start" && what !== "end") continue;
      this.toldUntil = at;
      const lives = this.#lives.get(pid) ?? [];
      if (what === "start") {
        if (pid < this.#lastPid) this.rounds++;
        this.#lastPid = pid;
        this.#lives.set(pid, [...lives.slice(-1), { from: at, to: Infinity }]);
      } else {
        const last = lives.at(-1);
        if (last !== undefined) last.to = at;
      }
    }
  }

  /** The children that were there from one time to another. */
  during(from: number, to: number): number[] {
    const pids: number[] = [];
    for (const [pid, lives] of this.#lives) {
      if (lives.some((life) => life.from < from && life.to > to)) {
        pids.push(pid);
      }
    }
    return pids;
  }
}

/** A sample, to be compared once the truth is known. */
interface Waiting {
  readonly seq: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly pids: ReadonlySet<number>;
}

/** Compares samples with the truth. */
class Check {
  readonly faults: string[] = [];
  samples = 0;
  inconsistent = 0;
  lookedFor = 0;
  readonly #truth: Truth;
  readonly #counters = new CounterWatch();
  #waiting: Waiting[] = [];

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  /** Reads what procline prints, up to its end. */
  async read(procline: Child): Promise<void> {
    let texts: string[] = [];
    for await (const line of procline.lines()) {
      if (!/"kind":"(process|tree)"/.test(line)) continue;
      texts.push(line);
      if (!line.includes('"kind":"tree"')) continue;
      this.#add(texts);
      texts = [];
    }
  }

  /** Compares what still waits, as far as the truth was told. */
  finish(): void {
    this.#compare(0);
    if (this.lookedFor === 0) this.#blame("No child was looked for");
    if (this.#truth.taken === 0) this.#blame("No child took an outsider's id");
    if (this.inconsistent > this.samples / 5) {
      this.#blame(`${this.inconsistent} samples were not consistent`);
    }
  }

  #add(texts: readonly string[]): void {
    const lines: AnyLine[] = texts.map((text) => JSON.parse(text));
    const tree = lines.at(-1) ?? {};
    this.#blame(...faultsOf(`${texts.join("\n")}\n`));
    this.#blame(...this.#counters.faultsOf(lines));
    this.samples++;
    if (!tree.consistent) {
      this.inconsistent++;
      return;
    }
    const fromUs = tree.epoch_ms * 1000;
    this.#waiting.push({
      seq: tree.seq,
      fromUs,
      toUs: fromUs + ROUNDING_US + tree.sample_seconds * 1e6,
      pids: new Set(lines.slice(0, -1).map(({ pid }) => pid)),
    });
    this.#compare(LAG_US);
  }

  #compare(lagUs: number): void {
    const known = this.#truth.toldUntil - lagUs;
    const ready = this.#waiting.filter(({ toUs }) => toUs < known);
    this.#waiting = this.#waiting.filter(({ toUs }) => toUs >= known);
    for (const { seq, fromUs, toUs, pids } of ready) {
      const children = this.#truth.during(fromUs, toUs);
      this.lookedFor += children.length;
      const missing = children.filter((pid) => !pids.has(pid));
      if (missing.length > 0) {
        this.#blame(`Sample ${seq} of the storm lacks ${missing.join(", ")}`);
      }
    }
  }

  #blame(...faults: readonly string[]): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(...faults);
  }
}

/** The highest id is one for all namespaces before Linux 6.14: it must be left alone there. */
function hasOwnPidMax(): boolean {
  const [major = 0, minor = 0] = Deno.osRelease().split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 14);
}
