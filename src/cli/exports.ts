/**
 * What is written beside the lines: other formats of the same samples, each into a file of its own.
 *
 * An export that cannot be written does not end the run: that is said once, and tried again at each
 * sample.
 *
 * @module
 */

import type { Encoder } from "../format/format.ts";
import { isConsumerGone } from "../kernel/deno_errors.ts";
import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { quote } from "../text.ts";
import { PartOfRun } from "../view/part_of_run.ts";
import type { RunningView } from "../view/view.ts";
import { startViews } from "../view/views.ts";
import { fileError } from "./_file_error.ts";
import { CommandLineError, ConsumerGoneError } from "./errors.ts";
import type { OpenedFile, OtherFile } from "./files.ts";
import type { Export, OutputOptions } from "./command.ts";
import { type ByteStream, LineOutput, type TextOutput } from "./output.ts";
import { OutputFile } from "./output_file.ts";
import { collectorsFor } from "./print.ts";
import { ReplacedFile } from "./replaced_file.ts";

/** How exports are written. */
export interface ExportOptions {
  /** Whether the text of a format that is replaced stays after the run. */
  readonly keeps: boolean;
  /** Whether it is written at the end alone: its samples are not those of now. */
  readonly isReplay: boolean;
  /** Warns the user, in a sentence. */
  readonly warn: (sentence: string) => void;
}

/** What exports are told of a run before its first sample. */
export interface ExportedRun {
  /** The run, with all its collectors. */
  readonly run: Run;
  /** The collectors that were asked for. */
  readonly asked: readonly string[];
  /** Names and values that stand on every line. */
  readonly labels: Readonly<Record<string, string>>;
  /** Aborts once a signal has to end the run: no output is waited for any more. */
  readonly interrupted: AbortSignal;
}

const NEWLINE = 10;

/** The exports of one run. */
export class Exports implements Disposable {
  /** The files that they go to, for {@linkcode RunFiles} to open. */
  readonly files: readonly OtherFile[];
  readonly #command: OutputOptions;
  readonly #options: ExportOptions;
  readonly #targets: readonly Target[];
  #running: readonly RunningExport[] = [];
  #interrupted: Promise<void> | null = null;

  /** The exports that were asked for. */
  constructor(command: OutputOptions, options: ExportOptions) {
    this.#command = command;
    this.#options = options;
    this.#targets = command.exports.map((asked) =>
      asked.format.isReplaced === true
        ? new ReplacedTarget(asked, options)
        : new AppendedTarget(asked, options)
    );
    this.files = this.#targets;
  }

  /** Whether one could not be written, or not be removed, when that was last tried. */
  get hasFailed(): boolean {
    return this.#running.some(({ isFailing }) => isFailing);
  }

  /** What the lines show of a run: no more than if there were no exports. */
  mainPart({ run, asked }: Pick<ExportedRun, "run" | "asked">): PartOfRun {
    return new PartOfRun(run.collectors, collectorsFor(this.#command, asked));
  }

  /** Opens them for a run. */
  async begin(begun: ExportedRun): Promise<void> {
    const { interrupted } = begun;
    this.#interrupted = whenAborted(interrupted);
    this.#running = this.#targets.map((target) =>
      new RunningExport(target, this.#command, this.#options, begun)
    );
    await this.#patiently(this.#running.map((one) => one.begin()));
  }

  /** Takes a sample of a run that is begun; resolves once each is ready for the next. */
  async take(sample: Sample): Promise<void> {
    await this.#patiently(this.#running.map((one) => one.take(sample)));
  }

  /** Closes those that were begun. Null: how the run ended is not known. */
  async end(end: RunEnd | null): Promise<void> {
    await Promise.all(this.#running.map((one) => one.end(end)));
  }

  /** Closes those that were begun, though there is more to take: no sample is the last one. */
  async cut(): Promise<void> {
    await Promise.all(this.#running.map((one) => one.cut()));
  }

  /** The output of the lines, for which the others are not to wait once a signal has come. */
  beside(output: TextOutput, interrupted: AbortSignal): TextOutput {
    return new UnawaitedOutput(output, interrupted);
  }

  /** Removes what is not to stay, of a run whose end was not reached. */
  [Symbol.dispose](): void {
    for (const target of this.#targets) target.abandon();
  }

  /** Waits for all, or for a signal: each waits for itself at the end. */
  async #patiently(writes: readonly Promise<void>[]): Promise<void> {
    await Promise.race([Promise.all(writes), this.#interrupted]);
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** An output that may be stuck when a signal comes: then it gets the last lines alone. */
class UnawaitedOutput implements TextOutput {
  readonly #output: TextOutput;
  readonly #signal: AbortSignal;
  readonly #interrupted: Promise<void>;
  #written: Promise<void> = Promise.resolve();

  constructor(output: TextOutput, signal: AbortSignal) {
    this.#output = output;
    this.#signal = signal;
    this.#interrupted = whenAborted(signal);
  }

  async write(lines: Iterable<string>): Promise<void> {
    if (this.#signal.aborted) return;
    this.#written = this.#output.write(lines);
    await Promise.race([this.#written, this.#interrupted]);
  }

  async writeLast(lines: Iterable<string>): Promise<void> {
    await this.#written;
    await this.#output.writeLast(lines);
  }
}

/** One export of a run. */
class RunningExport {
  readonly #target: Target;
  readonly #encoder: Encoder;
  readonly #part: PartOfRun;
  readonly #view: RunningView;
  readonly #run: Run;
  readonly #interrupted: AbortSignal;
  /** Whether only the last sample is written. */
  readonly #isLastAlone: boolean;
  readonly #warn: (sentence: string) => void;
  #last: Sample | null = null;
  /** What is written now, and what waits for that. */
  #written: Promise<void> = Promise.resolve();
  #isFailing = false;
  /** What was said last of why it fails. */
  #said: string | null = null;
  /** Whether nobody reads it any more. */
  #isOver = false;

  constructor(
    target: Target,
    command: OutputOptions,
    { warn, isReplay }: ExportOptions,
    { run, asked, labels, interrupted }: ExportedRun,
  ) {
    this.#interrupted = interrupted;
    const { format, views } = target.asked;
    const shown = collectorsFor(target.asked, asked);
    this.#target = target;
    this.#warn = warn;
    this.#isLastAlone = isReplay && format.isReplaced === true;
    this.#part = new PartOfRun(run.collectors, shown);
    this.#run = this.#part.run(run);
    this.#view = startViews(views, this.#run);
    this.#encoder = format.create({
      ...command,
      labels,
      only: undefined,
      fields: undefined,
      sort: undefined,
    });
  }

  get isFailing(): boolean {
    return this.#isFailing;
  }

  async begin(): Promise<void> {
    const opening = Array.from(this.#encoder.begin(this.#run));
    await this.#try(() => this.#target.begin(opening, this.#interrupted));
  }

  async take(sample: Sample): Promise<void> {
    const shown = this.#view.apply(this.#part.sample(sample));
    if (this.#isLastAlone) {
      this.#last = shown;
      return;
    }
    const { lines, finish } = lasting(this.#encoder.lines(shown));
    await this.#try(async () => {
      try {
        return await this.#target.write(lines);
      } finally {
        finish();
      }
    });
  }

  async end(end: RunEnd | null): Promise<void> {
    const last = this.#isLastAlone && this.#last !== null
      ? Array.from(this.#encoder.lines(this.#last))
      : [];
    await this.#try(async () => {
      const closing = Array.from(
        end === null
          ? this.#encoder.close?.() ?? []
          : this.#encoder.end(this.#part.end(end)),
      );
      return await this.#target.end(closing.length === 0 ? last : closing);
    }, { isLast: true });
  }

  async cut(): Promise<void> {
    await this.#try(async () => {
      const closing = Array.from(this.#encoder.close?.() ?? []);
      return await this.#target.end(closing);
    }, { isLast: true });
  }

  /** Writes, once all before is written; says what fails, and that it works again. */
  async #try(
    write: () => Promise<boolean>,
    { isLast } = { isLast: false },
  ): Promise<void> {
    const before = this.#written;
    this.#written = this.#tryNow(before, write, isLast);
    await this.#written;
  }

  async #tryNow(
    before: Promise<void>,
    write: () => Promise<boolean>,
    isLast: boolean,
  ): Promise<void> {
    await before;
    if (this.#isOver) return;
    const { name, path } = this.#target.asked;
    try {
      const hasWritten = await write();
      if (!hasWritten || !this.#isFailing) return;
      this.#warn(`Can write ${quote(path)} again`);
      this.#isFailing = false;
    } catch (error) {
      if (error instanceof ConsumerGoneError) {
        this.#isOver = true;
        this.#warn(
          `Nobody reads ${quote(path)} any more: the export ${name} has ended`,
        );
      } else if (error instanceof CommandLineError) {
        // At the end it may be another fault: that a file stays which is to go.
        const isNews = isLast && error.message !== this.#said;
        const hope = isLast ? "" : ", which is tried again at each sample";
        if (!this.#isFailing || isNews) this.#warn(`${error.message}${hope}`);
        this.#isFailing = true;
        this.#said = error.message;
      } else throw error;
    }
  }
}

/**
 * Lines of which not all may be taken, and what makes the others nevertheless: an encoder may
 * remember what it has told of.
 */
function lasting(lines: Iterable<string>): {
  readonly lines: Iterable<string>;
  readonly finish: () => void;
} {
  const iterator = lines[Symbol.iterator]();
  // Without return(), it is not closed by who stops early.
  const open = { next: () => iterator.next() };
  return {
    lines: { [Symbol.iterator]: () => open },
    finish: () => {
      while (open.next().done !== true);
    },
  };
}

/**
 * Where an export goes to. Its methods say whether they had anything to write; they throw a
 * `FileError`, or a `ConsumerGoneError`.
 */
interface Target extends OtherFile {
  /** What was asked for. */
  readonly asked: Export;
  /** Takes the text that opens a run. */
  begin(
    opening: readonly string[],
    interrupted: AbortSignal,
  ): Promise<boolean>;
  /** Takes the text of a sample. */
  write(lines: Iterable<string>): Promise<boolean>;
  /** Takes the text that closes the run. */
  end(closing: readonly string[]): Promise<boolean>;
  /** Gives up what is not to stay, if the end was not reached. */
  abandon(): void;
}

function optionOf({ name, path }: Export): string {
  return `--export ${name}=${quote(path)}`;
}

/** A file that each sample is added to. */
class AppendedTarget implements Target {
  readonly asked: Export;
  readonly name: string;
  readonly #warn: (sentence: string) => void;
  #file: OutputFile | null = null;
  #output: LineOutput | null = null;
  /** What has to be there before all else. */
  #opening: readonly string[] = [];
  /** Whether a line was cut, by a full disk. */
  #isInLine = false;

  constructor(asked: Export, { warn }: ExportOptions) {
    this.asked = asked;
    this.name = optionOf(asked);
    this.#warn = warn;
  }

  open(): OpenedFile {
    const { path } = this.asked;
    const file = new OutputFile(path, { isPrivate: false, warn: this.#warn });
    this.#file = file;
    return file;
  }

  async begin(
    opening: readonly string[],
    interrupted: AbortSignal,
  ): Promise<boolean> {
    this.#opening = opening;
    this.#output = new LineOutput(this.#stream(), interrupted);
    return await this.write([]);
  }

  async write(lines: Iterable<string>): Promise<boolean> {
    const pending = this.#pending();
    if (pending.length > 0) {
      // Whatever ends the run: what follows means nothing without it.
      await this.#output?.writeLast(pending);
      this.#opening = [];
    }
    await this.#output?.write(lines);
    return true;
  }

  async end(closing: readonly string[]): Promise<boolean> {
    await this.#output?.writeLast([...this.#pending(), ...closing]);
    await this.#file?.finish();
    return true;
  }

  abandon(): void {}

  /** What has to be written before anything else can be. */
  #pending(): readonly string[] {
    return [...this.#isInLine ? ["\n"] : [], ...this.#opening];
  }

  /** The file, as a stream whose errors name it. */
  #stream(): ByteStream {
    return {
      write: async (bytes) => {
        try {
          const taken = await this.#file?.write(bytes) ?? 0;
          if (taken > 0) this.#isInLine = bytes[taken - 1] !== NEWLINE;
          return taken;
        } catch (error) {
          if (!(error instanceof Error) || isPassing(error)) throw error;
          throw fileError("write", this.asked.path, error);
        }
      },
    };
  }
}

/** Whether {@linkcode LineOutput} knows what to do about it, or it is a sentence already. */
function isPassing(error: Error): boolean {
  return error instanceof Deno.errors.WouldBlock ||
    error instanceof CommandLineError || isConsumerGone(error);
}

/** A file that has the text of the last sample alone. */
class ReplacedTarget implements Target {
  readonly asked: Export;
  readonly name: string;
  readonly #options: ExportOptions;
  #file: ReplacedFile | null = null;

  constructor(asked: Export, options: ExportOptions) {
    this.asked = asked;
    this.name = optionOf(asked);
    this.#options = options;
  }

  open(): OpenedFile {
    const file = new ReplacedFile(this.asked.path, this.#options.warn);
    this.#file = file;
    return file;
  }

  begin(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async write(lines: Iterable<string>): Promise<boolean> {
    await this.#file?.replace(lines);
    return true;
  }

  async end(closing: readonly string[]): Promise<boolean> {
    if (!this.#options.keeps) {
      this.#file?.remove();
      return false;
    }
    if (closing.length === 0) return false;
    await this.#file?.replace(closing);
    return true;
  }

  abandon(): void {
    if (this.#options.keeps) return;
    try {
      this.#file?.remove();
    } catch (error) {
      if (!(error instanceof CommandLineError)) throw error;
      this.#options.warn(error.message);
    }
  }
}
