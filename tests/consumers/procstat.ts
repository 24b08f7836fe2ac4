/** Telegraf's parsers, and its plugin procstat on the same processes. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Point, pointsOf } from "../support/influx_lines.ts";
import type { Consumer, Context } from "./consumer.ts";
import { until } from "./_context.ts";
import { buildGo } from "./_go.ts";
import { inWords, linesIn, liveRuns, recordedRuns } from "./_influx.ts";
import { linesOf } from "./_recorded.ts";
import { goToolchain } from "./needs.ts";

/** What docs/formats.md says that is not printed of what the plugin has. */
const NOT_PRINTED = /^(?:memory_size|user)$/;

/** What is not there as the limit is none, where the plugin has the largest number of 64 bits. */
const UNLIMITED = "uint 18446744073709551615";

/** Of a second: the plugin knows when the host booted to a second. */
const NANOSECONDS = 1_000_000_000;

/** What changes with the other programs of the host, as pages are shared with them; in KiB. */
const SHARED = /^memory_(?:pss|shared_clean|private_clean)$/;
const SHARED_KIB = 256;

/** The parsers that Telegraf and InfluxDB's own programs read lines by. */
export const procstat: Consumer = {
  name: "procstat",
  set: "large",
  needs: [goToolchain("1.26")],
  check: async (context) => {
    const program = await buildGo(context, "telegraf/procstat");
    const runs = [...await liveRuns(context), ...await recordedRuns(context)];
    for (const parser of ["telegraf", "upstream", "lineprotocol"]) {
      for (const { name, text, points } of runs) {
        const printed = await context.runWell([program, "parse", parser], {
          input: text,
        });
        const read = linesOf(printed).map((line) => JSON.parse(line));
        assertEquals(
          read.map(plainly),
          points.map(asRead),
          `${parser} ${name}`,
        );
      }
    }
    const compared = await comparePlugin(context, program);
    return {
      version: "1.37.2",
      lines: linesIn(runs),
      compared:
        `each tag and value equal by three parsers, ${compared} fields equal to the plugin's`,
    };
  },
};

/** A point as the program prints it. */
interface ReadPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<
    Record<string, { readonly type: string; readonly value: string }>
  >;
  readonly time: string;
}

function plainly({ measurement, tags, fields, time }: ReadPoint): unknown {
  return {
    measurement,
    tags,
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, { type, value }]) => [
        name,
        // Go writes floats in another way.
        type === "float" ? `float ${Number(value)}` : `${type} ${value}`,
      ]),
    ),
    time,
  };
}

function asRead({ measurement, tags, fields, time }: Point): unknown {
  return {
    measurement,
    tags: { ...tags },
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, inWords(value)]),
    ),
    time: String(time),
  };
}

/**
 * Compares three idle processes, one of them with another nice value and one of a real-time policy,
 * as the plugin shows them and as procline does; returns how many fields were compared.
 */
async function comparePlugin(
  context: Context,
  program: string,
): Promise<number> {
  const { directory } = context;
  const files = ["a", "b", "c"].map((name) => `${directory}/${name}`);
  await using tree = context.start([
    ...["sh", "-c"],
    `trap 'kill $(cat a b c)' TERM
     sleep 1000 & echo $! >a
     nice -n 5 sleep 1001 & echo $! >b
     chrt -r 7 sleep 1002 & echo $! >c
     wait`,
  ]);
  const pids = await until("three idle processes", async () => {
    const found = await Promise.all(
      files.map((file) => Deno.readTextFile(file)),
    );
    const stats = await Promise.all(
      found.map((pid) => Deno.readTextFile(`/proc/${pid.trim()}/stat`)),
    );
    const areIdle = stats.every((stat) => stat.includes("(sleep) S"));
    return areIdle ? found.map((pid) => pid.trim()) : undefined;
  });
  // Pages of theirs may be taken away between the two: another try helps.
  return await until("equal values", async () => {
    const watched = linesOf(
      await context.runWell([program, "watch", ...files]),
    ).map((line): ReadPoint => JSON.parse(line));
    const points = pointsOf(
      await context.procline([
        ..."--format influx --tag-pid --collect all --interval 200ms --count 2"
          .split(" "),
        ...["--pid", `${tree.pid}`],
      ]),
    );
    return pids.reduce(
      (sum, pid) =>
        sum + compare(
          points.findLast((one) => isProcess(one, pid)),
          watched.find((one) => isProcess(one, pid)),
        ),
      0,
    );
  });
}

function isProcess(
  { measurement, tags }: Pick<Point, "measurement" | "tags">,
  pid: string,
): boolean {
  return measurement === "procstat" && tags.pid === pid;
}

/** Compares what the plugin has with what procline has; returns how many fields that are. */
function compare(
  ours: Point | undefined,
  theirs: ReadPoint | undefined,
): number {
  assert(ours !== undefined && theirs !== undefined);
  assertEquals(ours.tags.process_name, theirs.tags.process_name);
  let compared = 0;
  for (const [name, their] of Object.entries(theirs.fields)) {
    if (NOT_PRINTED.test(name)) continue;
    const our = ours.fields[name];
    if (our === undefined) {
      assertEquals(`${their.type} ${their.value}`, UNLIMITED, name);
      continue;
    }
    compared++;
    // Its serializer writes both as whole numbers with a sign.
    assertEquals(our.type, their.type === "uint" ? "int" : their.type, name);
    if (name === "created_at") {
      const seconds = (Number(our.value) - Number(their.value)) / NANOSECONDS;
      assert(Math.abs(seconds) < 1.1, `${seconds} s`);
    } else if (SHARED.test(name)) {
      const apart = Number(our.value) - Number(their.value);
      assert(Math.abs(apart) < SHARED_KIB, `${name}: ${apart} KiB`);
    } else if (our.type === "float") {
      assertAlmostEquals(our.value, Number(their.value), 0.001, name);
    } else {
      assertEquals(String(our.value), their.value, name);
    }
  }
  return compared;
}
