/** Writes what is made from the dictionary of fields: `deno task dictionary`. */
// deno-lint-ignore-file no-console camelcase -- a tool prints; the names are those on the lines.
import { existsSync } from "@std/fs";
import { CHECKOUT, readArguments } from "./_tool.ts";
import { figuresOf, mapsOf } from "../src/format/_figures.ts";
import {
  collectorsOnLines,
  decimalsOf,
  EVERY_LINE,
  fieldNames,
  LINES,
  MISSED_LINES,
  optionOf,
  ORIGIN,
} from "../src/model/dictionary.ts";
import {
  type Field,
  type Fields,
  LABEL_NAME,
  type LineKind,
} from "../src/model/field.ts";

/** A type as `deno doc --json` prints it. */
interface TypeDoc {
  readonly repr: string;
  readonly kind: string;
  // deno-lint-ignore no-explicit-any
  readonly value: any;
}

/** A property of an interface. */
interface PropertyDoc {
  readonly name: string;
  readonly jsDoc?: { readonly doc?: string };
  readonly tsType: TypeDoc;
}

/** A symbol that a module exports. */
interface SymbolDoc {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly jsDoc?: { readonly doc?: string };
    readonly def: {
      readonly extends?: readonly TypeDoc[];
      readonly properties?: readonly PropertyDoc[];
      readonly tsType?: TypeDoc;
    };
  }[];
}

const USAGE = `Write what is made from the dictionary of fields

Usage: deno task dictionary [--check]

      --check            Write nothing; exit with 1 if a file is stale
  -h, --help             Print this help

The dictionary is src/model/dictionary.ts. It makes the reference in
docs/fields.md, the JSON schema in docs/records.schema.json, the comparisons in
src/format/_same.ts, the sentences of metrics in src/format/_help.ts, and what
reads lines again in src/recording/_fields.ts. The sentences come from the docs
of the interfaces.`;

/** The modules that define the interfaces and types. */
const MODULES = [
  "src/model/dictionary.ts",
  "src/model/events.ts",
  "src/model/group.ts",
  "src/model/collected_fields.ts",
  "src/model/null_reason.ts",
  "src/model/process.ts",
  "src/model/run.ts",
  "src/model/sample.ts",
  "src/kernel/proc_reader.ts",
  "src/errors.ts",
];

/** The interfaces that a kind of line is made of, and how docs/fields.md introduces it. */
const KINDS: Readonly<
  Record<LineKind, { interfaces: readonly string[]; intro: string }>
> = {
  run: {
    interfaces: ["RunLine"],
    intro: "The first line: what is known of the run.",
  },
  start: {
    interfaces: ["StartEvent"],
    intro: "With `--events`: a process that was seen for the first time.",
  },
  exit: {
    interfaces: ["ExitEvent"],
    intro:
      "With `--events`: a process that has ended since the previous sample, as it was last seen.",
  },
  exec: {
    interfaces: ["ExecEvent"],
    intro: "With `--events`: the same process runs another program.",
  },
  reparented: {
    interfaces: ["ReparentedEvent"],
    intro: "With `--events`: a process that has another parent now.",
  },
  process: {
    interfaces: ["ProcessSample"],
    intro: "One for each process, a parent before its children.",
  },
  group: {
    interfaces: ["GroupSample"],
    intro:
      "With `--group-by`: the processes that have something in common, in place of their lines.",
  },
  rest: {
    interfaces: ["RestSample"],
    intro:
      "With `--top`: the sums of all processes or groups that are not printed.",
  },
  thread: {
    interfaces: ["ThreadSample"],
    intro: "With `--collect threads`: one for each thread of each process.",
  },
  smaps: {
    interfaces: ["MappingSample"],
    intro: "With `--collect smaps`: one for each process and mapped path.",
  },
  cgroup: {
    interfaces: ["CgroupSample"],
    intro:
      "With `--collect cgroup`: one for each cgroup v2 that holds processes of the tree, as a whole.",
  },
  host: {
    interfaces: ["HostSample"],
    intro:
      "With `--collect host`: the whole host, or what lxcfs shows in its place.",
  },
  tree: {
    interfaces: ["TreeSample"],
    intro:
      "The last line of each sample: the whole tree, and how good the sample is.",
  },
  end: {
    interfaces: ["RunEnd", "RunSummary"],
    intro:
      "The last line: how the run ended and what it came to, as `time -v` reports it, of the whole tree.",
  },
};

/** RFC 3339 in UTC, with milliseconds. */
const TIMESTAMP =
  "^[0-9]{4,6}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}\\.[0-9]{3}Z$";

const GENERATED = "Written by .ci/dictionary.ts from the dictionary of fields";

/** All symbols of the modules, by name. */
async function readDocs(): Promise<ReadonlyMap<string, SymbolDoc>> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "--private", ...MODULES],
    cwd: CHECKOUT,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot read the docs: deno doc failed");
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const symbols = new Map<string, SymbolDoc>();
  for (const module of Object.values<{ symbols: SymbolDoc[] }>(nodes)) {
    for (const symbol of module.symbols) symbols.set(symbol.name, symbol);
  }
  return symbols;
}

/** The properties of an interface and of those that it extends, by name. */
function propertiesOf(
  docs: ReadonlyMap<string, SymbolDoc>,
  name: string,
): Map<string, PropertyDoc> {
  const found = new Map<string, PropertyDoc>();
  const symbol = docs.get(name);
  if (symbol === undefined) {
    throw new Error(`Cannot find the interface ${name}`);
  }
  for (const { def } of symbol.declarations) {
    for (const parent of def.extends ?? []) {
      const { typeName, typeParams = [] } = parent.value;
      const target = typeName === "Partial"
        ? typeParams[0].value.typeName
        : typeName;
      for (const [key, property] of propertiesOf(docs, target)) {
        found.set(key, property);
      }
    }
    for (const property of def.properties ?? []) {
      found.set(property.name, property);
    }
  }
  return found;
}

/** The doc of a property, on one line. */
function sentenceOf(property: PropertyDoc): string {
  return (property.jsDoc?.doc ?? "").replaceAll(/\s*\n\s*/g, " ").trim();
}

/** The doc of a property. It ends with what null means, if the doc does not say it. */
function meaningOf(property: PropertyDoc, { nullMeans }: Field): string {
  const sentence = sentenceOf(property);
  return nullMeans === undefined || /\bnull\b/i.test(sentence)
    ? sentence
    : `${sentence} Null: ${nullMeans}.`;
}

/** The literals of a type that is a union of literals, or of names of such unions. */
function literalsOf(
  docs: ReadonlyMap<string, SymbolDoc>,
  type: TypeDoc,
): string[] {
  switch (type.kind) {
    case "literal":
      return [type.value.string];
    case "union":
      return type.value.flatMap((part: TypeDoc) => literalsOf(docs, part));
    case "typeRef": {
      const alias = docs.get(type.value.typeName)?.declarations[0]?.def.tsType;
      return alias === undefined ? [] : literalsOf(docs, alias);
    }
    default:
      return [];
  }
}

/** The JSON schema of a type. */
function schemaOf(
  docs: ReadonlyMap<string, SymbolDoc>,
  type: TypeDoc,
  field: Field,
): Record<string, unknown> {
  if (field.kind === "flag") return { const: true };
  if (type.kind === "union") {
    const parts = type.value as TypeDoc[];
    const others = parts.filter(({ repr }) => repr !== "null");
    const isNullable = others.length < parts.length;
    const [only] = others;
    if (only === undefined || others.length > 1) {
      const literals = literalsOf(docs, type);
      return { enum: isNullable ? [...literals, null] : literals };
    }
    const schema = schemaOf(docs, only, field);
    return isNullable ? { ...schema, type: [schema.type, "null"] } : schema;
  }
  const number = {
    type: decimalsOf(field.unit) === undefined ? "integer" : "number",
    ...(field.unit === "none" ? {} : { minimum: 0 }),
  };
  if (type.kind === "keyword") {
    return type.value === "number" ? number : { type: type.value };
  }
  if (type.kind === "typeOperator" || type.kind === "array") {
    return { type: "array", items: { type: "string" } };
  }
  if (type.kind !== "typeRef") {
    throw new Error(`Cannot make a schema of ${JSON.stringify(type)}`);
  }
  const { typeName, typeParams = [] } = type.value;
  switch (typeName) {
    case "Integer":
      return number;
    case "KeyedCounters":
      return mapSchema(field);
    case "NamedTexts":
      return {
        type: "object",
        additionalProperties: { type: ["string", "null"] },
      };
    case "Readonly":
      return schemaOf(docs, typeParams[0], field);
    case "Record":
      return {
        type: "object",
        additionalProperties: schemaOf(docs, typeParams[1], field),
      };
    default: {
      const literals = literalsOf(docs, type);
      if (literals.length > 0) return { enum: literals };
      throw new Error(`Cannot make a schema of the type ${typeName}`);
    }
  }
}

function mapSchema(field: Field): Record<string, unknown> {
  const typeOf = (unit: Field["unit"]) => ({
    type: [decimalsOf(unit) === undefined ? "integer" : "number", "null"],
  });
  const named = Object.entries(field.entries ?? {});
  return {
    type: "object",
    ...(named.length === 0 ? {} : {
      properties: Object.fromEntries(
        named.map(([name, { unit }]) => [name, typeOf(unit)]),
      ),
    }),
    additionalProperties: typeOf(field.unit),
  };
}

/** The properties that a kind of line may have, by key. */
function linePropertiesOf(
  docs: ReadonlyMap<string, SymbolDoc>,
  kind: LineKind,
): Map<string, PropertyDoc> {
  return new Map(
    KINDS[kind].interfaces.flatMap((name) => [...propertiesOf(docs, name)]),
  );
}

function jsonSchema(docs: ReadonlyMap<string, SymbolDoc>): string {
  const reasons = literalsOf(docs, {
    repr: "NullReason",
    kind: "typeRef",
    value: { typeName: "NullReason" },
  });
  const every = propertiesOf(docs, "EveryLine");
  const origin = propertiesOf(docs, "OriginOnLine");
  const describe = (key: keyof typeof EVERY_LINE) =>
    sentenceOf(every.get(key) ?? fail(key));
  const branches = Object.entries<Fields>(LINES).map(([kind, fields]) => {
    const properties: Record<string, unknown> = {
      timestamp: {
        type: "string",
        pattern: TIMESTAMP,
        description: describe("timestamp"),
      },
      epoch_ms: { type: "integer", description: describe("epochMs") },
      kind: { const: kind },
    };
    const required = ["timestamp", "epoch_ms", "kind"];
    const docsOf = linePropertiesOf(docs, kind as LineKind);
    for (const [key, field] of Object.entries(fields)) {
      const property = docsOf.get(key) ?? fail(`${kind}.${key}`);
      properties[field.name] = {
        ...schemaOf(docs, property.tsType, field),
        description: withWireNames(meaningOf(property, field)),
      };
      if (field.kind !== "flag" && field.collector === undefined) {
        required.push(field.name);
      }
    }
    if (kind !== "run") {
      for (const [key, field] of Object.entries<Field>(ORIGIN)) {
        const property = origin.get(key) ?? fail(key);
        properties[field.name] = {
          ...schemaOf(docs, property.tsType, field),
          description: `With \`--hostname\`: ${meaningOf(property, field)}`,
        };
      }
    }
    const own = Object.keys(properties);
    if (docsOf.has("unreadable")) {
      properties.unreadable = {
        type: "object",
        minProperties: 1,
        propertyNames: { enum: [...own.slice(3), ...MISSED_LINES] },
        additionalProperties: { enum: reasons },
        description: describe("unreadable"),
      };
    }
    return {
      title: kind,
      description: KINDS[kind as LineKind].intro,
      type: "object",
      properties,
      required,
      // A property that is not a field of this kind is a label. No label has the name of a field.
      propertyNames: {
        anyOf: [
          { enum: Object.keys(properties) },
          { pattern: LABEL_NAME.source, not: { $ref: "#/$defs/fieldNames" } },
        ],
      },
      additionalProperties: { type: "string", description: "A label" },
    };
  });
  return JSON.stringify({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A line of procline in the format records",
    description: `${GENERATED}. Any further field is a label, and a text.`,
    type: "object",
    required: ["kind"],
    oneOf: branches,
    $defs: { fieldNames: { enum: [...fieldNames()] } },
  });
}

function fail(what: string): never {
  throw new Error(`Cannot find the docs of ${what}`);
}

function fieldsReference(docs: ReadonlyMap<string, SymbolDoc>): string {
  const tableOf = (
    fields: readonly (readonly [string, Field])[],
    properties: ReadonlyMap<string, PropertyDoc>,
  ): string => {
    const rows = fields.map(([key, field]) => {
      const { name, unit, kind } = field;
      const property = properties.get(key) ?? fail(key);
      const shownUnit = unit === "none" ? "" : unit.replaceAll("_", " ");
      const meaning = withWireNames(meaningOf(property, field)).replaceAll(
        "|",
        "\\|",
      );
      return `| \`${name}\` | ${shownUnit} | ${kind} | ${meaning} |`;
    });
    return [
      "| field | unit | kind | meaning |",
      "| --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  };
  const sections = Object.entries<Fields>(LINES).map(([kind, fields]) => {
    const properties = linePropertiesOf(docs, kind as LineKind);
    const groups = Map.groupBy(
      Object.entries(fields),
      ([, { collector }]) => collector ?? "",
    );
    const parts = Array.from(
      groups,
      ([collector, group]) =>
        collector === ""
          ? tableOf(group, properties)
          : `With \`${optionOf(collector)}\`:\n\n${tableOf(group, properties)}`,
    );
    return `## ${kind}\n\n${KINDS[kind as LineKind].intro}\n\n${
      parts.join("\n\n")
    }`;
  });
  return `# Fields

<!-- ${GENERATED}. -->

The lines of the format \`records\`, kind by kind. The fields of a kind stand in the order of the
line; those of a collector are listed behind the others. \`procline --schema\` prints the same as a
JSON schema.

A value that is not known is \`null\`, never 0 and never left out, and \`unreadable\` on the line says
why, unless the field's own text says what null means. A group of fields that was not asked for is
absent. Percentages are of one core: 100 is one core fully used. Whole numbers are exact, also
beyond 2^53. Percentages keep three decimals, seconds six; a figure that may have a fraction always
has a decimal point, so that a reader which infers types takes the column for what it is.

What compares two samples is null in the first. A run on what is there already (\`--pid\`,
\`--name\`, \`--cgroup\`, \`--unit\`, \`--all\`) takes a silent sample before its first line, which
is then compared with that.

A field's kind: a **label** says which thing the line is about; a **gauge** rises and falls; a
**counter** only grows while its thing lives; a **flag** stands on a line only if it is true; a
**map** holds several figures by name.

## Every line

${tableOf(Object.entries<Field>(EVERY_LINE), propertiesOf(docs, "EveryLine"))}

Labels, as \`--label KEY=TEXT\` gives them, stand behind \`kind\`, and behind them, with
\`--hostname\`, what the line of the run has in any case:

${tableOf(Object.entries<Field>(ORIGIN), propertiesOf(docs, "OriginOnLine"))}

${sections.join("\n\n")}
`;
}

/** Replaces the keys of fields in a sentence by their names on the lines. */
function withWireNames(sentence: string): string {
  return sentence.replaceAll(
    /`([a-z]+(?:[A-Z][a-z0-9]*)+)`/g,
    (_, key: string) =>
      `\`${key.replaceAll(/[A-Z]/g, (at) => `_${at.toLowerCase()}`)}\``,
  );
}

/**
 * Makes src/format/_same.ts, which compares two samples of a process group by group. A group holds
 * fields that stand side by side on the line and change together.
 */
function comparisons(): string {
  const groups: { keys: string[]; collector: string; isShared: boolean }[] = [];
  for (const [key, field] of Object.entries<Field>(LINES.process)) {
    const { collector = "", isShared = false } = field;
    const last = groups.at(-1);
    if (last?.collector === collector && last.isShared === isShared) {
      last.keys.push(key);
    } else {
      groups.push({ keys: [key], collector, isShared });
    }
  }
  const rows = groups.map(({ keys, isShared }) => {
    const compared = keys.filter((key) => key !== "pid");
    const same = compared.map((key) => `before.${key} === now.${key}`);
    return `{
      keys: ${JSON.stringify(keys)},
      isShared: ${isShared},
      isSame: (before, now) => ${same.join(" && ")},
    }`;
  });
  return `/**
 * Which groups of fields are equal in two samples of a process.
 *
 * ${GENERATED}: field by field, as looking them up
 * by key costs four times as much without an optimizing compiler.
 */

import type { ProcessSample } from "../model/process.ts";

/** Fields of a process that stand side by side on its line. */
export interface SameGroup {
  /** Their keys, in the order of the line. */
  readonly keys: readonly string[];
  /** Set if they change in every sample but are often equal among processes. */
  readonly isShared: boolean;
  /** Whether they are the same in both; the process id is not compared. */
  readonly isSame: (before: ProcessSample, now: ProcessSample) => boolean;
}

/** The groups of a process's line, in their order. */
export const SAME: readonly SameGroup[] = [${rows.join(",\n")}];
`;
}

/** The kinds of line that other formats print as metrics with a sentence each. */
const METRIC_KINDS: readonly LineKind[] = ["tree", "cgroup", "host"];

/** Makes src/format/_help.ts, which says what each figure means. */
function helpTexts(docs: ReadonlyMap<string, SymbolDoc>): string {
  const collectors = [...collectorsOnLines()];
  const kinds = METRIC_KINDS.map((kind) => {
    const properties = linePropertiesOf(docs, kind);
    const rows = [...figuresOf(kind, collectors), ...mapsOf(kind, collectors)]
      .map(({ key, field }) => {
        const property = properties.get(key) ?? fail(`${kind}.${key}`);
        return `${field.name}: ${JSON.stringify(helpOf(sentenceOf(property)))}`;
      });
    return `${kind}: {${rows.join(", ")}}`;
  });
  return `/**
 * What the figures of lines mean, a sentence for each: the text of metrics.
 *
 * ${GENERATED}.
 */


/** The sentences, by kind of line and by the name on it. */
export const HELP = {${kinds.join(",\n")}} as const;
`;
}

/** The first sentence of a doc, without what it says of null. */
function helpOf(doc: string): string {
  const [first = ""] = doc.split(/(?<=\.) (?=[A-Z])/);
  return withWireNames(first.replace(/; null.*$/, "."))
    .replaceAll("`", "");
}

/** The kinds of line that are most of what a run prints. */
const READ_FAST: Readonly<Partial<Record<LineKind, string>>> = {
  process: "processOf",
  smaps: "mappingOf",
  tree: "treeOf",
};

/** What tells whether a value on a line can be that of a field, by its name in _values.ts. */
function checkOf(
  docs: ReadonlyMap<string, SymbolDoc>,
  type: TypeDoc,
  field: Field,
): string {
  if (field.kind === "flag") return "isFlag";
  if (type.kind === "union") {
    const parts = type.value as TypeDoc[];
    const others = parts.filter(({ repr }) => repr !== "null");
    const [only] = others;
    if (only !== undefined && others.length === 1) {
      const check = checkOf(docs, only, field);
      return others.length < parts.length ? `${check}OrNull` : check;
    }
  }
  const isWhole = decimalsOf(field.unit) === undefined &&
    field.decimals === undefined;
  if (type.kind === "keyword") {
    switch (type.value) {
      case "number":
        return isWhole ? "isWhole" : "isFigure";
      case "string":
        return "isText";
      case "boolean":
        return "isBoolean";
    }
  }
  if (type.kind === "typeOperator" || type.kind === "array") return "isTexts";
  if (type.kind === "typeRef") {
    const { typeName, typeParams = [] } = type.value;
    switch (typeName) {
      case "Integer":
        return "isInteger";
      case "KeyedCounters":
        return mapCheckOf(field);
      case "NamedTexts":
        return "isNamedTexts";
      case "Readonly":
        return checkOf(docs, typeParams[0], field);
      case "Record":
        return `${checkOf(docs, typeParams[1], field)}${
          typeParams[1].value.typeName === "KeyedCounters" ? "ByName" : "s"
        }`;
    }
    const literals = literalsOf(docs, type);
    if (literals.length > 0) return `is${typeName}`;
  }
  throw new Error(`Cannot check ${field.name} of ${JSON.stringify(type)}`);
}

/** The same of a map with figures that may not be known. */
function mapCheckOf({ unit, entries }: Field): string {
  if (decimalsOf(unit) === undefined) return "isCounters";
  return entries === undefined ? "isFigures" : "isPressure";
}

/** Holds a flag that may be null to name the field that it is about, and no other to do so. */
function requireOf(key: string, { kind, of }: Field, type: TypeDoc): void {
  const mayBeNull = type.kind === "union" &&
    type.value.some(({ repr }: TypeDoc) => repr === "null");
  if (kind === "flag" && mayBeNull !== (of !== undefined)) {
    throw new Error(
      mayBeNull
        ? `Cannot tell where the flag ${key} is null: its row names no field`
        : `Cannot make the flag ${key} null: its type has no null`,
    );
  }
}

/**
 * Makes src/recording/_fields.ts, which reads lines again: what each field may hold, and for the
 * kinds that are most of a run what makes their values, field by field.
 */
function readers(docs: ReadonlyMap<string, SymbolDoc>): string {
  const checks = Object.entries<Fields>(LINES).map(([kind, fields]) => {
    const properties = linePropertiesOf(docs, kind as LineKind);
    return {
      kind: kind as LineKind,
      rows: Object.entries<Field>(fields).map(([key, field]) => {
        const { tsType } = properties.get(key) ?? fail(`${kind}.${key}`);
        requireOf(key, field, tsType);
        return { key, field, check: checkOf(docs, tsType, field) };
      }),
    };
  });
  const used = new Set(
    checks.flatMap(({ rows }) => rows.map(({ check }) => check)),
  );
  const table = checks.map(({ kind, rows }) =>
    `${kind}: {${rows.map(({ key, check }) => `${key}: ${check}`).join(",")}}`
  );
  const functions = checks.flatMap(({ kind, rows }) => {
    const name = READ_FAST[kind];
    if (name === undefined) return [];
    const groups = Map.groupBy(rows, ({ field }) => field.collector ?? "");
    const own = Array.from(groups, ([collector, fields]) => {
      const bad = fields.map(({ field, check }) =>
        `!${check}(line.${field.name})`
      );
      const nameOf = (key: string) =>
        (fields.find((one) => one.key === key) ?? fail(key)).field.name;
      const values = fields.map(({ key, field: { kind, name, of } }) =>
        kind !== "flag"
          ? `${key}: line.${name}`
          : of === undefined
          ? `${key}: line.${name} === true`
          : `${key}: flagOf(line.${name}, line.${nameOf(of)})`
      );
      const reasons = collector === "" ? ["unreadable"] : [];
      return `function ${partName(name, collector)}(line: Line${
        collector === "" ? ", unreadable: NullReasons | null" : ""
      }) {
        if (${bad.join(" || ")}) return null;
        return {${[...values, ...reasons].join(",")}};
      }`;
    });
    const collectors = [...groups.keys()].filter((one) => one !== "");
    const parts = collectors.map((collector) =>
      `const ${variableName(collector)} = collectors.has("${collector}") ? ${
        partName(name, collector)
      }(line) : {};`
    );
    const nulls = collectors.map((one) => `${variableName(one)} === null`);
    const spreads = collectors.map((one) => `...${variableName(one)}`);
    const takesCollectors = collectors.length > 0;
    const type = interfaceOf(kind);
    return [
      ...own,
      `/** The values of a line of kind ${kind}; null if one of them cannot be. */
      export function ${name}(line: Line, unreadable: NullReasons | null${
        takesCollectors ? ", collectors: ReadonlySet<string>" : ""
      }): ${type} | null {
        ${
        takesCollectors
          ? `const own = ${partName(name, "")}(line, unreadable);
        if (own === null || collectors.size === 0) return own;
        ${parts.join("\n")}
        if (${nulls.join(" || ")}) return null;
        return { ...own, ${spreads.join(", ")} };`
          : `return ${partName(name, "")}(line, unreadable);`
      }
      }`,
    ];
  });
  const reasons = literalsOf(docs, {
    repr: "EndReason",
    kind: "typeRef",
    value: { typeName: "EndReason" },
  });
  const imported = [...used].filter((name) => name !== "isEndReason");
  return `/**
 * What each field of a line may hold, and what reads the kinds of line that are most of a run.
 *
 * ${GENERATED}: field by field, as looking them up
 * by key costs more than \`JSON.parse\` of the whole line.
 */

import type { MappingSample } from "../model/collected_fields.ts";
import type { LineKind } from "../model/field.ts";
import type { NullReasons } from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import type { TreeSample } from "../model/sample.ts";
import { type Check, flagOf, ${
    imported.join(", ")
  }, type Line } from "./_values.ts";

/** Whether a value can be that of a field, by the kind of line and the field's key in a sample. */
export const CHECKS: Readonly<
  Record<LineKind, Readonly<Record<string, Check>>>
> = {${table.join(",")}};

function isEndReason(value: unknown): boolean {
  return ${
    reasons.map((reason) => `value === ${JSON.stringify(reason)}`).join(" || ")
  };
}

${functions.join("\n\n")}
`;
}

/** The interface of the values of a kind of line. */
function interfaceOf(kind: LineKind): string {
  return KINDS[kind].interfaces[0] ?? fail(kind);
}

/** The function that reads the fields of one collector. */
function partName(name: string, collector: string): string {
  return `${name}${
    collector === "" ? "Own" : capital(variableName(collector))
  }`;
}

/** A collector's name as that of a variable: `smapsRollup`. */
function variableName(collector: string): string {
  return collector.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase());
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A text as `deno fmt` formats it. */
async function formatted(text: string, extension: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", extension, "-"],
    cwd: CHECKOUT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("Cannot format what was made: deno fmt failed");
  return new TextDecoder().decode(stdout);
}

async function main(): Promise<number> {
  const check = readArguments(USAGE, { flags: ["check"] }).flags.has("check");
  const docs = await readDocs();
  const files = {
    "docs/fields.md": await formatted(fieldsReference(docs), "md"),
    "docs/records.schema.json": await formatted(jsonSchema(docs), "json"),
    "src/format/_same.ts": await formatted(comparisons(), "ts"),
    "src/format/_help.ts": await formatted(helpTexts(docs), "ts"),
    "src/recording/_fields.ts": await formatted(readers(docs), "ts"),
  };
  let stale = 0;
  for (const [path, text] of Object.entries(files)) {
    const target = `${CHECKOUT}${path}`;
    const before = existsSync(target) ? await Deno.readTextFile(target) : null;
    if (before === text) continue;
    stale++;
    if (check) console.error(`${path} is stale: run deno task dictionary`);
    else await Deno.writeTextFile(target, text);
  }
  return check && stale > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main());
