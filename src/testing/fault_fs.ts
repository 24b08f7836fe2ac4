/**
 * A file system whose reads go wrong: for tests of what samples a host that does not behave.
 *
 * @module
 */

import { randomNumbers } from "./_random.ts";
import { ProcReadError, type ReadFailure } from "../errors.ts";
import type { ProcFile, ProcFs } from "../kernel/proc_fs.ts";

/**
 * What may go wrong with a read.
 *
 * - `"gone"`, `"denied"`, `"failed"`: it throws a `ProcReadError` with this reason.
 * - `"empty"`: there is nothing in it.
 * - `"cut"`: it ends early, at any byte; a list of names after any of them.
 * - `"flipped"`: bits of it are others, one to four of them.
 *
 * Opening a file gives nothing that could be damaged: it fails where one of the last three is due.
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

/** A read: the how manyth it is, from 1, and of what. */
export interface FaultyRead {
  /** How many reads there have been with this one. */
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
  readonly reads?: readonly number[];
  /**
   * How probable it is of each other read that it goes wrong, from 0 to 1.
   *
   * @default {0}
   */
  readonly probability?: number;
  /**
   * How they go wrong: one is drawn for each. Default: all of {@linkcode FAULT_KINDS}.
   */
  readonly kinds?: readonly FaultKind[];
  /** Which paths may go wrong. Default: all. */
  readonly matches?: (path: string) => boolean;
  /**
   * What is drawn follows from it: the same reads go wrong in the same way.
   *
   * @default {1}
   */
  readonly seed?: number;
  /** Called before each read: the place to add and to remove processes while a sweep is under way. */
  readonly onRead?: (read: FaultyRead) => void;
}

/** The files of a process that is added: names below its directory in /proc (`stat`, `statm`), and what they hold. */
export type AddedFiles = Readonly<Record<string, string>>;

const MAX_FLIPS = 4;

/**
 * Reads through another file system, and lets reads go wrong.
 *
 * A file that is open when its process is removed answers `"gone"` from then on, also when a process with the same id is added: so
 * does the kernel.
 *
 * @example
 * ```ts
 * import { HostFs, Sampler } from "@procline/procline";
 * import { FaultFs } from "@procline/procline/testing";
 *
 * const matches = (path: string) => path.endsWith("/statm");
 * const fs = new FaultFs(new HostFs(), { probability: 0.1, matches });
 * using sampler = new Sampler({ pid: Deno.pid, fs });
 * const { tree } = sampler.sample();
 * console.log(tree.rssBytes, tree.unreadable, fs.faults.length);
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
  readonly #added = new Map<string, AddedFiles>();
  readonly #removed = new Set<string>();
  /** How often a process with this id was added or removed. */
  readonly #lives = new Map<string, number>();
  #reads = 0;
  #uptimeShift = 0;
  #numAdded = 0;

  /** Reads through `fs`. */
  constructor(fs: ProcFs, options: FaultFsOptions = {}) {
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

  /** Adds a process, or replaces the one that has this id. */
  addProcess(pid: number, files: AddedFiles): void {
    this.#removed.delete(`${pid}`);
    this.#added.set(`${pid}`, files);
    this.#numAdded++;
    this.#newLife(pid);
  }

  /** Removes a process: its files are gone, and it is not listed. */
  removeProcess(pid: number): void {
    this.#removed.add(`${pid}`);
    this.#added.delete(`${pid}`);
    this.#newLife(pid);
  }

  /** Shifts what /proc/uptime tells, back where the seconds are below 0. */
  shiftUptime(seconds: number): void {
    this.#uptimeShift += seconds;
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return this.#read(path, {
      read: () => this.#textOf(path),
      damage: damageText,
    });
  }

  /** See {@linkcode ProcFs.readLink}. */
  readLink(path: string): string {
    return this.#read(path, {
      read: () => this.#addedFile(path) ?? this.#fs.readLink(path),
      damage: damageText,
    });
  }

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    return this.#read(path, {
      read: () => this.#namesIn(path),
      damage: damageNames,
    });
  }

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return this.#read(path, {
      read: () => {
        const added = this.#addedFile(path);
        return added === null
          ? this.#fs.readFile(path)
          : new TextEncoder().encode(added);
      },
      damage: damageBytes,
    });
  }

  /** See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    const life = this.#lifeOf(path);
    const file = this.#read(path, {
      read: () => this.#addedFile(path) === null ? this.#fs.open(path) : null,
      damage: () => {
        throw readError(path, "failed");
      },
    });
    return {
      readText: () =>
        this.#read(path, {
          read: () => {
            if (this.#lifeOf(path) !== life) throw readError(path, "gone");
            return file === null
              ? this.#textOf(path)
              : this.#changed(path, file.readText());
          },
          damage: damageText,
        }),
      close: () => file?.close(),
    };
  }

  #read<T>(
    path: string,
    how: {
      readonly read: () => T;
      readonly damage: (value: T, damage: Damage) => T;
    },
  ): T {
    const number = ++this.#reads;
    this.#onRead({ number, path });
    const kind = this.#draw({ number, path });
    if (kind === null) return how.read();
    this.#faults.push({ number, path, kind });
    if (kind === "gone" || kind === "denied" || kind === "failed") {
      throw readError(path, kind);
    }
    return how.damage(how.read(), { kind, random: this.#random });
  }

  #draw({ number, path }: FaultyRead): FaultKind | null {
    const isDue = this.#numbers.has(number) ||
      (this.#probability > 0 && this.#random() < this.#probability);
    if (!isDue || !this.#matches(path)) return null;
    return this.#kinds[below(this.#kinds.length, this.#random)] ?? null;
  }

  #textOf(path: string): string {
    const text = this.#addedFile(path) ?? this.#fs.readTextFile(path);
    return this.#changed(path, text);
  }

  /** What the host's own files tell of the faults: the time, and how many processes there have been. */
  #changed(path: string, text: string): string {
    if (path === "/proc/uptime") return shiftedUptime(text, this.#uptimeShift);
    if (path !== "/proc/stat" || this.#numAdded === 0) return text;
    return text.replace(
      /^(processes )(\d+)$/m,
      (_, name, count) => `${name}${BigInt(count) + BigInt(this.#numAdded)}`,
    );
  }

  #namesIn(path: string): string[] {
    if (path === "/proc") {
      const names = this.#fs.readDir(path).filter((name) =>
        !this.#removed.has(name) && !this.#added.has(name)
      );
      return [...names, ...this.#added.keys()];
    }
    const files = this.#added.get(pidIn(path));
    if (files === undefined) {
      this.#refuseRemoved(path);
      return this.#fs.readDir(path);
    }
    const below = `${path.slice(`/proc/${pidIn(path)}/`.length)}/`;
    const names = Object.keys(files).filter((name) => name.startsWith(below))
      .map((name) => name.slice(below.length).split("/")[0] ?? "");
    if (names.length === 0) throw readError(path, "gone");
    return [...new Set(names)];
  }

  /** What a file of an added process holds; null for one that is of no such process. */
  #addedFile(path: string): string | null {
    const pid = pidIn(path);
    this.#refuseRemoved(path);
    const files = this.#added.get(pid);
    if (files === undefined) return null;
    const text = files[path.slice(`/proc/${pid}/`.length)];
    if (text === undefined) throw readError(path, "gone");
    return text;
  }

  #refuseRemoved(path: string): void {
    if (this.#removed.has(pidIn(path))) throw readError(path, "gone");
  }

  #newLife(pid: number): void {
    this.#lives.set(`${pid}`, (this.#lives.get(`${pid}`) ?? 0) + 1);
  }

  #lifeOf(path: string): number {
    return this.#lives.get(pidIn(path)) ?? 0;
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
  for (let left = 1 + below(MAX_FLIPS, random); left > 0; left--) {
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

function shiftedUptime(text: string, seconds: number): string {
  if (seconds === 0) return text;
  const [uptime = "", ...rest] = text.split(" ");
  const shifted = Math.max(Number(uptime) + seconds, 0);
  return [shifted.toFixed(2), ...rest].join(" ");
}

/** The process id in a path below /proc; empty for a path of no process. */
function pidIn(path: string): string {
  return /^\/proc\/(\d+)(?:\/|$)/.exec(path)?.[1] ?? "";
}

/** A whole number from 0 up to a limit, without it. */
function below(limit: number, random: () => number): number {
  return Math.trunc(random() * limit);
}

function readError(path: string, reason: ReadFailure): ProcReadError {
  return new ProcReadError(path, { reason, detail: "a fault was injected" });
}
