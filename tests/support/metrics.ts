/**
 * A strict reader of metrics as text, of both formats: for tests that have no other program at
 * hand. The readers of other hands are in tests/consumers/.
 */

/** A sample of a metric. */
export interface ReadSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** As it stands there. */
  readonly value: string;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const VALUE = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

/**
 * The samples of a text.
 *
 * @throws {Error} If a line makes no sense, a family stands there twice, or has no sample.
 */
export function readMetrics(text: string): ReadSample[] {
  const samples: ReadSample[] = [];
  const families = new Set<string>();
  let family = "";
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("The last line has no newline");
  const isOpenMetrics = lines.at(-1) === "# EOF";
  if (isOpenMetrics) lines.pop();
  for (const line of lines) {
    const head = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line);
    if (head !== null) {
      const [, , name = ""] = head;
      if (name === family) continue;
      if (families.has(name)) throw new Error(`${name} is there twice`);
      families.add(name);
      family = name;
      continue;
    }
    const sample = readSample(line);
    const name = sample.name.replace(/_(total|info)$/, "");
    if (family !== (isOpenMetrics ? name : sample.name)) {
      throw new Error(`${sample.name} stands behind ${family}`);
    }
    samples.push(sample);
  }
  return samples;
}

/** What docs/formats.md says of controls in the value of a label, taken back. */
export function unescapeControls(value: string): string {
  return value.replaceAll(
    /\\u([0-9a-f]{4})/g,
    (_, code) => String.fromCharCode(parseInt(code, 16)),
  );
}

function readSample(line: string): ReadSample {
  const [, name = "", , labels = "", value = ""] =
    /^([^{ ]+)(\{(.*)\})? ([^ ]+)$/.exec(line) ?? [];
  if (!NAME.test(name) || !VALUE.test(value)) {
    throw new Error(`This is no sample: ${line}`);
  }
  return { name, labels: readLabels(labels, line), value };
}

function readLabels(text: string, line: string): Map<string, string> {
  const labels = new Map<string, string>();
  LABEL.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    const match = LABEL.exec(text);
    const [all = "", name = "", value = ""] = match ?? [];
    if (match === null || labels.has(name)) {
      throw new Error(`These are no labels: ${line}`);
    }
    labels.set(
      name,
      value.replaceAll(/\\([\\"n])/g, (_, of) => of === "n" ? "\n" : of),
    );
    at += all.length;
  }
  return labels;
}
