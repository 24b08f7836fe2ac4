/** rsyslog, which reads lines from a file and parses them. */
import { assert, assertEquals } from "@std/assert";
import type { Consumer, Context } from "./consumer.ts";
import { until } from "./_context.ts";
import { linesOf, oddLines } from "./_recorded.ts";
import { shipped } from "./_shipped.ts";
import { FETCHED, program } from "./needs.ts";

const SETTINGS = "rsyslog.conf";

/** imfile and mmjsonparse with docs/ship/rsyslog.conf. */
export const rsyslog: Consumer = {
  name: "rsyslog",
  set: "small",
  needs: [program("rsyslogd", ["rsyslog"])],
  check: async (context) => {
    const lines = linesOf(await oddLines(context));
    lines.push(stretched(lines.find((line) => line.includes('"process"'))));

    const settings = await shipped(SETTINGS, {
      "/var/log/": `${context.directory}/`,
    });
    const parsed = await read(context, "raised", settings, lines);
    assertEquals(
      parsed.map((line) => JSON.parse(line)),
      lines.map((line) => JSON.parse(line, asRsyslogHasIt)),
    );

    // The limit of 8 KiB is real: without the line that raises it the long line is lost.
    const cut = settings.replace(/^global\(maxMessageSize.*$/m, "");
    const fewer = await read(context, "cut", cut, lines.slice(-2));
    assertEquals(fewer.length, 1);

    const version = await context.runWell(["rsyslogd", "-v"]);
    return {
      version: /rsyslogd\s+(\S+)/.exec(version)?.[1] ?? "",
      lines: lines.length,
      compared: "each parsed line equal, one of 15,000 bytes too",
    };
  },
};

/**
 * What docs/shipping.md says that rsyslog changes: a text ends before a NUL, and a number is at
 * most 2^63 - 1.
 */
function asRsyslogHasIt(_: string, value: unknown): unknown {
  if (typeof value === "string") return value.split("\0")[0];
  return typeof value === "number" ? Math.min(value, 2 ** 63) : value;
}

/** A line of 15,000 bytes: one that is printed, with a field more. */
function stretched(line: string | undefined): string {
  assert(line !== undefined);
  const long = { ...JSON.parse(line), stretched: "" };
  const room = 15_000 - new TextEncoder().encode(JSON.stringify(long)).length;
  return JSON.stringify({ ...long, stretched: "x".repeat(room) });
}

/** Runs rsyslogd until it has read all lines, and returns those that it could parse. */
async function read(
  context: Context,
  name: string,
  settings: string,
  lines: readonly string[],
): Promise<string[]> {
  const { directory } = context;
  const home = `${directory}/${name}`;
  await Deno.mkdir(`${home}/procline`, { recursive: true });
  await Deno.writeTextFile(
    `${home}/procline/host.ndjson`,
    lines.map((line) => `${line}\n`).join(""),
  );
  // As on Debian: the file is included by one that has loaded other inputs before.
  const own = settings.replaceAll(`${directory}/`, `${home}/`);
  await Deno.writeTextFile(`${home}/procline.conf`, own);
  await Deno.writeTextFile(
    `${home}/rsyslog.conf`,
    `global(workDirectory="${home}")
module(load="imuxsock" SysSock.Use="off")
include(file="${home}/procline.conf")
`,
  );
  const path = context.path("rsyslogd");
  const modules = path.startsWith(FETCHED)
    ? [
      "-M",
      path.replace("sbin/rsyslogd", `lib/${Deno.build.arch}-linux-gnu/rsyslog`),
    ]
    : [];
  const argv = ["rsyslogd", "-n", "-i", "none", "-f", `${home}/rsyslog.conf`];
  await using daemon = context.start([...argv, ...modules]);
  const linesIn = async (file: string) => {
    try {
      return linesOf(await Deno.readTextFile(`${home}/${file}`));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
  const parsed = await until("rsyslogd to read all lines", async () => {
    const good = await linesIn("procline.parsed");
    const bad = await linesIn("procline.unparsed");
    return good.length + bad.length >= lines.length ? good : undefined;
  });
  assertEquals(daemon.output(), "");
  return parsed;
}
