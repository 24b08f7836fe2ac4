/**
 * What each collector costs for a process: samples a tree of sleeping processes with and without it, in turn, and prints a table.
 *
 *     deno run -A tests/bench/collectors.ts
 */
import { spawn } from "node:child_process";
import { COLLECTORS, Sampler } from "../../mod.ts";

const PROCESSES = 100;
const ROUNDS = 15;
const SAMPLES = 20;

const tree = spawn("sh", [
  "-c",
  `for i in $(seq ${PROCESSES - 1}); do sleep 1000 & done; echo ready; wait`,
], { stdio: ["ignore", "pipe", "inherit"], detached: true });

try {
  await new Promise((resolve) => tree.stdout?.once("data", resolve));
  const samplers = [[], ...COLLECTORS.map((name) => [name])].map((collect) => ({
    name: collect[0] ?? "none",
    sampler: new Sampler({ pid: tree.pid ?? 0, collect }),
    costs: [] as number[],
  }));
  for (const { sampler } of samplers) sampler.sample();
  for (let round = 0; round < ROUNDS; round++) {
    for (const { sampler, costs } of samplers) {
      const start = performance.now();
      for (let i = 0; i < SAMPLES; i++) sampler.sample();
      costs.push((performance.now() - start) * 1000 / SAMPLES / PROCESSES);
    }
  }
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
  const base = median(samplers[0]?.costs ?? []);
  console.log("| collector | microseconds per process |\n| --- | --- |");
  for (const { name, costs, sampler } of samplers) {
    const cost = median(costs) - (name === "none" ? 0 : base);
    console.log(`| ${name} | ${cost.toFixed(1)} |`);
    sampler.close();
  }
} finally {
  if (tree.pid !== undefined) Deno.kill(-tree.pid, "SIGKILL");
}
