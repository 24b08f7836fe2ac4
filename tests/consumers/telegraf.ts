/** Telegraf's agent, which runs procline and takes its points. */
import { assert, assertEquals } from "@std/assert";
import { identityOf, type Point, pointsOf } from "../support/influx_lines.ts";
import type { Consumer } from "./consumer.ts";
import { until } from "./_context.ts";
import { buildGo } from "./_go.ts";
import { goToolchain } from "./needs.ts";
import { shipped } from "./_shipped.ts";

/** execd with docs/ship/telegraf.conf: each point as printed, and the end by a closed stdin. */
export const telegraf: Consumer = {
  name: "telegraf",
  set: "large",
  needs: [goToolchain("1.26")],
  check: async (context) => {
    const { directory } = context;
    const program = await buildGo(context, "telegraf");
    await using tree = await context.startHostileTree();
    // What Telegraf starts: procline, whose lines go into a file as well; its exit code follows.
    await Deno.writeTextFile(
      `${directory}/procline`,
      `#!/bin/bash
${
        context.proclineCommand.map((word) => `'${word}'`).join(" ")
      } "$@" | tee ${directory}/printed
echo "\${PIPESTATUS[0]}" > ${directory}/code
`,
      { mode: 0o755 },
    );
    const settings = await shipped("telegraf.conf", {
      "/usr/local/bin/procline": `${directory}/procline`,
      '"--all"': `"--pid", "${tree.pid}"`,
      '"10s", "--format"': '"500ms", "--format"',
    });
    await Deno.writeTextFile(
      `${directory}/telegraf.conf`,
      `[agent]
  flush_interval = "1s"
  omit_hostname = true
${settings}
[[outputs.file]]
  files = ["${directory}/taken"]
  data_format = "influx"
  influx_uint_support = true
`,
    );
    const read = async (name: string) =>
      await Deno.readTextFile(`${directory}/${name}`);
    const daemon = context.start([program, `${directory}/telegraf.conf`]);
    try {
      await until("two samples in Telegraf", async () => {
        const ended = (await read("taken")).split("\nprocline_tree").length;
        return ended > 3 ? ended : undefined;
      });
    } finally {
      await daemon.stop();
    }
    assertEquals(await read("code"), "0\n");
    const log = daemon.output();
    assert(!/ E! /.test(log), log);
    const printed = await read("printed");
    // Telegraf prints a float that is whole without a point.
    const taken = (await read("taken")).replaceAll(
      /=(-?\d+)(?=[, ])/g,
      "=$1.0",
    );
    assertEquals(pointsIn(taken), pointsIn(printed));
    return {
      version: /telegraf (v\S+)/.exec(
        await Deno.readTextFile(
          new URL("telegraf/go.mod", import.meta.url),
        ),
      )?.[1] ?? "",
      lines: printed.split("\n").length - 1,
      compared: "each point equal, the end by a closed stdin",
    };
  },
};

/** The points of a text, whatever the order of their tags and fields. */
function pointsIn(text: string): Point[] {
  return pointsOf(text)
    .toSorted((a, b) => identityOf(a) < identityOf(b) ? -1 : 1);
}
