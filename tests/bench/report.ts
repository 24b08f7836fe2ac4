/** Tables as Markdown, and the machine that they are from. */
import type { Cell, Goal, Table } from "./_bench.ts";
import { formatFigure, formatNumber } from "./_figure.ts";

/** The machine in one sentence. */
export function machine(): string {
  const model = /^model name\s*: (.*)$/m.exec(
    Deno.readTextFileSync("/proc/cpuinfo"),
  )?.[1] ?? Deno.build.arch;
  const gib = Deno.systemMemoryInfo().total / 1024 ** 3;
  return `Linux ${Deno.osRelease()}, ${navigator.hardwareConcurrency} cores (${model}), ${
    gib.toFixed(0)
  } GiB, Deno ${Deno.version.deno}. A figure is the median of the rounds, with the least and the most.`;
}

/** A table with its title above it. */
export function formatTable({ title, columns, rows }: Table): string {
  return [
    `${title}:\n`,
    formatRow(columns),
    formatRow(columns.map(() => "---")),
    ...rows.map((row) => formatRow(row.map(formatCell))),
  ].join("\n");
}

/** What was to be reached, and what was. */
export function formatGoals(goals: readonly Goal[]): string {
  return goals.map(({ what, ratio, limit }) =>
    `${what}: ${formatNumber(ratio)}, goal ${limit}`
  ).join("\n");
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function formatCell(cell: Cell): string {
  if (typeof cell === "string") return cell;
  return typeof cell === "number" ? formatNumber(cell) : formatFigure(cell);
}
