import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { walkSync } from "@std/fs";
import { CHECKOUT, TemporaryDirectory } from "../support/procline.ts";

/** One `import` or `export ... from`. */
interface Import {
  /**
   * The file that is imported, from the root of the checkout: `src/errors.ts`. Anything but a file
   * of this repository stands as it is written.
   */
  readonly target: string;
  /** As it is written. */
  readonly specifier: string;
  /** Whether only types are imported. */
  readonly isTypeOnly: boolean;
}

/**
 * The floors, in the order in which data goes through them. A module imports from its own floor and
 * from those above it in this list, types included.
 */
const FLOORS = [
  "kernel",
  "parse",
  "host",
  "tree",
  "model",
  "collect",
  "measure",
  "view",
  "format",
  "recording",
  "cli",
  "testing",
];

/** The files below all floors. */
const GROUND = ["src/errors.ts", "src/integer.ts", "src/text.ts"];

/** The files that may use `Deno.` outside comments. */
const DENO_USERS =
  /^(?:src\/kernel\/(?:host_fs|clock|deno_errors)\.ts|src\/cli\/.*|mod\.ts)$/;

/** The one file that ships and is not TypeScript: `procline --schema` prints it. */
const SCHEMA_FILE = "docs/records.schema.json";

/**
 * The most modules that a start of the command may evaluate. Each costs time, and a request if
 * procline runs from a URL.
 */
const MOST_MODULES = 80;

/** Every name that mod.ts exports, types included. */
const EXPORTED_NAMES = [
  "BytesUse",
  "Clock",
  "Collector",
  "CollectorName",
  "DirEntry",
  "Encoder",
  "EncoderOptions",
  "EndReason",
  "ExecEvent",
  "ExitEvent",
  "FORMATS",
  "FileStatus",
  "Format",
  "FormatName",
  "HostFacts",
  "HostFs",
  "HostFsOptions",
  "Integer",
  "LineKind",
  "MountWatch",
  "NullReason",
  "NullReasons",
  "ProcBytes",
  "ProcFile",
  "ProcFs",
  "ProcParseError",
  "ProcReadError",
  "ProcessEvent",
  "ProcessSample",
  "ReadFailure",
  "RecordingError",
  "ReparentedEvent",
  "RootError",
  "Run",
  "RunEnd",
  "RunSummary",
  "Sample",
  "SampleTimes",
  "Sampler",
  "SamplerOptions",
  "SamplesOptions",
  "StartEvent",
  "TextWindow",
  "TreeSample",
  "UnreadReason",
  "loadFormat",
];

/** Every file that ships, from the root of the checkout. */
function sources(): string[] {
  const files = Array.from(
    walkSync(`${CHECKOUT}src`, { includeDirs: false }),
    ({ path }) => path.slice(CHECKOUT.length),
  );
  return ["mod.ts", ...files].sort();
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

/** The number of a module's floor: 0 for the ground, undefined for a file that has no floor. */
function floorOf(path: string): number | undefined {
  if (GROUND.includes(path)) return 0;
  if (path === "mod.ts") return FLOORS.length + 1;
  const at = FLOORS.indexOf(/^src\/(\w+)\//.exec(path)?.[1] ?? "");
  return at < 0 ? undefined : at + 1;
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
  const files = new Set([...sources(), SCHEMA_FILE]);
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
  assert(users.includes("src/kernel/host_fs.ts"));
  const destructured = sources().filter((path) =>
    /=\s*Deno\b(?!\.)/.test(codeOf(path))
  );
  assertEquals(destructured.filter((path) => !DENO_USERS.test(path)), []);
});

Deno.test("docs/design.md lists the floors in their order", () => {
  const text = Deno.readTextFileSync(`${CHECKOUT}docs/design.md`);
  const rows = [...text.matchAll(/^\| `src\/(\w+)` +\|/gm)];
  assertEquals(rows.map(([, floor]) => floor), FLOORS);
});

Deno.test("every file that ships stands on a floor", () => {
  assertEquals(sources().filter((path) => floorOf(path) === undefined), []);
});

Deno.test("the floors point one way", () => {
  const against = sources().flatMap((path) =>
    importsOf(path)
      .filter(({ target }) => (floorOf(target) ?? 0) > (floorOf(path) ?? 0))
      .map(({ target }) => `${path} imports ${target}`)
  );
  assertEquals(against, []);
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
  const paths = sources().filter((path) =>
    /^src\/(?:kernel|recording)\//.test(path)
  );
  for (const path of paths) {
    for (const { target } of importsOf(path)) {
      assert(!target.startsWith("src/parse/"), `${path} imports ${target}`);
    }
  }
});

Deno.test("the formats import no parser, except types", () => {
  for (const path of sources().filter((p) => p.startsWith("src/format/"))) {
    for (const { target, isTypeOnly } of importsOf(path)) {
      assert(
        isTypeOnly || !target.startsWith("src/parse/"),
        `${path} imports ${target}`,
      );
    }
  }
});

Deno.test("a start of the command evaluates few modules", async () => {
  using directory = new TemporaryDirectory();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      `--coverage=${directory.path}`,
      `${CHECKOUT}mod.ts`,
      `--pid=${Deno.pid}`,
      "--count=1",
    ],
    stdout: "null",
    stderr: "inherit",
  }).output();
  assert(success);

  const evaluated = new Set<string>();
  for await (const { name } of Deno.readDir(directory.path)) {
    const text = await Deno.readTextFile(`${directory.path}/${name}`);
    const { url } = JSON.parse(text);
    if (url.startsWith(`file://${CHECKOUT}`)) evaluated.add(url);
  }
  assert(evaluated.has(`file://${CHECKOUT}src/parse/stat.ts`));
  assertLessOrEqual(evaluated.size, MOST_MODULES);
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
