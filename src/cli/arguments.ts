/**
 * Arguments as options and their values, by a table. What is wrong with one is reported in a
 * sentence, with the word that was meant.
 *
 * `parseArgs` of `node:util` is as strict, but loading it takes a fifth of the time to the first
 * line.
 *
 * @module
 */

import { quote } from "../text.ts";
import { UsageError } from "./errors.ts";

/** Beyond this edit distance a word is not taken for a typo. */
const MAX_DISTANCE = 2;

/** An option, as it is written and explained. */
export interface Option {
  /**
   * Its one letter, after one dash; default: none. Its value is the next argument, or follows the
   * letter at once: `-n 5`, `-n5`.
   */
  readonly short?: string;
  /** What its value is called; default: it takes none. */
  readonly value?: string;
  /** Whether each of its values counts if it is repeated. Default: the last one does. */
  readonly multiple?: boolean;
  /** What it does, in 54 characters at most: help is not wrapped. */
  readonly help: string;
  /** Whether it is refused if it is repeated. Default: it is not. */
  readonly isOnce?: boolean;
  /** Whether it is refused with `--replay`. Default: it is not. */
  readonly isLiveOnly?: boolean;
  /** What it chooses, for the headings of the help. */
  readonly group: OptionGroup;
  /** The values to complete it with: words, or what a shell finds. Default: none. */
  readonly completes?: readonly string[] | "file" | "directory" | "pid";
  /** What completes its value behind a further `=`, which its words end in. Default: nothing. */
  readonly completesRest?: "file";
  /** Whether its value is several of these words, with commas between them. Default: one. */
  readonly isList?: boolean;
}

/** What an option chooses. */
export type OptionGroup =
  | "What to watch"
  | "When"
  | "What is read"
  | "What is printed"
  | "Where to"
  | "About procline";

/** The value of each option that was given; true for one that takes none. */
export type OptionValues<Name extends string> = Partial<
  Record<Name, string | true | readonly string[]>
>;

/** An argument taken apart: `--name=text` or `-n`. */
interface Written {
  readonly name: string;
  /** With its dashes. */
  readonly dashed: string;
  /** What stands behind `=`; undefined without. */
  readonly inline: string | undefined;
}

/**
 * The options that arguments hold.
 *
 * @throws {UsageError} If one is no option of the table, lacks its value or has one that it does
 * not take.
 */
export function parseArguments<Name extends string>(
  args: readonly string[],
  table: Readonly<Record<Name, Option>>,
): OptionValues<Name> {
  const values: OptionValues<Name> = {};
  const waiting = args.toReversed();
  for (let arg = waiting.pop(); arg !== undefined; arg = waiting.pop()) {
    for (const { name, dashed, inline } of takeApart(arg, table)) {
      if (!isOption(name, table)) throw unknownOption(dashed, table);
      const { value, multiple, isOnce } = table[name];
      if (value === undefined) {
        if (inline !== undefined) {
          throw new UsageError(
            `Cannot use ${dashed} with a value: it takes none`,
          );
        }
        values[name] = true;
        continue;
      }
      const given = inline ?? valueOf(dashed, waiting.pop());
      const before = values[name];
      if (before !== undefined && isOnce === true) {
        throw new UsageError(
          `Cannot use ${dashed} twice, with ${quote(String(before))} and with ${
            quote(given)
          }`,
        );
      }
      values[name] = multiple === true
        ? [...Array.isArray(before) ? before : [], given]
        : given;
    }
  }
  return values;
}

/** `--name`, `--name=text`, or several letters after one dash. */
function takeApart(
  arg: string,
  table: Readonly<Record<string, Option>>,
): Written[] {
  if (!looksLikeOption(arg)) {
    throw new UsageError(
      `Cannot use the argument ${
        quote(arg)
      }: a process is given as --pid PID, a command after --`,
    );
  }
  if (!arg.startsWith("--")) return letters(arg.slice(1), table);
  const equals = arg.indexOf("=");
  const dashed = equals < 0 ? arg : arg.slice(0, equals);
  const inline = equals < 0 ? undefined : arg.slice(equals + 1);
  return [{ name: dashed.slice(2), dashed, inline }];
}

/** Letters after one dash; behind one that takes a value, its value. */
function letters(
  text: string,
  table: Readonly<Record<string, Option>>,
): Written[] {
  const written: Written[] = [];
  let rest = text;
  while (rest !== "") {
    const [letter = ""] = rest;
    rest = rest.slice(letter.length);
    const name = Object.keys(table)
      .find((name) => table[name]?.short === letter);
    const takesRest = name !== undefined &&
      table[name]?.value !== undefined && rest !== "";
    written.push({
      name: name ?? letter,
      dashed: `-${letter}`,
      inline: takesRest ? rest : undefined,
    });
    if (takesRest) break;
  }
  return written;
}

function valueOf(dashed: string, next: string | undefined): string {
  if (next === undefined) {
    throw new UsageError(`Cannot use ${dashed} without a value`);
  }
  if (!looksLikeOption(next)) return next;
  throw new UsageError(
    /^-\d/.test(next)
      ? `Cannot use ${dashed} ${quote(next)}: it is not above 0`
      : `Cannot use ${dashed} with the value ${
        quote(next)
      }: a value that starts with a dash is written ${dashed}=VALUE`,
  );
}

function looksLikeOption(arg: string): boolean {
  return arg.startsWith("-") && arg !== "-";
}

function isOption<Name extends string>(
  name: string,
  table: Readonly<Record<Name, Option>>,
): name is Name {
  return Object.hasOwn(table, name);
}

function unknownOption(
  dashed: string,
  table: Readonly<Record<string, Option>>,
): UsageError {
  const meant = nearest(dashed.replace(/^-+/, ""), Object.keys(table));
  const hint = meant === null ? "see --help" : `did you mean --${meant}?`;
  return new UsageError(`Cannot use the option ${quote(dashed)}: ${hint}`);
}

/**
 * The word with the fewest letters to change, add or drop, two at most; null if none is that near.
 */
export function nearest(word: string, words: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.min(MAX_DISTANCE, word.length - 1) + 1;
  for (const candidate of words) {
    const changes = distance(word, candidate);
    if (changes < least) {
      least = changes;
      best = candidate;
    }
  }
  return best;
}

/** The Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min(
        (row[j] ?? 0) + (letter === other ? 0 : 1),
        (row[j + 1] ?? 0) + 1,
        (next[j] ?? 0) + 1,
      ));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  "": 1000,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * The milliseconds of a duration, `250ms`, `2s`, `1.5m` or `1h`, or a number of seconds; null if
 * the text is not one, or is 0.
 */
export function parseDuration(text: string): number | null {
  const [, number, unit] =
    /^((?=[\d.])\d{0,9}(?:\.\d{1,9})?)(ms|s|m|h|)$/.exec(text) ?? [];
  const factor = UNIT_MS[unit ?? ""];
  if (number === undefined || factor === undefined) return null;
  const ms = Number(number) * factor;
  return ms > 0 ? ms : null;
}
