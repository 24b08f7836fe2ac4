/**
 * Joins all modules into one file.
 *
 * The bundler puts each module that may be imported on demand into a function of its own, and with
 * it all that it shares with others. V8 keeps the code of a file compiled from one start to the
 * next, but not that of such functions. So here what every start needs stands at the top of the
 * file, and all else in one function, which V8 does not look into before something of it is wanted:
 * the bundler makes the two parts, and the second one is given what it needs of the first. So what
 * a module of the first part exports is made at once and stays as it is: `export let` is refused.
 */
import { ensureDir } from "@std/fs";
import { parse } from "acorn";
import { CHECKOUT, runWell } from "./_tool.ts";

const ENTRY = "mod.ts";
/** What is imported on demand, and by every run that prints lines. */
const OF_EACH_RUN = [
  "src/cli/program.ts",
  "src/format/records.ts",
  "src/cli/missed_samples.ts",
  "src/cli/non_blocking_file.ts",
];

/** The function that holds the second part, and its parameter. */
const MORE = "__procline_more";
const CORE = "__procline_core";
/** A module of the first part that is made here: how the others import what is in the second. */
const ON_DEMAND = "on_demand.ts";
const LINK = "link.ts";

/** A literal `import()`, of a module or of JSON. */
const IMPORT =
  /(?<!typeof )\bimport\(\s*"(\.[^"]+)"\s*(?:,\s*\{\s*with:[^}]*\}\s*\}\s*)?,?\s*\)/g;

/** What `deno info --json` says of modules, as far as it matters. */
interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** The modules that a module imports, by their paths in the checkout. */
interface Imports {
  readonly atOnce: readonly string[];
  readonly onDemand: readonly string[];
}

/** Writes all modules into one file, without what only people read. */
export async function link(output: string): Promise<void> {
  const modules = await importsOfAll();
  const first = reachedFrom([ENTRY, ...OF_EACH_RUN], modules);
  const later = [...modules.keys()].filter((path) => !first.has(path));
  const directory = await Deno.makeTempDir({ prefix: "procline_link_" });
  try {
    const core = await joined(`${directory}/core`, ENTRY, [
      ...await Promise.all(
        Array.from(
          first,
          async (path) => [path, await linked(path, first, modules)],
        ),
      ),
      [ON_DEMAND, "export const onDemand = { load: null };\n"],
      [LINK, await linkText(first)],
    ]);
    const more = await joined(`${directory}/more`, LINK, [
      ...await Promise.all(
        Array.from(first, async (path) => [path, await stubOf(path)]),
      ),
      ...await Promise.all(later.map(async (path) => [path, await read(path)])),
      [LINK, listOf(wantedOnDemand(modules, first))],
    ]);
    refuseModule(more);
    const text = `${compiledAtOnce(core)}function ${MORE}(${CORE}){${more}}\n`;
    await Deno.writeTextFile(output, text);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/**
 * Sets the functions of a file before all else in it, in parentheses. V8 takes such a function for
 * one that is called at once, and compiles it with the file; another one it would compile when it
 * is first called, at each start.
 */
function compiledAtOnce(text: string): string {
  const { body } = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const functions: string[] = [];
  const others: string[] = [];
  for (const statement of body) {
    const code = text.slice(statement.start, statement.end);
    if (statement.type === "FunctionDeclaration") {
      functions.push(`${statement.id.name}=(${code})`);
    } else others.push(code);
  }
  return `var ${functions.join()};${others.join(";")}\n`;
}

/**
 * Refuses what only a module may have: the second part is a function.
 *
 * @throws {Error} If it has that.
 */
function refuseModule(text: string): void {
  const { body } = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const refused = body.find(({ type }) => /^(Import|Export)/.test(type));
  if (refused !== undefined || text.includes("import.meta")) {
    throw new Error(
      "Cannot link what is imported on demand: it imports from elsewhere, exports, or has import.meta",
    );
  }
}

async function importsOfAll(): Promise<ReadonlyMap<string, Imports>> {
  const text = await runWell([
    Deno.execPath(),
    ..."info --json --quiet".split(" "),
    ENTRY,
  ]);
  const { modules } = JSON.parse(text) as Graph;
  return new Map(
    modules.filter(({ specifier }) => specifier.startsWith("file:"))
      .map(({ specifier, dependencies = [] }) => {
        const to = (isDynamic: boolean) =>
          dependencies.filter((one) => (one.isDynamic ?? false) === isDynamic)
            .map(({ code }) => code?.specifier ?? "")
            .filter((one) => one.startsWith("file:"))
            .map(pathOf);
        return [pathOf(specifier), {
          atOnce: to(false),
          onDemand: to(true),
        }];
      }),
  );
}

/** What these modules import at once, and they themselves. */
function reachedFrom(
  paths: readonly string[],
  modules: ReadonlyMap<string, Imports>,
): ReadonlySet<string> {
  const reached = new Set(paths);
  for (const path of reached) {
    for (const next of modules.get(path)?.atOnce ?? []) reached.add(next);
  }
  return reached;
}

/** What the modules of the first part import on demand, and is in the second. */
function wantedOnDemand(
  modules: ReadonlyMap<string, Imports>,
  first: ReadonlySet<string>,
): ReadonlySet<string> {
  return new Set(
    Array.from(first, (path) => modules.get(path)?.onDemand ?? []).flat()
      .filter((path) => !first.has(path)),
  );
}

/** A module of the first part: what it imports on demand it has, or asks for. */
async function linked(
  path: string,
  first: ReadonlySet<string>,
  modules: ReadonlyMap<string, Imports>,
): Promise<string> {
  const imports: string[] = [];
  const found = new Set<string>();
  const source = await read(path);
  if (/^export (let|var)\b/m.test(source)) {
    throw new Error(`Cannot link ${path}: what it exports may change`);
  }
  const text = source.replaceAll(IMPORT, (_, specifier) => {
    const target = pathOf(new URL(specifier, urlOf(path)).href);
    found.add(target);
    if (!first.has(target)) return `onDemand.load(${JSON.stringify(target)})`;
    const name = `imported${imports.length}`;
    imports.push(`import * as ${name} from "${specifier}";`);
    return `Promise.resolve(${name})`;
  });
  const missed = (modules.get(path)?.onDemand ?? [])
    .filter((target) => !found.has(target));
  if (missed.length > 0) {
    throw new Error(
      `Cannot link ${path}: no import() was found of ${missed.join(", ")}`,
    );
  }
  const up = "../".repeat(path.split("/").length - 1) || "./";
  if (text.includes("onDemand.load(")) {
    imports.push(`import { onDemand } from "${up}${ON_DEMAND}";`);
  }
  // The last module of all that is evaluated before a run begins.
  if (path === ENTRY) imports.push(`import "./${LINK}";`);
  return [text, ...imports, ""].join("\n");
}

/** The module that gives the second part what it needs of the first. */
async function linkText(first: ReadonlySet<string>): Promise<string> {
  const imports: string[] = [];
  const values: string[] = [];
  for (const [at, path] of [...first].entries()) {
    const names = path === ENTRY ? [] : await exportsOf(path);
    const local = (i: number) => `m${at}_${i}`;
    imports.push(
      `import { ${
        names.map((name, i) => `${name} as ${local(i)}`).join(", ")
      } } from "./${path}";`,
    );
    values.push(
      `${JSON.stringify(path)}: { ${
        names.map((name, i) => `${name}: ${local(i)}`).join(", ")
      } }`,
    );
  }
  return `${imports.join("\n")}
import { onDemand } from "./${ON_DEMAND}";
let modules = null;
onDemand.load = async (path) => {
  if (modules === null) {
    const made = { ${values.join(", ")} };
    ${MORE}(made);
    modules = made;
  }
  return await modules.load[path]();
};
`;
}

/** What stands for a module of the first part in the second. */
async function stubOf(path: string): Promise<string> {
  if (path === ENTRY) return "";
  const names = await exportsOf(path);
  return names.length === 0
    ? ""
    : `export const { ${names.join(", ")} } = ${CORE}[${
      JSON.stringify(path)
    }];\n`;
}

/** The entry of the second part. */
function listOf(paths: ReadonlySet<string>): string {
  const imports = Array.from(paths, (path) => {
    const json = path.endsWith(".json") ? `, { with: { type: "json" } }` : "";
    return `${JSON.stringify(path)}: () => import("./${path}"${json})`;
  });
  return `${CORE}.load = { ${imports.join(", ")} };\n`;
}

/** Writes modules into a directory, and bundles them. */
async function joined(
  directory: string,
  entry: string,
  modules: readonly (readonly string[])[],
): Promise<string> {
  for (const [path = "", text = ""] of modules) {
    await ensureDir(new URL(".", `file://${directory}/${path}`).pathname);
    await Deno.writeTextFile(`${directory}/${path}`, text);
  }
  await runWell([
    Deno.execPath(),
    ..."bundle --quiet --no-config --minify --platform deno --output".split(
      " ",
    ),
    "joined.js",
    entry,
  ], directory);
  return await Deno.readTextFile(`${directory}/joined.js`);
}

async function exportsOf(path: string): Promise<string[]> {
  return Object.keys(await import(urlOf(path)));
}

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(`${CHECKOUT}${path}`);
}

function urlOf(path: string): string {
  return new URL(path, `file://${CHECKOUT}`).href;
}

function pathOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname).slice(CHECKOUT.length);
}
