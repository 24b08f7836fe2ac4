/**
 * A file system whose reads go wrong: for testing programs that sample an unreliable host.
 *
 * @module
 */

import { ProcReadError, type ReadFailure } from "../errors.ts";
import type {
  BytesUse,
  DirEntry,
  FileStatus,
  ProcBytes,
  ProcFile,
  ProcFs,
} from "../kernel/proc_fs.ts";
import { entriesOf, openBytesOf } from "../kernel/proc_reader.ts";

/**
 * What may go wrong with a read.
 *
 * - `"gone"`, `"denied"`, `"failed"`: it throws a `ProcReadError` with this reason.
 * - `"empty"`: there is nothing in it.
 * - `"cut"`: it ends early, at any byte; a list of names after any of them.
 * - `"flipped"`: bits of it are others, one to four of them.
 *
 * Opening a file gives nothing that could be damaged: it fails if one of the last three is due.
 */
export const FAULT_KINDS = [
  "gone",
  "denied",
  "failed",
  "empty",
  "cut",
  "flipped",
] as const;

/** One of {@linkcode FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One read: its number, counting from 1, and its path. */
export interface FaultyRead {
  /** How many reads there have been, this one included. */
  readonly number: number;
  /** The path as the kernel names it. */
  readonly path: string;
}

/** A read that went wrong. */
export interface Fault extends FaultyRead {
  /** How it went wrong. */
  readonly kind: FaultKind;
}

/** Which reads go wrong, and how. */
export interface FaultFsOptions {
  /**
   * The numbers of reads that go wrong, from 1.
   *
   * @default {[]}
   */
  readonly reads?: readonly number[] | undefined;
  /**
   * How probable it is of each other read that it goes wrong, from 0 to 1.
   *
   * @default {0}
   */
  readonly probability?: number | undefined;
  /**
   * How they go wrong: one is drawn for each. Default: all of {@linkcode FAULT_KINDS}.
   */
  readonly kinds?: readonly FaultKind[] | undefined;
  /** Which paths may go wrong. Default: all. */
  readonly matches?: ((path: string) => boolean) | undefined;
  /**
   * What is drawn follows from it, a whole number: the same reads go wrong in the same way.
   *
   * @default {1}
   */
  readonly seed?: number | undefined;
  /**
   * Called before each read: the place to add and to remove processes while a sweep is under way.
   */
  readonly onRead?: ((read: FaultyRead) => void) | undefined;
}

const MAX_FLIPS = 4;

/**
 * Reads through another file system, and lets reads go wrong.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { FaultFs, MemoryFs } from "@procline/procline/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const memory = new MemoryFs();
 * memory.addProcess({ pid: 10 });
 * const matches = (path: string) => path.endsWith("/statm");
 * const fs = new FaultFs(memory, { probability: 1, kinds: ["denied"], matches });
 * using sampler = new Sampler({ pid: 10, fs });
 * assertEquals(sampler.sample().tree.unreadable?.rssBytes, "denied");
 * ```
 */
export class FaultFs implements ProcFs {
  readonly #fs: ProcFs;
  readonly #numbers: ReadonlySet<number>;
  readonly #probability: number;
  readonly #kinds: readonly FaultKind[];
  readonly #matches: (path: string) => boolean;
  readonly #onRead: (read: FaultyRead) => void;
  readonly #random: () => number;
  readonly #faults: Fault[] = [];
  #reads = 0;

  /**
   * Reads through `fs`.
   *
   * @throws {RangeError} If one of `reads` is no whole number above 0, `probability` is not from 0
   * to 1, or `seed` is no whole number.
   */
  constructor(fs: ProcFs, options: FaultFsOptions = {}) {
    checkOptions(options);
    this.#fs = fs;
    this.#numbers = new Set(options.reads ?? []);
    this.#probability = options.probability ?? 0;
    this.#kinds = options.kinds ?? FAULT_KINDS;
    this.#matches = options.matches ?? (() => true);
    this.#onRead = options.onRead ?? (() => {});
    this.#random = randomNumbers(options.seed ?? 1);
  }

  /** How many reads there have been. */
  get reads(): number {
    return this.#reads;
  }

  /** The reads that went wrong so far. */
  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return this.#read(path, () => this.#fs.readTextFile(path), damageText);
  }

  /** See {@linkcode ProcFs.readLink}. */
  readLink(path: string): string {
    return this.#read(path, () => this.#fs.readLink(path), damageText);
  }

  /** See {@linkcode ProcFs.stat}. */
  stat(path: string): FileStatus {
    return this.#read(path, () => this.#fs.stat(path), () => {
      throw readError(path, "failed");
    });
  }

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    return this.#read(path, () => this.#fs.readDir(path), damageNames);
  }

  /** See {@linkcode ProcFs.readEntries}. */
  readEntries(path: string): DirEntry[] {
    return this.#read(path, () => entriesOf(this.#fs, path), damageEntries);
  }

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return this.#read(path, () => this.#fs.readFile(path), damageBytes);
  }

  /** See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    const file = this.#read(path, () => this.#fs.open(path), () => {
      throw readError(path, "failed");
    });
    return {
      byPath: file.byPath,
      readText: () => this.#read(path, () => file.readText(), damageText),
      close: () => file.close(),
    };
  }

  /**
   * See {@linkcode ProcFs.openBytes}. A write that goes wrong takes nothing, or not all; one that
   * is `"flipped"` fails.
   */
  openBytes(path: string, use: BytesUse): ProcBytes {
    const file = this.#read(
      path,
      () => openBytesOf(this.#fs, path, use),
      () => {
        throw readError(path, "failed");
      },
    );
    return {
      readAt: (offset, length) =>
        this.#read(path, () => file.readAt(offset, length), damageBytes),
      writeAt: (offset, bytes) =>
        this.#read(
          path,
          () => file.writeAt(offset, bytes),
          (written, { kind, random }) => {
            if (kind === "flipped") throw readError(path, "failed");
            return kind === "empty" ? 0 : below(written, random);
          },
        ),
      close: () => file.close(),
    };
  }

  #read<T>(
    path: string,
    read: () => T,
    damage: (value: T, damage: Damage) => T,
  ): T {
    const number = ++this.#reads;
    this.#onRead({ number, path });
    const kind = this.#draw({ number, path });
    if (kind === null) return read();
    this.#faults.push({ number, path, kind });
    if (kind === "gone" || kind === "denied" || kind === "failed") {
      throw readError(path, kind);
    }
    return damage(read(), { kind, random: this.#random });
  }

  #draw({ number, path }: FaultyRead): FaultKind | null {
    const isDue = this.#numbers.has(number) ||
      (this.#probability > 0 && this.#random() < this.#probability);
    if (!isDue || !this.#matches(path)) return null;
    return this.#kinds[below(this.#kinds.length, this.#random)] ?? null;
  }
}

function checkOptions(
  { reads = [], probability = 0, seed = 1 }: FaultFsOptions,
): void {
  for (const read of reads) {
    if (Number.isSafeInteger(read) && read > 0) continue;
    throw new RangeError(
      `Cannot let read ${read} go wrong: reads are whole numbers above 0`,
    );
  }
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(
      `Cannot let reads go wrong with probability ${probability}: it is a number from 0 to 1`,
    );
  }
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(
      `Cannot draw from seed ${seed}: it is a whole number`,
    );
  }
}

/** How a value is to be damaged. */
interface Damage {
  readonly kind: "empty" | "cut" | "flipped";
  readonly random: () => number;
}

function damageText(text: string, damage: Damage): string {
  const bytes = damageBytes(new TextEncoder().encode(text), damage);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function damageBytes(
  bytes: Uint8Array,
  { kind, random }: Damage,
): Uint8Array {
  if (kind === "empty") return new Uint8Array(0);
  if (kind === "cut") return bytes.slice(0, below(bytes.length, random));
  const damaged = bytes.slice();
  for (let flips = 1 + below(MAX_FLIPS, random); flips > 0; flips--) {
    const at = below(damaged.length, random);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << below(8, random));
  }
  return damaged;
}

function damageNames(names: string[], damage: Damage): string[] {
  const { kind, random } = damage;
  if (kind === "empty") return [];
  const at = below(names.length, random);
  return kind === "cut"
    ? names.slice(0, at)
    : names.map((name, i) => i === at ? damageText(name, damage) : name);
}

/** The same damage to the names; what still has its name is what it was. */
function damageEntries(entries: DirEntry[], damage: Damage): DirEntry[] {
  const names = damageNames(entries.map(({ name }) => name), damage);
  return names.map((name, i) => ({
    name,
    isDirectory: entries[i]?.isDirectory ?? null,
  }));
}

/** A whole number from 0 up to a limit, without it. */
function below(limit: number, random: () => number): number {
  return Math.trunc(random() * limit);
}

function readError(path: string, reason: ReadFailure): ProcReadError {
  return new ProcReadError(path, { reason, detail: "a fault was injected" });
}

/**
 * Numbers from 0 up to, but not including, 1, the same for the same seed: "mulberry32" by Tommy
 * Ettinger, a generator of 32 bits of state, which passes gjrand's tests.
 */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
