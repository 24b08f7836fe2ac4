/**
 * A program that only parses its arguments, to compare start and memory with. It prints the
 * arguments, and waits for the end of its input.
 */
import { parseArgs } from "node:util";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    pid: { type: "string" },
    interval: { type: "string" },
    count: { type: "string" },
    label: { type: "string", multiple: true },
    help: { type: "boolean", short: "h" },
  },
});
await Deno.stdout.write(
  new TextEncoder().encode(`${JSON.stringify(values)}\n`),
);
for await (const _ of Deno.stdin.readable);
