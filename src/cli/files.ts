/**
 * The files that a run or a replay is to use: opened, and none of them for two purposes.
 *
 * @module
 */

import { quote } from "../text.ts";
import { fileError } from "./_file_error.ts";
import { AppendFile } from "./append_file.ts";
import type { CommandContext } from "./context.ts";
import { UsageError } from "./errors.ts";
import { isSameFile, OutputFile } from "./output_file.ts";
import { REOPEN_SIGNAL } from "./signals.ts";

/** Where a file stands, or will. */
export interface FilePlace {
  /** The directory. */
  readonly directory: Deno.FileInfo;
  /** The name in it. */
  readonly name: string;
}

/** A file that is used, whoever opened it. */
export interface UsedFile {
  /** What it is, as it stands in a sentence. */
  readonly name: string;
  /** Which file it is, and of which kind; null: there is none yet. */
  readonly info: Deno.FileInfo | null;
  /** Where it stands, of one that is made anew again and again. Default: that does not matter. */
  readonly place?: FilePlace | undefined;
  /** Whether it is written; it is read otherwise. */
  readonly isWritten: boolean;
}

/** A file that takes what is written beside the lines. */
export interface OpenedFile extends Disposable {
  /** What it is; null: there is none yet. */
  readonly info: Deno.FileInfo | null;
  /** Where it stands, of one that is made anew again and again. Default: that does not matter. */
  readonly place?: FilePlace | undefined;
}

/** A file that is to be opened for that. */
export interface OtherFile {
  /** The option that names it, as it stands in a sentence. */
  readonly name: string;
  /** Opens it; throws a `FileError` or a `UsageError` if that cannot be done. */
  open(): OpenedFile;
}

/** The paths of the files; undefined: there is no such file. */
export interface FilePaths {
  /** Takes the lines. */
  readonly output?: string | undefined;
  /** Whether they are added to what is in the file. Default: they take its place. */
  readonly append?: boolean | undefined;
  /** Takes the recording. */
  readonly record?: string | undefined;
  /** Whether what is in the file of the recording may go. Default: it may not. */
  readonly force?: boolean | undefined;
  /** Are replayed. Default: none is. */
  readonly replayed?: readonly string[] | undefined;
  /** Take what is written beside the lines. Default: there are none. */
  readonly others?: readonly OtherFile[] | undefined;
}

/** The files of one run. */
export class RunFiles implements Disposable {
  /** Takes the lines; null: stdout does. */
  readonly output: OutputFile | AppendFile | null;
  /** Takes the recording; null: there is none. */
  readonly record: OutputFile | null;
  readonly #others: readonly UsedFile[];
  readonly #context: CommandContext;
  readonly #opened: DisposableStack;

  /**
   * Opens the files that are written. Nothing that was in them is lost before the first line of a
   * run is there.
   *
   * @throws {UsageError} If one file would be written twice, or read and written: under another
   * name, by a link, or as standard input, output or error. Pipes and devices may be. And if the
   * recording would take the place of what is in its file.
   * @throws {FileError} If one cannot be opened.
   */
  constructor(
    {
      output,
      append = false,
      record,
      replayed = [],
      force = false,
      others: otherFiles = [],
    }: FilePaths,
    context: CommandContext,
  ) {
    const { standardFiles, warn } = context;
    using opened = new DisposableStack();
    this.output = output === undefined ? null : opened.use(
      append
        ? new AppendFile(output, {
          otherUse: (info) => this.#useOf(info),
          warn,
        })
        : new OutputFile(output, { isPrivate: false, warn }),
    );
    this.record = record === undefined
      ? null
      : opened.use(new OutputFile(record, { isPrivate: true, warn }));
    const opens = otherFiles.map((other) => ({
      name: other.name,
      file: opened.use(other.open()),
    }));
    // Looked up last: on an overlay, a file is another one once it was opened to be written.
    const others = [
      usedFile("--record", record, this.record?.info, true),
      ...replayed.map((path) =>
        usedFile("--replay", path, infoOf(path), false)
      ),
      ...opens.map(({ name, file: { info, place } }) => ({
        name,
        info,
        place,
        isWritten: true,
      })),
    ].filter((file) => file !== null);
    const option = append ? "--append" : "--output";
    const lines = usedFile(option, output, this.output?.info, true);
    refuseSharedFiles(
      lines === null ? others : [lines, ...others],
      standardFiles(),
    );
    if (!force) refuseFullFile(record, this.record?.info);
    this.#others = others;
    this.#context = context;
    this.#opened = opened.move();
  }

  /** The file that lines are added to; null: there is none. */
  get appended(): AppendFile | null {
    return this.output instanceof AppendFile ? this.output : null;
  }

  /** Opens the file that lines are added to anew at each SIGHUP, if there is one. */
  reopenAtHangup(): void {
    const file = this.appended;
    if (file === null) return;
    const { signals } = this.#context;
    // Never taken back: it does not end the program while that closes its files either.
    signals.listen([REOPEN_SIGNAL], () => file.reopen(), { evenIgnored: true });
  }

  /** Closes them. */
  [Symbol.dispose](): void {
    this.#opened.dispose();
  }

  /** What else a file is that lines would be added to; null: nothing. */
  #useOf(info: Deno.FileInfo): string | null {
    if (!info.isFile) return null;
    const same = [...this.#others, ...this.#context.standardFiles()]
      .find((other) => other.info !== null && isSameFile(other.info, info));
    return same?.name ?? null;
  }
}

function usedFile(
  option: string,
  path: string | undefined,
  info: Deno.FileInfo | undefined,
  isWritten: boolean,
): UsedFile | null {
  if (path === undefined || info === undefined) return null;
  return { name: `${option} ${quote(path)}`, info, isWritten };
}

function infoOf(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (cause) {
    throw fileError("read", path, cause);
  }
}

/** A recording takes long to make, and cannot be made again. */
function refuseFullFile(
  path: string | undefined,
  info: Deno.FileInfo | undefined,
): void {
  if (path === undefined || info?.isFile !== true || info.size === 0) return;
  throw new UsageError(
    `Cannot use --record ${
      quote(path)
    }: the file holds ${info.size} bytes, which --force lets it overwrite`,
  );
}

/**
 * Refuses that one of our files is the same as another, or as one of the standard streams, unless
 * both are only read. The streams may share a file among themselves: who started us wants it so.
 */
function refuseSharedFiles(
  ours: readonly UsedFile[],
  standard: readonly UsedFile[],
): void {
  for (const [i, file] of ours.entries()) {
    for (const other of [...ours.slice(i + 1), ...standard]) {
      if (!areOneFile(file, other)) continue;
      if (!file.isWritten && !other.isWritten) continue;
      const how = file.isWritten && other.isWritten
        ? "written twice"
        : "read and written";
      throw new UsageError(
        `Cannot use ${file.name} and ${other.name} together: they are one file, which would be ${how}`,
      );
    }
  }
}

/** Whether two are one file. Pipes and devices may be used by several. */
function areOneFile(a: UsedFile, b: UsedFile): boolean {
  if (a.info?.isFile === true && b.info?.isFile === true) {
    return isSameFile(a.info, b.info);
  }
  return a.place !== undefined && b.place !== undefined &&
    a.place.name === b.place.name &&
    isSameFile(a.place.directory, b.place.directory);
}
