/**
 * What is replayed, as it comes: a file, a pipe or standard input, also compressed by gzip.
 *
 * @module
 */

import { FileError } from "./errors.ts";
import { quote } from "../text.ts";
import { MAX_LINE_LENGTH } from "../recording/recording.ts";
import { fileError } from "./_file_error.ts";
import { LineSplitter } from "./read_lines.ts";
import type { ByteSource } from "./stdin.ts";

/** The path that stands for standard input. */
export const STDIN = "-";

/** What is to be opened. */
export interface InputOptions {
  /** The path of the file; null: standard input. */
  readonly path: string | null;
  /** Standard input. */
  readonly stdin: ByteSource;
  /** Ends the lines, also while none comes. */
  readonly signal: AbortSignal;
  /** Warns the user, in a sentence. */
  readonly warn: (sentence: string) => void;
}

const BUFFER_BYTES = 256 * 1024;
/** Of so many bytes gzip makes a thousand times as many at most, which are all held. */
const ZIPPED_BYTES = 16 * 1024;
/** How long to wait before reading again what is empty and does not block. */
const RETRY_MS = 10;
/**
 * The characters that a line of records may have, a thousand times what they have: a longer one is
 * refused before it is all in memory.
 */
const MAX_RECORDS_LENGTH = 2 ** 24;

/** So many bytes tell what they are. */
const HEAD_BYTES = 64;
const NEWLINE = 10;

/** How a recording begins, so far as the order of its names is ours. */
const RECORDING = /^\s*\{\s*"recording"/;

/** Lines that are replayed. */
export class ReplayInput implements Disposable {
  /** Whether they are those of a recording. */
  readonly isRecording: boolean;
  /** Whether they are compressed. */
  readonly isZipped: boolean;
  readonly #first: readonly string[];
  readonly #rest: AsyncGenerator<readonly string[], void>;
  readonly #file: Disposable;

  /** @internal */
  constructor(
    first: readonly string[],
    rest: AsyncGenerator<readonly string[], void>,
    file: Disposable,
    isZipped: boolean,
  ) {
    this.#first = first;
    this.#rest = rest;
    this.#file = file;
    this.isZipped = isZipped;
    this.isRecording = isHeader(first.find((line) => !isBlank(line)) ?? "");
  }

  /**
   * The lines, as many at once as have come.
   *
   * @throws {FileError} If no more can be read.
   * @throws {RecordingError} If a line is too long.
   */
  async *batches(): AsyncGenerator<readonly string[], void> {
    yield this.#first;
    yield* this.#rest;
  }

  /** The lines one by one. */
  async *lines(): AsyncGenerator<string, void> {
    for await (const batch of this.batches()) yield* batch;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/**
 * Opens what is replayed and waits for its first line; null if there is none.
 *
 * @throws {FileError} If it cannot be read.
 * @throws {RecordingError} If its first line is too long.
 */
export async function openInput(
  options: InputOptions,
): Promise<ReplayInput | null> {
  using opened = new DisposableStack();
  const { path, stdin } = options;
  const source = path === null ? stdin : opened.use(await openFile(path));
  const bytes = gathered(partsOf(source, options));
  const { value: head = NO_BYTES } = await bytes.next();
  const isZipped = head[0] === 0x1f && head[1] === 0x8b;
  const all = behind(head, bytes);
  const parts = isZipped ? gathered(unzipped(all, options)) : all;
  const splitter = new LineSplitter(MAX_LINE_LENGTH);
  const batches = batchesOf(splitter, parts);
  const first: string[] = [];
  for (;;) {
    const { done = false, value = [] } = await batches.next();
    first.push(...value);
    if (done || first.some((line) => !isBlank(line))) break;
  }
  if (first.every(isBlank)) return null;
  const input = new ReplayInput(first, batches, opened.move(), isZipped);
  if (!input.isRecording) splitter.maxLength = MAX_RECORDS_LENGTH;
  return input;
}

const NO_BYTES = new Uint8Array(0);

function isBlank(line: string): boolean {
  return line.trim() === "";
}

function isHeader(line: string): boolean {
  if (RECORDING.test(line)) return true;
  try {
    const value = JSON.parse(line);
    return typeof value === "object" && value !== null && "recording" in value;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (cause) {
    throw fileError("read", path, cause);
  }
}

/** The bytes as they come; each part is used up before the next is asked for. */
async function* partsOf(
  source: ByteSource,
  { path, signal }: InputOptions,
): AsyncGenerator<Uint8Array, void> {
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  signal.addEventListener("abort", () => resolve(null), { once: true });
  const buffer = new Uint8Array(BUFFER_BYTES);
  while (!signal.aborted) {
    try {
      const length = await Promise.race([source.read(buffer), aborted]);
      if (length === null) return;
      yield buffer.subarray(0, length);
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) {
        throw fileError("read", path ?? STDIN, error);
      }
      await new Promise((retry) => setTimeout(retry, RETRY_MS));
    }
  }
}

/** The same, but so many bytes of them first that they tell what they are; or a line. */
async function* gathered(
  parts: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let head: Uint8Array | null = NO_BYTES;
  for await (const bytes of parts) {
    if (head === null) {
      yield bytes;
      continue;
    }
    const both: Uint8Array = new Uint8Array(head.length + bytes.length);
    both.set(head);
    both.set(bytes, head.length);
    head = both;
    if (head.length < HEAD_BYTES && !head.includes(NEWLINE)) continue;
    yield head;
    head = null;
  }
  if (head !== null) yield head;
}

async function* behind(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  yield first;
  yield* rest;
}

async function* batchesOf(
  splitter: LineSplitter,
  parts: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly string[], void> {
  let isFirst = true;
  for await (const bytes of parts) {
    if (isFirst) {
      isFirst = false;
      const head = new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES));
      if (!RECORDING.test(head)) splitter.maxLength = MAX_RECORDS_LENGTH;
    }
    yield [...splitter.add(bytes)];
  }
  yield [...splitter.end()];
}

/**
 * What was compressed by gzip(1), member by member. Where it is cut, what stands before that comes,
 * and a sentence says so.
 */
async function* unzipped(
  parts: AsyncIterable<Uint8Array>,
  { path, warn }: InputOptions,
): AsyncGenerator<Uint8Array, void> {
  const { createGunzip } = await import("node:zlib");
  const unzip = createGunzip();
  const ready: Uint8Array[] = [];
  let fault: Error | null = null;
  unzip.on("data", (bytes: Uint8Array) => ready.push(bytes));
  const ended = new Promise<void>((resolve) => {
    unzip.once("end", resolve);
    unzip.once("error", (error: Error) => {
      fault = error;
      resolve();
    });
  });
  const name = path === null ? "standard input" : quote(path);
  for await (const part of parts) {
    for (let at = 0; at < part.length && fault === null; at += ZIPPED_BYTES) {
      const bytes = part.slice(at, at + ZIPPED_BYTES);
      const written = new Promise<void>((resolve) =>
        unzip.write(bytes, () => resolve())
      );
      await Promise.race([written, ended]);
      yield* ready.splice(0);
    }
    if (fault !== null) break;
  }
  if (fault === null) unzip.end();
  await ended;
  yield* ready.splice(0);
  if (fault === null) return;
  if (codeOf(fault) !== CUT) {
    throw new FileError(
      `Cannot read ${name}: what gzip has made of it is damaged`,
    );
  }
  warn(`The gzip data in ${name} is cut: what stands before that is replayed`);
}

/** What zlib reports of data that end too early. */
const CUT = "Z_BUF_ERROR";

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : null;
}
