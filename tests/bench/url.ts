/**
 * The time to the first line of a run from a URL, with an empty cache, from a server that takes its
 * time: the modules beside the bundle.
 */
import { serve } from "../support/server.ts";
import { type Bench, CHECKOUT, type Part, type Table } from "./_bench.ts";
import { figureOf } from "./_figure.ts";
import { firstLineMs } from "./start.ts";

/** The delay of each answer: a server some hundred kilometres away. */
const DELAY_MS = 30;
const STARTS_PER_ROUND = 3;

export const url: Part = {
  name: "url",
  steps: ({ rounds }) => STARTS_PER_ROUND * rounds,
  run: measure,
};

async function measure(bench: Bench): Promise<Table> {
  let requests = 0;
  await using server = serve(async (request) => {
    requests++;
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    const { pathname } = new URL(request.url);
    const isBundle = pathname === "/procline.js";
    const path = isBundle ? bench.bundle : `${CHECKOUT}${pathname.slice(1)}`;
    const type = pathname.endsWith(".json")
      ? "application/json"
      : isBundle
      ? "application/octet-stream"
      : "application/typescript";
    return new Response(await Deno.readFile(path), {
      headers: { "content-type": type },
    });
  });
  const rows = ["mod.ts", "procline.js"].map((entry) => ({
    entry,
    requests: 0,
    times: [] as number[],
  }));
  for (let i = 0; i < STARTS_PER_ROUND * bench.rounds; i++) {
    for (const row of rows) {
      requests = 0;
      row.times.push(await startFrom(`${server.addr.port}/${row.entry}`));
      row.requests = requests;
    }
    bench.step("url");
  }
  return {
    title:
      `Time to the first line from a URL, each answer after ${DELAY_MS} ms`,
    columns: ["", "requests", "ms"],
    rows: rows.map(({ entry, requests, times }) => [
      entry,
      requests,
      figureOf(times),
    ]),
    goals: [],
  };
}

async function startFrom(address: string): Promise<number> {
  const cache = await Deno.makeTempDir({ prefix: "procline_bench_" });
  try {
    return await firstLineMs([
      Deno.execPath(),
      "run",
      "-A",
      `http://127.0.0.1:${address}`,
      `--pid=${Deno.pid}`,
      "--count=1",
    ], { DENO_DIR: cache });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}
