/** DuckDB, which reads lines as a table. */
import { assertEquals } from "@std/assert";
import { decimalsOf, EVERY_LINE, LINES } from "../../src/model/dictionary.ts";
import type { Field, Fields } from "../../src/model/field.ts";
import { linesOfBuilds } from "./_builds.ts";
import type { Consumer, Context } from "./consumer.ts";
import { npmPackage } from "./needs.ts";
import { holdAnswers, type Rows } from "./_questions.ts";
import { linesOf, oddLines } from "./_recorded.ts";
import { shipped } from "./_shipped.ts";
import { CHECKOUT } from "../support/procline.ts";

/** The five questions of docs/ship/duckdb.sql, and the type that it finds for each column. */
export const duckdb: Consumer = {
  name: "duckdb",
  set: "large",
  needs: [npmPackage("@duckdb/node-api@1.5.6-r.1")],
  check: async (context) => {
    const { directory } = context;
    const builds = await linesOfBuilds();
    await Deno.writeTextFile(`${directory}/builds.ndjson`, builds);
    const sql = await shipped("duckdb.sql", {
      "/var/log/procline/*.ndjson": `${directory}/builds.ndjson`,
    });
    const { version, results } = await ask(context, sql);
    holdAnswers(results);

    const text = await oddLines(context);
    await holdTypes(context, text);
    const lines = linesOf(text);
    return {
      version,
      lines: lines.length + linesOf(builds).length,
      compared:
        "five questions as by hand, the type of each column, each name of a process",
    };
  },
};

async function ask(
  context: Context,
  sql: string,
): Promise<{ version: string; results: Rows[] }> {
  const path = `${context.directory}/ask.sql`;
  await Deno.writeTextFile(path, sql);
  return JSON.parse(
    await context.runWell([
      "node",
      `${CHECKOUT}tests/consumers/duckdb.cjs`,
      path,
    ]),
  );
}

/** Holds the types that DuckDB finds by itself to what the dictionary says of each field. */
async function holdTypes(context: Context, text: string): Promise<void> {
  const path = `${context.directory}/all.ndjson`;
  await Deno.writeTextFile(path, text);
  const table =
    `read_json_auto('${path}', format = 'newline_delimited', sample_size = -1, union_by_name = true)`;
  const { results: [columns = [], processes = []] } = await ask(
    context,
    `DESCRIBE SELECT * FROM ${table};
     SELECT hex(comm) AS comm, hex(exe) AS exe,
       list_transform(cmdline, lambda word: hex(word)) AS cmdline
     FROM ${table} WHERE kind = 'process';`,
  );
  const values = new Map<string, unknown[]>();
  for (const line of linesOf(text)) {
    for (const [name, value] of Object.entries(JSON.parse(line))) {
      if (value === null) continue;
      const known = values.get(name);
      if (known === undefined) values.set(name, [value]);
      else known.push(value);
    }
  }
  const faults: string[] = [];
  for (const { column_name: name, column_type: type } of columns) {
    const seen = values.get(String(name)) ?? [];
    const allowed = typesOf(String(name), seen);
    if (!allowed.test(String(type))) {
      faults.push(`${name}: ${type}, not ${allowed}`);
    }
  }
  assertEquals(faults, []);
  assertEquals(
    [...values.keys()].filter((name) =>
      !columns.some(({ column_name }) => column_name === name)
    ),
    [],
  );
  assertEquals(
    processes.map((row) => [row.comm, row.exe, row.cmdline ?? null]),
    linesOf(text).map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "process")
      .map(({ comm, exe, cmdline }) => [
        hex(comm),
        hex(exe),
        cmdline?.map(hex) ?? null,
      ]),
  );
}

/** The bytes of a text: DuckDB's client for Node loses a byte order mark at its begin. */
function hex(text: string | null): string | null {
  return text === null
    ? null
    : new TextEncoder().encode(text).toHex().toUpperCase();
}

/** The types that a column may have. */
function typesOf(name: string, seen: readonly unknown[]): RegExp {
  const types = new Set(seen.map((value) => typeof value));
  // Of a column that is always null DuckDB knows nothing. `cpu_seconds_total` is a number on a
  // cgroup's line and a map on a host's.
  if (types.size !== 1) return /^JSON$/;
  if (types.has("boolean")) return /^BOOLEAN$/;
  if (types.has("object")) return /^(?:STRUCT|MAP|JSON|.*\[\])/;
  if (types.has("string")) {
    if (seen.every((value) => UUID.test(String(value)))) return /^UUID$/;
    return name === "timestamp" || name.endsWith("_at")
      ? /^TIMESTAMP$/
      : /^VARCHAR$/;
  }
  return isWhole(fieldOf(name)) ? /^U?BIGINT$|^HUGEINT$/ : /^DOUBLE$/;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a field's figures have no decimals. */
function isWhole({ unit, decimals }: Field): boolean {
  const kept = decimals ?? decimalsOf(unit);
  return kept === undefined || kept === 0;
}

function fieldOf(name: string): Field {
  const lines: Fields[] = [EVERY_LINE, ...Object.values(LINES)];
  const field = lines.flatMap((fields) => Object.values(fields))
    .find((one) => one.name === name);
  if (field === undefined) throw new Error(`The dictionary has no ${name}`);
  return field;
}
