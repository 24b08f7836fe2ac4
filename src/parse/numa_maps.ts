/**
 * `/proc/<pid>/numa_maps`: on which nodes the pages of each mapping are. See numa(7) and the
 * kernel's Documentation/filesystems/proc.rst.
 *
 * ```text
 * 563ab31c3000 default file=/usr/bin/head mapped=2 active=0 N0=2 kernelpagesize_kB=4
 * 7f05ac000000 bind:0-1 anon=600 dirty=600 N0=512 N1=88 kernelpagesize_kB=4
 * 40000000 default file=/anon_hugepage\040(deleted) huge anon=3 dirty=3 N1=3 kernelpagesize_kB=2048
 * 7ffe64c3b000 default stack
 * ```
 *
 * There only on a kernel that knows nodes (CONFIG_NUMA). The kernel walks the page tables of the
 * process for it, mapping by mapping; pages that it does not manage, as the zero page and those of
 * devices, are not counted. A mapping without a page has no counts.
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseAddress, parseLines, parseUnsigned } from "./_scan.ts";

/** One mapping. */
export interface NumaMapping {
  /** Its first address. */
  readonly start: Integer;
  /** From which nodes it gets pages, as mempolicy(5) writes it: `default`, `bind:0-1`. */
  readonly policy: string;
  /**
   * The mapped file, ` (deleted)` included; `[heap]`, `[stack]`, or empty for other memory. Bytes
   * that are not UTF-8 are U+FFFD. The kernel escapes a space, a tab, a newline and an equals sign
   * in octal, `\040`, and a backslash not: a file whose name holds those four characters looks the
   * same.
   */
  readonly pathname: string;
  /** Whether it is of hugetlbfs: each of its pages is then as large as `kernelPageSize`. */
  readonly huge: boolean;
  /** Resident pages by the number of their node; a node without any is not there. */
  readonly pages: ReadonlyMap<number, Integer>;
  /**
   * What these pages are counted in, in kB (of 1,024 bytes): transparent huge pages count as many
   * small ones. Null without pages, and before Linux 4.0.
   */
  readonly kernelPageSize: Integer | null;
}

const ADDRESS = /^[0-9a-f]{1,16}$/;
const NODE = /^N(0|[1-9]\d{0,8})$/;
/** The characters that the kernel escapes: tab, newline, space, equals sign. */
const ESCAPED = /\\(011|012|040|075)/g;
const FILE = "file=";
const PAGE_SIZE = "kernelpagesize_kB";
/** What stands behind the policy beside nodes, a size and a file. */
const WORDS: Readonly<Record<string, string>> = {
  heap: "[heap]",
  stack: "[stack]",
  huge: "",
};
const COUNTS: ReadonlySet<string> = new Set(
  "anon dirty mapped mapmax swapcache active writeback".split(" "),
);

/**
 * Parses the text of `/proc/<pid>/numa_maps`; no mappings for a zombie and a kernel thread.
 *
 * @throws {ProcParseError} If a line is no mapping, a count makes no sense, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseNumaMaps } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "7f05ac000000 default anon=3 dirty=3 N0=2 N1=1 kernelpagesize_kB=4\n";
 * const [mapping] = parseNumaMaps(text);
 * assertEquals([mapping?.pages.get(1), mapping?.kernelPageSize], [1, 4]);
 * ```
 */
export function parseNumaMaps(text: string): NumaMapping[] {
  return text === "" ? [] : parseLines("numa_maps", text).map(parseMapping);
}

function parseMapping(line: string): NumaMapping {
  const words = line.split(" ");
  const address = words[0] ?? "";
  let behind = 1;
  while (behind < words.length && isOfPolicy(words[behind] ?? "")) behind++;
  const policy = words.slice(1, behind).join(" ");
  if (!ADDRESS.test(address) || policy === "") {
    throw new ProcParseError("numa_maps", { field: "a mapping", text: line });
  }
  const pages = new Map<number, Integer>();
  let pathname = "";
  let huge = false;
  let kernelPageSize: Integer | null = null;
  for (const word of words.slice(behind)) {
    const name = nameOf(word);
    if (name === "") {
      if (word === "huge") huge = true;
      else if (Object.hasOwn(WORDS, word)) pathname = WORDS[word] ?? "";
    } else if (word.startsWith(FILE)) {
      pathname = unescape(word.slice(FILE.length));
    } else if (name === PAGE_SIZE) {
      if (kernelPageSize !== null) throw malformed(name, line);
      kernelPageSize = countOf(name, word);
    } else {
      const node = nodeOf(name);
      if (node === null) continue;
      if (pages.has(node)) throw malformed(name, line);
      pages.set(node, countOf(name, word));
    }
  }
  const start = parseAddress(address);
  return { start, policy, pathname, huge, pages, kernelPageSize };
}

/** Whether a word is not one of those behind the policy, which may have spaces in it. */
function isOfPolicy(word: string): boolean {
  if (word.startsWith(FILE) || Object.hasOwn(WORDS, word)) return false;
  const name = nameOf(word);
  return name !== PAGE_SIZE && !COUNTS.has(name) && nodeOf(name) === null;
}

/** What stands before the equals sign; empty without one. */
function nameOf(word: string): string {
  return word.slice(0, Math.max(word.indexOf("="), 0));
}

function nodeOf(name: string): number | null {
  const digits = NODE.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** A count that is not 0: the kernel leaves those out. */
function countOf(name: string, word: string): Integer {
  const count = parseUnsigned("numa_maps", name, word.slice(name.length + 1));
  if (count === 0) throw malformed(name, word);
  return count;
}

function malformed(field: string, text: string): ProcParseError {
  return new ProcParseError("numa_maps", { field, text });
}

function unescape(path: string): string {
  return path.replaceAll(
    ESCAPED,
    (_, digits) => String.fromCharCode(parseInt(digits, 8)),
  );
}
