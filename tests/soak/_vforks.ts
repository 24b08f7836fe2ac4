/** Parents with much memory that start programs by vfork(2): their memory counts once. */
import { type AnyLine, faultsOf } from "../support/lines.ts";
import { Child, startProcline } from "../support/procline.ts";
import type { Program } from "./_program.ts";

const PARENTS = 2;
const MIB_EACH = 200;
/** What else there is: the programs' own pages, and those that are started. */
const MORE_MIB = 16;
const MIB = 1024 ** 2;
const MAX_FAULTS = 20;

/** What was seen of the parents. */
export interface VforksReport {
  readonly faults: readonly string[];
  readonly samples: number;
  /** Lines of children between vfork and exec. */
  readonly sharing: number;
  /** The most and the least resident memory of the tree in MiB; and the peak at the end. */
  readonly most: number;
  readonly least: number;
  readonly peak: number;
}

/** Watches them until the signal. */
export async function watchVforks(
  program: Program,
  signal: AbortSignal,
): Promise<VforksReport> {
  await using tree = new Child([program.path, `${PARENTS}`, `${MIB_EACH}`]);
  await tree.line();
  await using procline = startProcline([
    `--pid=${tree.pid}`,
    "--interval=50ms",
  ]);
  const end = () => procline.kill("SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const faults: string[] = [];
  let texts: string[] = [];
  let samples = 0;
  let sharing = 0;
  let most = 0;
  let least = Infinity;
  let peak = NaN;
  for await (const text of procline.lines()) {
    const line: AnyLine = JSON.parse(text);
    if (line.kind === "end") peak = line.peak_rss_bytes / MIB;
    if (line.kind !== "process" && line.kind !== "tree") continue;
    texts.push(text);
    const isChild = line.ppid !== tree.pid && line.pid !== tree.pid;
    if (line.kind === "process" && isChild && line.comm === "vforks") sharing++;
    if (line.kind !== "tree") continue;
    faults.push(...faultsOf(`${texts.join("\n")}\n`));
    texts = [];
    samples++;
    if (line.rss_bytes === null) continue;
    most = Math.max(most, line.rss_bytes / MIB);
    least = Math.min(least, line.rss_bytes / MIB);
  }
  const truth = PARENTS * MIB_EACH;
  if (most > truth + MORE_MIB || peak > truth + MORE_MIB) {
    faults.push(
      `${truth} MiB that vfork shares were seen as ${most}, at the end as ${peak}`,
    );
  }
  if (least < truth) faults.push(`Of ${truth} MiB ${least} were seen`);
  if (sharing === 0) faults.push("No child was seen between vfork and exec");
  return {
    faults: faults.slice(0, MAX_FAULTS),
    samples,
    sharing,
    most,
    least,
    peak,
  };
}
