/**
 * Text of unknown origin, made safe to show.
 *
 * A process chooses its own name. JSON's own escapes cover the C0 controls, but leave DEL, the C1 controls (U+009B opens a
 * terminal sequence on some terminals), the line separators and the bidirectional controls as they are.
 */

const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const MAX_QUOTED = 120;

const PLAIN_NAME = /^[\w$ .,:+=@%~/\\-]{1,4096}$/;

/** `text` as a JSON string that holds no control character in the raw. */
export function quoteJson(text: string): string {
  return JSON.stringify(text).replace(UNSAFE, escapeUnit);
}

/** As {@linkcode quoteJson}, cut to a length that fits a sentence. */
export function quote(text: string): string {
  return text.length <= MAX_QUOTED
    ? quoteJson(text)
    : `${quoteJson(text.slice(0, MAX_QUOTED))}...`;
}

/** A name or a path, as it is where it is plain, else as {@linkcode quote} has it. */
export function quoteName(name: string): string {
  return PLAIN_NAME.test(name) ? name : quote(name);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
