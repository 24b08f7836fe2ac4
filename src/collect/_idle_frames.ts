/**
 * Which frames of memory were used since they were marked as idle, in one reading. What the kernel
 * says of 64 frames is read once: marking those of one process changes what it would say of another
 * that shares them.
 */

import { ProcReadError } from "../errors.ts";
import type { ProcBytes } from "../kernel/proc_fs.ts";
import { parseKpageflags } from "../parse/kpageflags.ts";
import { FrameSet, WORD_FRAMES, type WordRun } from "./_frame_set.ts";

/**
 * The bits of frames that are idle, see the kernel's
 * Documentation/admin-guide/mm/idle_page_tracking.rst.
 */
export const BITMAP = "/sys/kernel/mm/page_idle/bitmap";

const WORD_BYTES = 8;
const BYTE_FRAMES = 8;
/** As many words are read at once: 64 KiB of flags. */
const READ_WORDS = 128;
/** The frames of the largest page that there is, 1 GiB in frames of 4 KiB. */
const MAX_PAGE_FRAMES = 2 ** 18;

/** What the kernel said at one reading. */
export class IdleFrames {
  readonly #bitmap: ProcBytes;
  readonly #flags: ProcBytes | null;
  /** The numbers of the words that were read. */
  readonly #known = new FrameSet();
  readonly #idle = new FrameSet();
  /** Frames whose bit is that of the first frame of their page. */
  readonly #tails = new FrameSet();
  /** Frames that are no memory of a process. */
  readonly #apart = new FrameSet();
  /** Frames behind the end of the bitmap. */
  readonly #behindEnd = new FrameSet();
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
    this.#learn(set);
    return frames.filter((frame) => !this.#apart.has(frame)).length;
  }

  /**
   * Those of the frames that were used since they were marked, or never were; all of them are marked
   * then.
   *
   * @throws {ProcReadError} If one of the files cannot be read or written.
   */
  takeUsed(frames: FrameSet): FrameSet {
    this.#learn(frames);
    const used = new FrameSet();
    const marks = new FrameSet();
    let behind = -1;
    let numWithin = 0;
    for (const frame of frames.frames()) {
      if (this.#apart.has(frame)) continue;
      if (this.#behindEnd.has(frame)) {
        // Where there are flags they say what is no memory: all else has a bit.
        if (this.#flags !== null) throw cutShort(frame);
        behind = frame;
        continue;
      }
      numWithin++;
      const head = this.#headOf(frame);
      // One that is still idle need not be marked again.
      if (this.#idle.has(head)) continue;
      used.add(frame);
      if (this.#marked.add(head)) marks.add(head);
    }
    if (numWithin === 0 && behind >= 0) throw cutShort(behind);
    this.#mark(marks);
    return used;
  }

  /** Reads what is not known yet of the words that have these frames. */
  #learn(frames: FrameSet): void {
    for (const run of frames.words()) this.#learnRun(run);
  }

  #learnRun({ first, count }: WordRun): void {
    let start = first;
    for (let word = first; word <= first + count; word++) {
      const ends = word === first + count || word - start === READ_WORDS ||
        this.#known.has(word);
      if (!ends) continue;
      if (word > start) this.#readWords({ first: start, count: word - start });
      start = word < first + count && this.#known.has(word) ? word + 1 : word;
    }
  }

  #readWords({ first, count }: WordRun): void {
    const firstFrame = first * WORD_FRAMES;
    const numFrames = count * WORD_FRAMES;
    const bits = this.#bitmap.readAt(first * WORD_BYTES, count * WORD_BYTES);
    const flags = this.#flags === null ? null : parseKpageflags(
      this.#flags.readAt(firstFrame * WORD_BYTES, numFrames * WORD_BYTES),
    );
    for (let i = 0; i < numFrames; i++) {
      const byte = bits[Math.floor(i / BYTE_FRAMES)];
      const flag = flags?.[i];
      const isApart = flag?.isApart === true ||
        (flags !== null && flag === undefined);
      if (isApart) this.#apart.add(firstFrame + i);
      else if (byte === undefined) this.#behindEnd.add(firstFrame + i);
      else if (flag?.isTail === true) this.#tails.add(firstFrame + i);
      else if ((byte & (1 << (i % BYTE_FRAMES))) !== 0) {
        this.#idle.add(firstFrame + i);
      }
    }
    for (let word = first; word < first + count; word++) this.#known.add(word);
  }

  /** The frame whose bit counts: the first one of the page. */
  #headOf(frame: number): number {
    let head = frame;
    while (this.#tails.has(head) && frame - head < MAX_PAGE_FRAMES) {
      if (head === this.#lastTail) {
        head = this.#lastHead;
        break;
      }
      head--;
      if ((head + 1) % WORD_FRAMES === 0) {
        this.#learnRun({ first: Math.floor(head / WORD_FRAMES), count: 1 });
      }
    }
    if (head !== frame) {
      this.#lastTail = frame;
      this.#lastHead = head;
    }
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

/** What to throw if the bitmap ends before memory does. */
function cutShort(frame: number): ProcReadError {
  return new ProcReadError(BITMAP, {
    reason: "failed",
    detail: `it ends before frame ${frame}`,
  });
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
