/**
 * Text of unknown origin, made safe to show.
 *
 * A process chooses its own name. JSON's own escapes cover the C0 controls, but leave DEL, the C1
 * controls (U+009B opens a terminal sequence on some terminals), the line separators and the
 * bidirectional controls as they are.
 */

const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const MAX_QUOTED = 120;

/** What a unit of UTF-16 takes in JSON at most, `\\u0000`. */
const MAX_UNIT_BYTES = 6;

const PLAIN_NAME = /^[\w$ .,:+=@%~/\\-]{1,4096}$/;

/** `text` as a JSON string that holds no control character in the raw. */
export function quoteJson(text: string): string {
  return JSON.stringify(text).replace(UNSAFE, escapeUnit);
}

/** The bytes that a text takes in JSON, without its quotes. */
export function jsonBytes(text: string): number {
  return utf8Bytes(quoteJson(text)) - 2;
}

/** The bytes that a text takes in UTF-8. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A copy that shares no memory: a part of a text keeps the whole text in memory. */
export function copyText(text: string): string {
  return text.split("").join("");
}

/**
 * A text that is kept, in one piece. V8 keeps a text that was put together as a tree of its parts,
 * three times as large, until one of its characters is asked for.
 */
export function inOnePiece(text: string): string {
  return text.charCodeAt(0) >= 0 ? text : "";
}

/** The longest start of a text that takes at most this many bytes in JSON, quotes not counted. */
export function cutText(text: string, maxBytes: number): string {
  // A unit of UTF-16 takes six bytes at most.
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return text;
  let end = Math.min(text.length, maxBytes);
  for (
    let bytes = jsonBytes(text.slice(0, end));
    bytes > maxBytes;
    bytes = jsonBytes(text.slice(0, end))
  ) {
    end -= Math.max(1, Math.floor((bytes - maxBytes) / MAX_UNIT_BYTES));
  }
  const isInPair = end < text.length && end > 0 &&
    /[\ud800-\udbff]/.test(text[end - 1] ?? "");
  return text.slice(0, isInPair ? end - 1 : end);
}

/** The quotes and the comma around each text of a list. */
const AROUND = 3;

/** Texts, as many as fit. */
export interface CutTexts {
  /** The texts, of which the last may have been cut. */
  readonly texts: readonly string[];
  /** Whether anything is missing. */
  readonly isCut: boolean;
}

/** The longest start of a list of texts that takes at most this many bytes in JSON. */
export function cutTexts(texts: readonly string[], maxBytes: number): CutTexts {
  const kept: string[] = [];
  let room = maxBytes;
  for (const text of texts) {
    const cut = cutText(text, Math.max(room - AROUND, 0));
    if (cut !== text || room < AROUND) {
      if (cut !== "") kept.push(cut);
      return { texts: kept, isCut: true };
    }
    kept.push(text);
    room -= jsonBytes(text) + AROUND;
  }
  return { texts: kept, isCut: false };
}

/** Texts by name, as much of them as fits. */
export interface CutNamedTexts {
  /** The texts by their names, of which some may have been cut. */
  readonly texts: Readonly<Record<string, string | null>>;
  /** Whether anything is missing. */
  readonly isCut: boolean;
}

/** The quotes of a name, its colon and its comma. */
const AROUND_NAME = 4;
/** `null`, and the quotes of a text with some more. */
const NULL_BYTES = 4;

/**
 * Texts by name, cut so that all take at most this many bytes in JSON, the names too. The longest
 * are cut: none is left with less than what another has that was cut.
 */
export function cutNamedTexts(
  texts: Readonly<Record<string, string | null>>,
  maxBytes: number,
): CutNamedTexts {
  // Without the braces.
  let room = maxBytes - 2;
  for (const name of Object.keys(texts)) {
    room -= jsonBytes(name) + AROUND_NAME + NULL_BYTES;
  }
  const sizes = Object.values(texts).filter((text) => text !== null)
    .map(jsonBytes).sort((a, b) => a - b);
  let most = Infinity;
  for (const [i, size] of sizes.entries()) {
    const share = Math.max(Math.floor(room / (sizes.length - i)), 0);
    if (size > share) {
      most = share;
      break;
    }
    room -= size;
  }
  const cut = Object.entries(texts).map(([name, text]) =>
    [name, text === null ? null : cutText(text, most)] as const
  );
  return { texts: Object.fromEntries(cut), isCut: most < Infinity };
}

/** As {@linkcode quoteJson}, cut to a length that fits a sentence. */
export function quote(text: string): string {
  return text.length <= MAX_QUOTED
    ? quoteJson(text)
    : `${quoteJson(text.slice(0, MAX_QUOTED))}...`;
}

/** A name or a path: as it is if it is plain, otherwise quoted as by {@linkcode quote}. */
export function quoteName(name: string): string {
  return PLAIN_NAME.test(name) ? name : quote(name);
}

/** A unit of UTF-16 as JSON escapes it: `\u001b`. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
