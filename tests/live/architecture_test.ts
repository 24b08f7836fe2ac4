import { assert, assertEquals } from "@std/assert";
import { CHECKOUT } from "./_procline.ts";

/** One `import` or `export ... from`. */
interface Import {
  /** What is imported, from the root of the checkout: `src/errors.ts`; for what is no file of ours as it is written. */
  readonly target: string;
  /** As it is written. */
  readonly specifier: string;
  /** Whether nothing but types comes from there. */
  readonly isTypeOnly: boolean;
}

/**
 * The layers, the lowest first. A module imports from its own layer and those below, types included.
 */
const LAYERS: readonly (readonly (string | RegExp)[])[] = [
  ["src/_quote.ts", "src/_random.ts", "src/integer.ts", "src/errors.ts"],
  ["src/clock.ts", "src/manual_clock.ts"],
  [/^src\/parse\//, "src/proc_fs.ts", "src/path_fs.ts", "src/ticks.ts"],
  ["src/fault_fs.ts"],
  ["src/reader.ts", "src/unreadable.ts", "src/sums.ts"],
  [
    "src/cgroup_members.ts",
    "src/process_list.ts",
    "src/tree.ts",
    "src/cpu.ts",
    "src/process.ts",
  ],
  ["src/host.ts", "src/ledger.ts"],
  [/^src\/collect\//],
  ["src/sample.ts", "src/events.ts", "src/totals.ts", "src/recording.ts"],
  ["src/sampler.ts"],
  [/^src\/format\//],
  [/^src\/cli\//],
  ["mod.ts", "src/testing.ts"],
];

/** What uses `Deno.` outside comments, and nothing else does. */
const DENO_USERS = /^(?:src\/proc_fs\.ts|src\/clock\.ts|src\/cli\/.*|mod\.ts)$/;

/** Every name that mod.ts exports, types included. */
const EXPORTED_NAMES = [
  "Auxv",
  "COLLECTORS",
  "CgroupEntry",
  "CgroupFigure",
  "CgroupSample",
  "Clock",
  "CmdlineFields",
  "CollectedExtras",
  "CollectedFields",
  "CollectedTotals",
  "CollectorName",
  "CpuMax",
  "CpuRange",
  "Encoder",
  "EncoderOptions",
  "EndReason",
  "ExecEvent",
  "ExitEvent",
  "FORMATS",
  "FdFields",
  "Format",
  "HostFacts",
  "HostFs",
  "HostFsOptions",
  "HostSample",
  "Integer",
  "Io",
  "IoFields",
  "IoRates",
  "IoTotals",
  "KeyedCounters",
  "LADING_FIELD_NAMES",
  "LadingEncoder",
  "Limit",
  "Limits",
  "Loadavg",
  "MalformedListener",
  "MappedMemory",
  "MappedMemoryFields",
  "Mapping",
  "MappingSample",
  "Meminfo",
  "Mount",
  "PF_KTHREAD",
  "Parentage",
  "Pressure",
  "PressureLine",
  "ProcFile",
  "ProcFs",
  "ProcParseError",
  "ProcReadError",
  "ProcStat",
  "ProcessEvent",
  "ProcessSample",
  "RECORDING_VERSION",
  "ReadFailure",
  "RecordedEnd",
  "RecordedRead",
  "RecordedSample",
  "RecordingError",
  "RecordingFs",
  "RecordingHeader",
  "RecordsEncoder",
  "ReparentedEvent",
  "ReplayClock",
  "ReplayFs",
  "RootError",
  "Run",
  "RunEnd",
  "RunSummary",
  "Sample",
  "Sampler",
  "SamplerOptions",
  "SamplesOptions",
  "SelfUsage",
  "SmapsRollup",
  "SmapsRollupFields",
  "StartEvent",
  "Stat",
  "StatFields",
  "Statm",
  "Status",
  "StatusFields",
  "TreeSample",
  "Unread",
  "Unreadable",
  "UnreadableFields",
  "countCpus",
  "createEncoder",
  "decodeRecorded",
  "decodeRecordingHeader",
  "encodeRecorded",
  "encodeRecordingHeader",
  "hostClock",
  "hostSelfUsage",
  "isFieldName",
  "parseAuxv",
  "parseCgroup",
  "parseCgroupProcs",
  "parseCmdline",
  "parseCpuList",
  "parseCpuMax",
  "parseCpusAllowed",
  "parseFlatKeyed",
  "parseIo",
  "parseLimits",
  "parseLoadavg",
  "parseMeminfo",
  "parseMountinfo",
  "parseNestedKeyed",
  "parseParentage",
  "parsePressure",
  "parseProcStat",
  "parseSingleValue",
  "parseSmaps",
  "parseSmapsRollup",
  "parseStat",
  "parseStatm",
  "parseStatus",
  "parseTasksCreated",
  "parseTgid",
  "parseUptime",
  "recordFieldNames",
];

/** Every file that ships, from the root of the checkout. */
function sources(): string[] {
  const files = ["mod.ts"];
  const directories = ["src"];
  for (const directory of directories) {
    for (const entry of Deno.readDirSync(`${CHECKOUT}${directory}`)) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory) directories.push(path);
      else files.push(path);
    }
  }
  return files.sort();
}

/** The text of a file without its comments. */
function codeOf(path: string): string {
  return Deno.readTextFileSync(`${CHECKOUT}${path}`)
    .replaceAll(/\/\*[^]*?\*\//g, "")
    .replaceAll(/(^|\s)\/\/.*$/gm, "");
}

function importsOf(path: string): Import[] {
  const code = codeOf(path);
  const found: Import[] = [];
  const statements =
    /^(?:import|export)\s+(type\s+)?((?:\*(?:\s+as\s+\w+)?|\{[^}]*\}|\w+(?:\s*,\s*\{[^}]*\})?)\s+from\s+)?"([^"]+)"/gm;
  for (const [, type, names, specifier = ""] of code.matchAll(statements)) {
    const inner = /\{([^}]*)\}/.exec(names ?? "")?.[1];
    const areTypes = inner !== undefined &&
      inner.split(",").map((name) => name.trim()).filter((name) => name !== "")
        .every((name) => name.startsWith("type "));
    found.push({
      ...resolve(path, specifier),
      isTypeOnly: type !== undefined || areTypes,
    });
  }
  for (const [, specifier = ""] of code.matchAll(/\bimport\(\s*"([^"]+)"/g)) {
    found.push({ ...resolve(path, specifier), isTypeOnly: false });
  }
  return found;
}

function resolve(
  path: string,
  specifier: string,
): Pick<Import, "target" | "specifier"> {
  if (!specifier.startsWith(".")) return { target: specifier, specifier };
  const url = new URL(specifier, `file:///${path}`);
  return { target: url.pathname.slice(1), specifier };
}

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) =>
    layer.some((member) =>
      typeof member === "string" ? member === path : member.test(path)
    )
  );
}

Deno.test("every import statement of what ships is found", () => {
  for (const path of sources()) {
    const code = codeOf(path);
    const statements = [...code.matchAll(/^import\b|\bfrom "|\bimport\(/gm)]
      .filter(([text]) => text !== "import").length;
    assertEquals(importsOf(path).length, statements, path);
  }
});

Deno.test("what ships is TypeScript alone", () => {
  assertEquals(sources().filter((path) => !path.endsWith(".ts")), []);
});

Deno.test("what ships imports its own files and built-ins of Node alone", () => {
  const files = new Set(sources());
  const others = sources().flatMap((path) =>
    importsOf(path)
      .filter(({ target, specifier }) =>
        !files.has(target) && !specifier.startsWith("node:")
      )
      .map(({ target }) => `${path} imports ${target}`)
  );
  assertEquals(others, []);
});

Deno.test("the parsers never say Deno", () => {
  const saying = sources().filter((path) => path.startsWith("src/parse/"))
    .filter((path) => /\bDeno\s*[.[]|globalThis/.test(codeOf(path)));
  assertEquals(saying, []);
});

Deno.test("the parsers import other parsers, errors and integers alone", () => {
  for (const path of sources().filter((p) => p.startsWith("src/parse/"))) {
    for (const { target } of importsOf(path)) {
      assert(
        target.startsWith("src/parse/") || target === "src/errors.ts" ||
          target === "src/integer.ts",
        `${path} imports ${target}`,
      );
    }
  }
});

Deno.test("only the file system, the clock, the command and the entry use Deno", () => {
  const users = sources().filter((path) =>
    /\bDeno\b\s*[.[?]/.test(codeOf(path))
  );
  assertEquals(users.filter((path) => !DENO_USERS.test(path)), []);
  assert(users.includes("src/proc_fs.ts"));
  const destructured = sources().filter((path) =>
    /=\s*Deno\b(?!\.)/.test(codeOf(path))
  );
  assertEquals(destructured.filter((path) => !DENO_USERS.test(path)), []);
});

Deno.test("every file that ships stands in a layer", () => {
  assertEquals(sources().filter((path) => layerOf(path) < 0), []);
});

Deno.test("the layers point one way", () => {
  const upward = sources().flatMap((path) =>
    importsOf(path)
      .filter(({ target }) => layerOf(target) > layerOf(path))
      .map(({ target }) => `${path} imports ${target}`)
  );
  assertEquals(upward, []);
});

Deno.test("no module imports itself over others", () => {
  const imports = new Map(
    sources().map((path) => [
      path,
      importsOf(path).filter(({ isTypeOnly }) => !isTypeOnly)
        .map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    assert(!way.includes(path), [...way, path].join(" -> "));
    if (done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
});

Deno.test("the file systems and the recording import no parser", () => {
  for (const path of ["src/proc_fs.ts", "src/path_fs.ts", "src/recording.ts"]) {
    for (const { target } of importsOf(path)) {
      assert(!target.startsWith("src/parse/"), `${path} imports ${target}`);
    }
  }
});

Deno.test("the formats import no parser, but for types", () => {
  for (const path of sources().filter((p) => p.startsWith("src/format/"))) {
    for (const { target, isTypeOnly } of importsOf(path)) {
      assert(
        isTypeOnly || !target.startsWith("src/parse/"),
        `${path} imports ${target}`,
      );
    }
  }
});

Deno.test("the collectors do not import the sampler, a format or the command", () => {
  for (const path of sources().filter((p) => p.startsWith("src/collect/"))) {
    for (const { target } of importsOf(path)) {
      assert(
        !/^src\/(?:sampler\.ts|format\/|cli\/)/.test(target),
        `${path} imports ${target}`,
      );
    }
  }
});

Deno.test("mod.ts exports these names and no other", async () => {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", `${CHECKOUT}mod.ts`],
    stderr: "inherit",
  }).output();
  assert(success);
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const names = Object.values<{ symbols: { name: string }[] }>(nodes)
    .flatMap(({ symbols }) => symbols.map(({ name }) => name));
  assertEquals(names.sort(), EXPORTED_NAMES);
});
