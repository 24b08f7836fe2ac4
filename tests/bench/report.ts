/** Formats tables as Markdown, and describes the machine that they are from. */
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

/** Each ratio with its goal. */
export function formatGoals(goals: readonly Goal[]): string {
  return goals.map(({ what, ratio, limit }) =>
    `${what}: ${formatNumber(ratio)}, goal ${limit}`
  ).join("\n");
}

/** docs/benchmarks.md: how it was measured, and what came of it. */
export function formatDocument(
  tables: readonly Table[],
  rounds: number,
): string {
  const date = new Date().toISOString().slice(0, 10);
  return `# Benchmarks

<!-- Written by \`deno task bench --write\`. -->

The bench builds trees of sleeping processes and measures CPU time from outside: a run of many
samples less a run of one, or of few, divided; the median of its rounds, with the least and the
most. The C program (tests/bench/walk.c) walks the tree, reads \`stat\` and \`exe\` of each process and
prints a line of JSON for each. Absolute times say little on a machine that others use too: compare
the ratios, which are of programs that ran side by side.

Measured on ${date}, ${rounds} rounds:
${machine().replace(". ", ".\n")}
Where Deno's own host is out of reach, the binary has the runtime of Deno 2.4.2.

The binary is compiled with flags of V8 that keep its memory small (.ci/compile.ts): one thread, the
faster one of V8's two optimizing compilers, and garbage collected early. With V8's own settings it
takes half as much memory again. Without an optimizing compiler it took 5 MiB less at 1,000
processes, half of them pages of the binary itself, and a fifth more CPU.

${
    tables.map((table) => `## ${formatTable(table).replace(":\n", "\n")}`).join(
      "\n\n",
    )
  }
`;
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function formatCell(cell: Cell): string {
  if (typeof cell === "string") return cell;
  return typeof cell === "number" ? formatNumber(cell) : formatFigure(cell);
}
