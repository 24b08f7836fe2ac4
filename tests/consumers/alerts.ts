/** promtool, which reads the settings and the alerts of docs/ship. */
import { assertStringIncludes } from "@std/assert";
import { CHECKOUT } from "../support/procline.ts";
import { versionOf } from "./_context.ts";
import type { Consumer } from "./consumer.ts";
import { program } from "./needs.ts";

const SHIP = `${CHECKOUT}docs/ship`;

/** prometheus.yml, the rules, and their tests: a file that is killed, finished, removed. */
export const alerts: Consumer = {
  name: "alerts",
  set: "small",
  needs: [program("promtool", ["prometheus"])],
  check: async (context) => {
    const checks = [
      ["check", "config", `${SHIP}/prometheus.yml`],
      ["check", "rules", `${SHIP}/prometheus_rules.yml`],
      ["test", "rules", `${SHIP}/prometheus_rules_test.yml`],
    ];
    for (const words of checks) {
      const { code, stdout, stderr } = await context.run([
        "promtool",
        ...words,
      ]);
      if (code !== 0) throw new Error(`${words.join(" ")}: ${stdout}${stderr}`);
      assertStringIncludes(stdout, "SUCCESS");
    }
    return {
      version: await versionOf(context, "promtool"),
      lines: 0,
      compared: "settings, and alerts at a stale, a finished, a removed file",
    };
  },
};
