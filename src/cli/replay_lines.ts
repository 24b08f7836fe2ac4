/**
 * A replay of lines: other formats and views of what runs have printed in the format `records`.
 *
 * @module
 */

import { standsFor } from "../collect/collectors.ts";
import { RecordingError } from "../errors.ts";
import type { Encoder, EncoderOptions } from "../format/format.ts";
import { takesOption } from "../format/formats.ts";
import type { Run, RunEnd } from "../model/run.ts";
import { lengthOfRun } from "../model/run_length.ts";
import { LinesSummary } from "../recording/lines_summary.ts";
import {
  ReplayedLines,
  type ReplayedPart,
} from "../recording/replayed_lines.ts";
import { ToldEvents } from "../recording/told_events.ts";
import type { PartOfRun } from "../view/part_of_run.ts";
import type { RunningView } from "../view/view.ts";
import { startViews } from "../view/views.ts";
import type { CommandContext } from "./context.ts";
import type { ReplayCommand } from "./command.ts";
import { openText } from "./output.ts";
import { collectorsFor, windowForBlocks } from "./print.ts";
import {
  checkFields,
  checkFirstSample,
  checkRun,
  lackingProcesses,
  needsAll,
  type SamplePart,
  shownPart,
} from "./replay_checks.ts";
import {
  abandonRun,
  closeRun,
  type LastSample,
  lastText,
  NOT_REPLAYED,
  type ReplayOutput,
  turnsOfSignals,
} from "./replay_output.ts";
import type { RunSummaryPrinter } from "./summary.ts";

type RunPart = Extract<ReplayedPart, { kind: "run" }>;

/** What lines are called in a sentence. */
const FROM_LINES = {
  name: "a run of the lines",
  lacks: "the lines were printed without it",
};

/**
 * Prints what lines hold, as they come. What is wrong with them is said at the end.
 *
 * @throws {RecordingError} If they do not hold what was asked for.
 */
export async function printLines(
  command: ReplayCommand,
  context: CommandContext,
  to: ReplayOutput,
  batches: AsyncIterable<readonly string[]>,
): Promise<void> {
  const { signal } = to;
  const lines = new ReplayedLines();
  const printer = new LinesPrinter(command, to, {
    window: await windowForBlocks(command, context),
    summary: command.summary === true
      ? new (await import("./summary.ts")).RunSummaryPrinter(context)
      : null,
  });
  try {
    for await (const batch of batches) {
      // The last one of an input that a signal has ended may be cut.
      if (signal.aborted) break;
      for (const line of batch) {
        for (const part of lines.add(line)) await printer.take(part);
        if (signal.aborted || printer.isDone) break;
      }
      if (signal.aborted || printer.isDone) break;
    }
    if (!printer.isDone && !signal.aborted) {
      for (const part of lines.finish()) await printer.take(part);
    }
    await printer.finish();
  } catch (error) {
    await printer.abandon();
    throw error;
  } finally {
    for (const sentence of lines.remarks) context.warn(sentence);
    for (const sentence of printer.remarks) context.warn(sentence);
  }
}

/** A run that is printed. */
interface PrintedRun {
  readonly run: Run;
  readonly encoder: Encoder;
  readonly view: RunningView;
  readonly part: PartOfRun;
  readonly tally: LinesSummary | null;
  /** Tells events that the lines do not have; null: they have them, or nothing needs them. */
  readonly told: ToldEvents | null;
  /** When the last sample was taken; null before the first. */
  lastEpochMs: number | null;
}

/** What runs are printed with, beside their lines. */
interface PrinterOptions {
  /** The encoder's window for pictures; undefined: there is none. */
  readonly window: EncoderOptions["window"];
  /** Shows the summary of each run; null: there is none. */
  readonly summary: RunSummaryPrinter | null;
}

/** Prints runs, one after the other. */
class LinesPrinter {
  readonly #command: ReplayCommand;
  readonly #to: ReplayOutput;
  readonly #options: PrinterOptions;
  readonly #turn = turnsOfSignals();
  readonly #remarks = new Set<string>();
  /** A run that is to begin, once its first sample shows whether it has events. */
  #next: RunPart | null = null;
  #current: PrintedRun | null = null;
  /** The sample that was printed last, of whichever run. */
  #last: LastSample | null = null;
  #numRuns = 0;
  #numPrinted = 0;
  #numIncomplete = 0;

  constructor(
    command: ReplayCommand,
    to: ReplayOutput,
    options: PrinterOptions,
  ) {
    this.#command = command;
    this.#to = to;
    this.#options = options;
  }

  /** Whether as many samples were printed as were asked for. */
  get isDone(): boolean {
    return this.#numPrinted >= (this.#command.count ?? Infinity);
  }

  /** What could not be printed as it was asked for, in sentences. */
  get remarks(): readonly string[] {
    const incomplete = this.#numIncomplete === 0 ? [] : [
      `Left out ${this.#numIncomplete} samples of which lines of processes are missing`,
    ];
    return [...this.#remarks, ...incomplete];
  }

  /** Prints what lines have become. */
  async take(part: ReplayedPart): Promise<void> {
    switch (part.kind) {
      case "run":
        await this.#close(null);
        this.#next = part;
        return;
      case "sample":
        if (!this.isDone) await this.#print(part);
        return;
      case "end":
        await this.#open(null);
        await this.#close(part.end);
        return;
    }
  }

  /** Ends the run that is under way. */
  async finish(): Promise<void> {
    const { signal } = this.#to;
    if (!signal.aborted) await this.#open(null);
    await this.#close(null);
    const last = this.#last;
    if (last !== null && this.#command.format.isReplaced === true) {
      await this.#to.output.write(lastText(last));
    }
  }

  /** Closes the run that is under way after a fault. */
  async abandon(): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    this.#current = null;
    const { encoder } = current;
    const { exports } = this.#to;
    await abandonRun({ encoder, lines: this.#to.output, exports });
  }

  async #print(part: SamplePart): Promise<void> {
    const { sample, numLacking, lacking } = part;
    const isFirst = this.#next !== null;
    if (isFirst) checkFirstSample(sample, this.#command);
    if (lacking.length > 0) checkFields(lacking, this.#command);
    const isIncomplete = numLacking > 0 && needsAll(this.#command);
    if (isIncomplete && isFirst) throw lackingProcesses(part);
    await this.#open(part);
    const begun = this.#begun;
    const { encoder, view, part: shown, tally, told } = begun;
    begun.lastEpochMs = sample.epochMs;
    if (isIncomplete) {
      this.#numIncomplete++;
      return;
    }
    const isTold = told !== null && numLacking === 0;
    const whole = isTold ? told.apply(sample) : sample;
    tally?.add(whole);
    const printed = view.apply(shown.sample(whole));
    this.#last = { encoder, sample: printed, end: null };
    if (this.#command.format.isReplaced === true) await this.#turn();
    else await this.#to.output.write(encoder.lines(printed));
    await this.#to.exports?.take(whole);
    this.#numPrinted++;
  }

  get #begun(): PrintedRun {
    if (this.#current === null) {
      throw new Error("Cannot print a sample: no run has begun");
    }
    return this.#current;
  }

  /** Opens the run that is to begin, if there is one. */
  async #open(first: SamplePart | null): Promise<void> {
    const next = this.#next;
    if (next === null) return;
    this.#next = null;
    const { format, views, exports } = this.#command;
    const { run, labels: own, hasLine } = next;
    const { collectors } = run;
    checkRun({ labels: own, collectors }, this.#command, FROM_LINES);
    const labels = { ...own, ...this.#command.labels };
    const hasEvents = (first?.sample.events.length ?? 0) > 0 ||
      first?.sample.processes.length === 0;
    const needed = [
      ...collectorsFor(this.#command, collectors),
      ...exports.flatMap((one) => collectorsFor(one, collectors)),
    ];
    const isTold = !hasEvents && needed.includes("events");
    const asked = isTold ? [...collectors] : [...collectors, "events"];
    this.#remarkOn(needed, asked);
    const part = shownPart(this.#command, run, asked);
    const shownRun = part.run(run);
    const encoder = format.create({
      ...this.#command,
      labels,
      window: this.#options.window,
    });
    const isDocument = encoder.close !== undefined;
    if (++this.#numRuns > 1 && (isDocument || this.#to.exports !== null)) {
      throw new RecordingError(
        `Cannot replay: these are lines of several runs, and ${
          isDocument ? "this format" : "--export"
        } takes one`,
      );
    }
    this.#current = {
      run,
      encoder,
      part,
      view: startViews(views, shownRun),
      tally: this.#options.summary === null ? null : new LinesSummary(run),
      told: isTold ? new ToldEvents(run.ticksPerSecond) : null,
      lastEpochMs: null,
    };
    const { signal } = this.#to;
    await this.#to.exports?.begin({ run, asked, labels, interrupted: signal });
    const opening = encoder.begin(shownRun);
    // A line of a run that has none would say of it what nobody knows.
    const hidesRun = !hasLine && takesOption(this.#command.formatName, "only");
    if (hidesRun) Array.from(opening);
    else await openText(this.#to.output, opening, signal);
  }

  /** Closes the run that is under way; null: its end is not known. */
  async #close(end: RunEnd | null): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    this.#current = null;
    const { format } = this.#command;
    const { exports, signal } = this.#to;
    const { run, encoder, part, tally, lastEpochMs } = current;
    const text = { format, encoder, part, lines: this.#to.output, exports };
    await closeRun(text, end, signal);
    if (end !== null && this.#last?.encoder === encoder) {
      this.#last = { ...this.#last, end: part.end(end) };
    }
    if (tally === null) return;
    const summary = end?.summary ?? tally.summary;
    this.#options.summary?.showParts({
      run,
      end: end ?? NOT_REPLAYED,
      seconds: end === null
        ? summary.wallSeconds
        : lengthOfRun(run, end, lastEpochMs),
      summary,
      heaviest: tally.heaviest,
      missedBecause: null,
    });
  }

  /** Says which figures are not there that a format would show. */
  #remarkOn(needed: readonly string[], asked: readonly string[]): void {
    const names = new Set(
      needed.filter((name) =>
        !asked.includes(name) && name !== "events" && standsFor(name) === null
      ),
    );
    if (names.size > 0) {
      this.#remarks.add(
        `Some figures of the format are missing, as the lines lack what these collectors read: ${
          [...names].join(", ")
        }`,
      );
    }
    if (needed.includes("events") && !asked.includes("events")) {
      this.#remarks.add(
        "The lines have no events: starts and ends of processes are told by the samples that saw them first and last",
      );
    }
  }
}
