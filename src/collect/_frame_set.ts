/** Sets of frames of memory: a bit for each, in pieces, as most of a host's frames are in none. */

/** The frames of one piece. */
const PIECE_FRAMES = 2 ** 15;
/** The frames of one number of a piece. */
const UNIT_FRAMES = 32;
/** The frames of 64 bits, of which files of the kernel have their bits and flags. */
export const WORD_FRAMES = 64;

/** A set of frames. */
export class FrameSet {
  readonly #pieces = new Map<number, Uint32Array>();

  /** Whether a frame is in it. */
  has(frame: number): boolean {
    const piece = this.#pieces.get(Math.floor(frame / PIECE_FRAMES));
    if (piece === undefined) return false;
    return ((piece[unitOf(frame)] ?? 0) & bitOf(frame)) !== 0;
  }

  /** Adds a frame; whether it was not in it before. */
  add(frame: number): boolean {
    const key = Math.floor(frame / PIECE_FRAMES);
    let piece = this.#pieces.get(key);
    if (piece === undefined) {
      piece = new Uint32Array(PIECE_FRAMES / UNIT_FRAMES);
      this.#pieces.set(key, piece);
    }
    const unit = unitOf(frame);
    const before = piece[unit] ?? 0;
    piece[unit] = before | bitOf(frame);
    return (before & bitOf(frame)) === 0;
  }

  /** The frames, rising. */
  *frames(): Generator<number, void> {
    for (const key of [...this.#pieces.keys()].sort((a, b) => a - b)) {
      const piece = this.#pieces.get(key) ?? [];
      for (let unit = 0; unit < piece.length; unit++) {
        const first = key * PIECE_FRAMES + unit * UNIT_FRAMES;
        // The lowest bit that is left, until none is.
        for (let left = piece[unit] ?? 0; left !== 0; left &= left - 1) {
          yield first + UNIT_FRAMES - 1 - Math.clz32(left & -left);
        }
      }
    }
  }

  /** The runs of words of 64 frames that have any of its frames, rising. */
  *words(): Generator<WordRun, void> {
    let run: WordRun | null = null;
    for (const frame of this.frames()) {
      const word = Math.floor(frame / WORD_FRAMES);
      if (run === null || word > run.first + run.count) {
        if (run !== null) yield run;
        run = { first: word, count: 1 };
      } else if (word === run.first + run.count) {
        run = { first: run.first, count: run.count + 1 };
      }
    }
    if (run !== null) yield run;
  }
}

/** Words of 64 frames that stand side by side. */
export interface WordRun {
  /** The number of the first one: 0 has the frames 0 to 63. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
}

function unitOf(frame: number): number {
  return Math.floor((frame % PIECE_FRAMES) / UNIT_FRAMES);
}

function bitOf(frame: number): number {
  return 1 << (frame % UNIT_FRAMES);
}
