/** ClickHouse's engine, which reads lines into a table. */
import { CHECKOUT } from "../support/procline.ts";
import { linesOfBuilds } from "./_builds.ts";
import type { Consumer } from "./consumer.ts";
import { pypiModule } from "./needs.ts";
import { holdAnswers } from "./_questions.ts";
import { linesOf } from "./_recorded.ts";
import { shipped } from "./_shipped.ts";

/** The table and the five questions of docs/ship/clickhouse.sql, by chDB: ClickHouse in Python. */
export const clickhouse: Consumer = {
  name: "clickhouse",
  set: "large",
  needs: [pypiModule("chdb", "chdb-core==26.9.0")],
  check: async (context) => {
    const { directory } = context;
    const builds = await linesOfBuilds();
    await Deno.writeTextFile(`${directory}/builds.ndjson`, builds);
    const sql = await shipped("clickhouse.sql", {
      "/var/log/procline/*.ndjson": `${directory}/builds.ndjson`,
    });
    await Deno.writeTextFile(`${directory}/ask.sql`, sql);
    const printed = await context.runWell([
      "python3",
      `${CHECKOUT}tests/consumers/clickhouse.py`,
      `${directory}/ask.sql`,
      `${directory}/database`,
    ]);
    const { version, results } = JSON.parse(printed);
    holdAnswers(results);
    return {
      version,
      lines: linesOf(builds).length,
      compared: "five questions as by hand",
    };
  },
};
