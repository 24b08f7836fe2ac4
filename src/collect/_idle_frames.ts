/**
 * Which frames of memory were used since they were marked as idle, in one reading. What the kernel
 * says of a frame is read once: marking those of one process changes what it would say of another
 * that shares them.
 */

import { ProcReadError } from "../errors.ts";
import type { ProcBytes } from "../kernel/proc_fs.ts";
import { parseKpageflags } from "../parse/kpageflags.ts";
import { FrameSet, WORD_FRAMES } from "./_frame_set.ts";

/**
 * The bits of frames that are idle, see the kernel's
 * Documentation/admin-guide/mm/idle_page_tracking.rst.
 */
export const BITMAP = "/sys/kernel/mm/page_idle/bitmap";

const WORD_BYTES = 8;
const BYTE_FRAMES = 8;
/** As many words of either file are read at once: 64 KiB. */
const READ_WORDS = 8192;
/** Frames that are so near each other have their flags read together. */
const NEAR_FRAMES = 8;
/** The frames of the largest page that there is, 1 GiB in frames of 4 KiB. */
const MAX_PAGE_FRAMES = 2 ** 18;

/** What the kernel said at one reading. */
export class IdleFrames {
  readonly #bitmap: ProcBytes;
  readonly #flags: ProcBytes | null;
  /** The numbers of the words of the bitmap that were read. */
  readonly #knownWords = new FrameSet();
  readonly #idle = new FrameSet();
  /** Frames behind the end of the bitmap. */
  readonly #behindEnd = new FrameSet();
  /** Frames of which the flags were read. */
  readonly #knownFlags = new FrameSet();
  /** Frames whose bit is that of the first frame of their page. */
  readonly #tails = new FrameSet();
  /** Frames that are no memory of a process. */
  readonly #apart = new FrameSet();
  readonly #marked = new FrameSet();
  /** The last frame whose head was looked for, and that. */
  #lastTail = -1;
  #lastHead = -1;

  /** Without `flags`, each frame is a page of its own. */
  constructor(bitmap: ProcBytes, flags: ProcBytes | null) {
    this.#bitmap = bitmap;
    this.#flags = flags;
  }

  /** Closes the files. */
  close(): void {
    this.#bitmap.close();
    this.#flags?.close();
  }

  /** How many of these frames, which may be there several times, are memory of their processes. */
  countOwn(frames: readonly number[]): number {
    const set = new FrameSet();
    for (const frame of frames) set.add(frame);
    this.#learnFlags(set);
    return frames.filter((frame) => !this.#apart.has(frame)).length;
  }

  /**
   * Those of the frames that were used since they were marked, or never were; all of them are
   * marked then.
   *
   * @throws {ProcReadError} If one of the files cannot be read or written.
   */
  takeUsed(frames: FrameSet): FrameSet {
    this.#learnFlags(frames);
    const heads = new FrameSet();
    for (const frame of frames.frames()) {
      if (!this.#apart.has(frame)) heads.add(this.#headOf(frame));
    }
    this.#learnBits(heads);
    this.#refuseCut(heads);
    const used = new FrameSet();
    const marks = new FrameSet();
    for (const frame of frames.frames()) {
      if (this.#apart.has(frame)) continue;
      const head = this.#headOf(frame);
      // One that is still idle need not be marked again.
      if (this.#behindEnd.has(head) || this.#idle.has(head)) continue;
      used.add(frame);
      if (this.#marked.add(head)) marks.add(head);
    }
    this.#mark(marks);
    return used;
  }

  /** Refuses a bitmap that ends before memory does. */
  #refuseCut(heads: FrameSet): void {
    let behind: number | null = null;
    let isWithin = false;
    for (const head of heads.frames()) {
      if (this.#behindEnd.has(head)) behind = head;
      else isWithin = true;
    }
    // Flags say what is no memory, as that of devices: all else has a bit.
    if (behind === null || (this.#flags === null && isWithin)) return;
    throw new ProcReadError(BITMAP, {
      reason: "failed",
      detail: `it ends before frame ${behind}`,
    });
  }

  /** Reads the flags of frames that are not known yet. */
  #learnFlags(frames: FrameSet): void {
    if (this.#flags === null) return;
    let first = -1;
    let end = -1;
    for (const frame of frames.frames()) {
      if (this.#knownFlags.has(frame)) continue;
      const isNear = first >= 0 && frame - end <= NEAR_FRAMES;
      if (!isNear || frame - first >= READ_WORDS) {
        this.#readFlags(first, end);
        first = frame;
      }
      end = frame + 1;
    }
    this.#readFlags(first, end);
  }

  #readFlags(first: number, end: number): void {
    if (this.#flags === null || end <= first) return;
    const flags = parseKpageflags(
      this.#flags.readAt(first * WORD_BYTES, (end - first) * WORD_BYTES),
    );
    for (let frame = first; frame < end; frame++) {
      const flag = flags[frame - first];
      this.#knownFlags.add(frame);
      // Behind the end of memory is that of devices.
      if (flag === undefined || flag.isApart) this.#apart.add(frame);
      else if (flag.isTail) this.#tails.add(frame);
    }
  }

  /** Reads what is not known yet of the words that have the bits of these frames. */
  #learnBits(frames: FrameSet): void {
    for (const { first, count } of frames.words()) {
      let start = first;
      for (let word = first; word <= first + count; word++) {
        const isEnd = word === first + count;
        const isKnown = !isEnd && this.#knownWords.has(word);
        if (!isEnd && !isKnown && word - start < READ_WORDS) continue;
        this.#readBits(start, word);
        start = isKnown ? word + 1 : word;
      }
    }
  }

  #readBits(first: number, end: number): void {
    if (end <= first) return;
    const bytes = (end - first) * WORD_BYTES;
    const bits = this.#bitmap.readAt(first * WORD_BYTES, bytes);
    for (let i = 0; i < bytes * BYTE_FRAMES; i++) {
      const byte = bits[Math.floor(i / BYTE_FRAMES)];
      const frame = first * WORD_FRAMES + i;
      if (byte === undefined) this.#behindEnd.add(frame);
      else if ((byte & (1 << (i % BYTE_FRAMES))) !== 0) this.#idle.add(frame);
    }
    for (let word = first; word < end; word++) this.#knownWords.add(word);
  }

  /** The frame whose bit counts: the first one of the page. */
  #headOf(frame: number): number {
    if (!this.#tails.has(frame)) return frame;
    const least = Math.max(frame - MAX_PAGE_FRAMES, 0);
    let head = frame;
    while (head > least && this.#tails.has(head)) {
      if (head === this.#lastTail) {
        head = this.#lastHead;
        break;
      }
      head--;
      if (!this.#knownFlags.has(head)) {
        // Pages begin at multiples of their size: it may well be the first frame of a word.
        this.#readFlags(head - head % WORD_FRAMES, head + 1);
      }
    }
    this.#lastTail = frame;
    this.#lastHead = head;
    return head;
  }

  #mark(marks: FrameSet): void {
    for (const { first, bytes } of bitsOf(marks)) {
      let at = 0;
      while (at < bytes.length) {
        const offset = first * WORD_BYTES + at;
        const taken = this.#bitmap.writeAt(offset, bytes.subarray(at));
        if (taken < 1) {
          throw new ProcReadError(BITMAP, {
            reason: "failed",
            detail: `it takes nothing at ${offset}, and could be read there`,
            isWrite: true,
          });
        }
        at += taken;
      }
    }
  }
}

/** The words that have frames of a set, as bits, those side by side together. */
function* bitsOf(
  set: FrameSet,
): Generator<{ readonly first: number; readonly bytes: Uint8Array }, void> {
  const frames = set.frames();
  let { value: frame } = frames.next();
  for (const { first, count } of set.words()) {
    const bytes = new Uint8Array(count * WORD_BYTES);
    const end = (first + count) * WORD_FRAMES;
    for (
      ;
      frame !== undefined && frame < end;
      { value: frame } = frames.next()
    ) {
      const bit = frame - first * WORD_FRAMES;
      const at = Math.floor(bit / BYTE_FRAMES);
      bytes[at] = (bytes[at] ?? 0) | (1 << (bit % BYTE_FRAMES));
    }
    yield { first, bytes };
  }
}
