/** What is wrong with the lines of a replay: counted, and said in sentences at its end. */

import { SCHEMA } from "../model/dictionary.ts";
import { quote } from "../text.ts";

/** So many names stand in a sentence. */
const MOST_NAMES = 5;
/** So many names are remembered: a stranger chooses them. */
const MOST_REMEMBERED = 100;

/** Lines of one fault. */
class Lines {
  count = 0;
  /** The number of the first. */
  first = 0;

  add(at: number): void {
    if (this.count++ === 0) this.first = at;
  }
}

/** Names, and on how many lines they stand. */
class Names {
  readonly #counts = new Map<string, number>();
  count = 0;

  add(name: string, times = 1): void {
    this.count += times;
    const known = this.#counts.get(name);
    if (known === undefined && this.#counts.size >= MOST_REMEMBERED) return;
    this.#counts.set(name, (known ?? 0) + times);
  }

  /** The most frequent first. */
  toString(): string {
    const sorted = [...this.#counts].sort(([, a], [, b]) => b - a);
    const shown = sorted.slice(0, MOST_NAMES).map(([name, count]) =>
      `${quote(name)} (${count})`
    );
    const more = sorted.length > MOST_NAMES ? " and others" : "";
    return `${shown.join(", ")}${more}`;
  }
}

/** Counts what is wrong with lines. */
export class LineFaults {
  /** Lines that are none of procline's. */
  readonly foreign: Lines = new Lines();
  /** Lines that are cut, or have a value that cannot be. */
  readonly damaged: Lines = new Lines();
  /** Lines that stand there more than once. */
  readonly repeated: Lines = new Lines();
  /** The kinds of lines that are not known. */
  readonly kinds: Names = new Names();
  /** The fields that are not known. */
  readonly fields: Names = new Names();
  /** Samples that were made of lines. */
  samples = 0;
  /** Samples without their line of kind `tree`. */
  treeless = 0;
  /** Samples that come after a later one. */
  older = 0;
  /** Samples of which lines of processes are missing. */
  incomplete = 0;
  /** Samples that are earlier by the wall clock than the one before. */
  setBack = 0;
  /** Samples whose labels are not those of their run. */
  otherLabels = 0;
  /** Runs without their line of kind `run`. */
  headless = 0;
  /** The highest schema that a run has. */
  schema = 0;

  /** A sentence for each kind of fault. */
  sentences(): string[] {
    const { foreign, damaged, repeated, kinds, fields } = this;
    const sentences: string[] = [];
    if (foreign.count > 0) {
      sentences.push(
        `Left out ${showLines(foreign)} that ${
          foreign.count === 1 ? "is none" : "are none"
        } of procline's records`,
      );
    }
    if (damaged.count > 0) {
      sentences.push(
        `Left out ${showLines(damaged)} that ${
          damaged.count === 1 ? "is" : "are"
        } cut or damaged`,
      );
    }
    if (repeated.count > 0) {
      sentences.push(
        `Left out ${showLines(repeated)} that ${
          repeated.count === 1 ? "stands" : "stand"
        } there more than once`,
      );
    }
    if (kinds.count > 0) {
      sentences.push(
        `Left out lines of kinds that this version does not know: ${kinds}`,
      );
    }
    if (fields.count > 0) {
      sentences.push(
        `Left out fields that this version does not know: ${fields}`,
      );
    }
    if (this.schema > SCHEMA) {
      sentences.push(
        `The lines have schema ${this.schema}, and this version knows ${SCHEMA}: a field may mean something else there`,
      );
    }
    if (this.headless > 0) {
      sentences.push(
        `${
          showCount(this.headless, "run has", "runs have")
        } no line of kind run: their collectors are told by the first sample, and a second is taken for 100 ticks`,
      );
    }
    if (this.treeless > 0) {
      sentences.push(
        `Left out ${
          showCount(this.treeless, "sample")
        } without the line of kind tree that ends one`,
      );
    }
    if (this.older > 0) {
      sentences.push(
        `Left out ${
          showCount(this.older, "sample")
        } no later than the one before, by number and time`,
      );
    }
    if (this.setBack > 0) {
      sentences.push(
        `The clock was set back before ${showCount(this.setBack, "sample")}`,
      );
    }
    if (this.incomplete > 0) {
      sentences.push(
        `Lines of processes are missing in ${this.incomplete} of ${
          showCount(this.samples, "sample")
        }: they were lost, or not printed`,
      );
    }
    if (this.otherLabels > 0) {
      sentences.push(
        `The labels of ${
          showCount(this.otherLabels, "sample")
        } are others than those of their run, which are printed`,
      );
    }
    return sentences;
  }
}

function showLines({ count, first }: Lines): string {
  return count === 1 ? `line ${first}` : `${count} lines from line ${first} on`;
}

function showCount(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
