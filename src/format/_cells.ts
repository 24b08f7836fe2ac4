/** Text of unknown origin in a terminal: made safe, counted in columns, cut. */

/**
 * What moves the cursor, turns the direction of text or joins characters: controls of C0 and C1,
 * format characters, line and paragraph separators, halves of surrogate pairs. And the selectors of
 * variants, as terminals differ about the width that they give.
 */
const UNSAFE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;

/** Marks that stand on the character before them, and vowels and finals of Hangul. */
const ZERO_WIDTH = /[\p{Mn}\p{Me}\u1160-\u11ff]/u;

/**
 * Characters of two columns: East Asian Wide and Fullwidth of UAX 11. Where ranges of them have
 * unassigned places between them, these are taken for wide, too. The letters that make flags, two
 * for a flag, take a column each.
 */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{18d00}-\u{18df2}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|(?![\u{1f1e6}-\u{1f1ff}])\p{Emoji_Presentation}/u;

const PLAIN = /^[\x20-\x7e]*$/;

/** Stands at the place where a text was cut. */
const CUT = "…";

/** A text in which nothing can move the cursor: each character that could is a question mark. */
export function safeText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, "?");
}

/** The columns of a terminal that a safe text takes. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** The longest start of a safe text that fits, with a mark at its end if anything is missing. */
export function cutEnd(text: string, columns: number): string {
  // A unit of UTF-16 takes two columns at most.
  if (2 * text.length <= columns || columnsOf(text) <= columns) return text;
  return columns < 1 ? "" : `${startOf(text, columns - 1)}${CUT}`;
}

/** The longest end of a safe text that fits, with a mark before it if anything is missing. */
export function cutStart(text: string, columns: number): string {
  if (2 * text.length <= columns || columnsOf(text) <= columns) return text;
  if (columns < 1) return "";
  const characters = [...text];
  let at = characters.length;
  let room = columns - 1;
  while (at > 0) {
    room -= widthOf(characters[at - 1] ?? "");
    if (room < 0) break;
    at--;
  }
  return `${CUT}${characters.slice(at).join("")}`;
}

function startOf(text: string, columns: number): string {
  let room = columns;
  let end = 0;
  for (const character of text) {
    room -= widthOf(character);
    if (room < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function widthOf(character: string): number {
  if (character <= "~") return 1;
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
