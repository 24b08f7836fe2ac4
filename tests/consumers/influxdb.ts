/** InfluxDB, which takes lines and gives them back. */
import { assertEquals } from "@std/assert";
import { identityOf, type Point } from "../support/influx_lines.ts";
import type { Consumer } from "./consumer.ts";
import { freePort, until } from "./_context.ts";
import { inWords, linesIn, liveRuns, recordedRuns, send } from "./_influx.ts";
import { program } from "./needs.ts";

/** Version 1, which is strict: it refuses a point with a field of another type than before. */
export const influxdb: Consumer = {
  name: "influxdb",
  set: "large",
  needs: [program("influxd", ["influxdb"])],
  check: async (context) => {
    const runs = [...await liveRuns(context), ...await recordedRuns(context)];
    const { directory } = context;
    const ports = { http: freePort(), backup: freePort() };
    await Deno.writeTextFile(
      `${directory}/influxdb.conf`,
      `reporting-disabled = true
bind-address = "127.0.0.1:${ports.backup}"
[meta]
dir = "${directory}/meta"
[data]
dir = "${directory}/data"
wal-dir = "${directory}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:${ports.http}"
`,
    );
    const url = `http://127.0.0.1:${ports.http}`;
    await using server = context.start([
      ...["influxd", "-config", `${directory}/influxdb.conf`],
    ]);
    const version = await until(`influxd\n${server.output()}`, async () => {
      const response = await fetch(`${url}/ping`);
      await response.body?.cancel();
      return response.headers.get("X-Influxdb-Version") ?? undefined;
    });

    // All of them in one database: no field changes its type from one run to another.
    await query(url, "create database together");
    for (const { name, text, points } of runs) {
      await send(`${url}/write?db=together`, text);
      await query(url, `create database ${name}`);
      await send(`${url}/write?db=${name}`, text);
      assertEquals(inOrder(await read(url, name)), inOrder(points), name);
    }
    return {
      version,
      lines: linesIn(runs),
      compared: "each tag and value equal, of the same type",
    };
  },
};

/** What it answers on a question. */
interface Answer {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly name: string;
      readonly tags?: Readonly<Record<string, string>>;
      readonly columns: readonly string[];
      readonly values: readonly (readonly Value[])[];
    }[];
  }[];
}

/** Numbers are texts, as they stand in the answer: 64 bits are more than a number has. */
type Value = { readonly number: string } | string | boolean | null;

async function query(url: string, text: string, db = ""): Promise<Answer> {
  const response = await fetch(`${url}/query?db=${db}&epoch=ns`, {
    method: "POST",
    body: new URLSearchParams({ q: text }),
  });
  const answer: Answer = JSON.parse(
    // A number that is no part of a text.
    (await response.text()).replaceAll(
      /"(?:[^"\\]|\\.)*"|-?\d[\d.e+-]*/g,
      (token) => token.startsWith('"') ? token : `{"number":"${token}"}`,
    ),
  );
  for (const { error } of answer.results) {
    if (error !== undefined) throw new Error(`${text}: ${error}`);
  }
  return answer;
}

/** All points of a database. */
async function read(url: string, db: string): Promise<Point[]> {
  const types = new Map<string, string>();
  const fields = await query(url, "show field keys", db);
  for (const { name, values } of fields.results[0]?.series ?? []) {
    for (const [field, type] of values) {
      types.set(`${name} ${field}`, `${type}`);
    }
  }
  const all = await query(url, "select * from /.*/ group by *", db);
  const points: Point[] = [];
  for (
    const { name, tags = {}, columns, values } of all.results[0]?.series ?? []
  ) {
    for (const [time, ...row] of values) {
      const known = row.flatMap((value, i) => {
        const column = columns[i + 1] ?? "";
        const type = types.get(`${name} ${column}`);
        return value === null ? [] : [[column, valueOf(type, value)] as const];
      });
      points.push({
        measurement: name,
        tags: Object.fromEntries(
          Object.entries(tags).filter(([, value]) => value !== ""),
        ),
        fields: Object.fromEntries(known),
        time: BigInt(numberIn(time)),
      });
    }
  }
  return points;
}

function valueOf(
  type: string | undefined,
  value: Exclude<Value, null>,
): Point["fields"][string] {
  switch (type) {
    case "integer":
      return { type: "int", value: BigInt(numberIn(value)) };
    case "float":
      return { type: "float", value: Number(numberIn(value)) };
    case "boolean":
      return { type: "boolean", value: value === true };
    default:
      return { type: "text", value: `${value}` };
  }
}

function numberIn(value: Value | undefined): string {
  if (typeof value === "object" && value !== null) return value.number;
  throw new Error(`${value} is no number`);
}

/** Points without regard to their order and to that of their fields. */
function inOrder(points: readonly Point[]): string[] {
  return points.map((point) => {
    const fields = Object.entries(point.fields)
      .map(([name, value]) => `${name}=${inWords(value)}`);
    return [identityOf(point), ...fields.toSorted()].join("\n");
  }).toSorted();
}
