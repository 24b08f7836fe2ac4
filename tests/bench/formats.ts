/** What a sample costs in other formats and with views, beside the format records. */
import {
  type Bench,
  commandContender,
  type Contender,
  costsPerSample,
  type Part,
  ratios,
  sampleArguments,
  SOURCE,
  sourceContender,
  startTree,
  type Table,
} from "./_bench.ts";
import { figureOf } from "./_figure.ts";

const PROCESSES = 1000;
const SAMPLES = 80;
const VARIANTS = [
  ["--format=table"],
  ["--format=table", "--sort=growth"],
  ["--top=10"],
  ["--group-by=comm"],
  ["--format=influx"],
  ["--format=influx", "--tag-pid"],
  ["--format=otlp"],
  ["--collect=stat,status,io,fd"],
] as const;

export const formats: Part = {
  name: "formats",
  steps: (bench) => bench.rounds * (VARIANTS.length + 3),
  run: measure,
};

async function measure(bench: Bench): Promise<Table> {
  await using tree = await startTree(bench, { processes: PROCESSES });
  const records = sourceContender(bench, SAMPLES);
  const drawn = screenContender(bench);
  const others = VARIANTS.map((options) => ({
    ...sourceContender(bench, SAMPLES, options),
    name: options.join(" "),
  }));
  // Metrics need these collectors; without `--only` the lines would count as well.
  const metrics = {
    ...sourceContender(bench, SAMPLES, [
      "--only=end",
      `--export=prometheus=${bench.directory}/bench.prom`,
    ]),
    name: "--only=end --export=prometheus=FILE",
  };
  const contenders = [records, drawn, ...others, metrics];
  const costs = await costsPerSample(bench, { root: tree.root, contenders });
  const base = costs.get(records.name);
  const bytes = new Map<string, string>([
    [records.name, await bytesPerSample(tree.root, [])],
  ]);
  for (const options of VARIANTS) {
    bytes.set(options.join(" "), await bytesPerSample(tree.root, options));
  }
  return {
    title:
      `CPU and bytes of one sample of ${PROCESSES} processes, by what is printed`,
    columns: ["printed", "ms", "times records", "bytes"],
    rows: contenders.map(({ name }) => [
      name === records.name ? "--format=records" : name,
      figureOf(costs.get(name) ?? []),
      ratios(costs.get(name), base),
      bytes.get(name) ?? "",
    ]),
    goals: [{
      what: "the table on a terminal, by records into a pipe",
      ratio: ratios(costs.get(drawn.name), base).median,
      limit: 1,
    }],
  };
}

/** What a sample after the first takes, without what stands before and behind all samples. */
async function bytesPerSample(
  root: number,
  options: readonly string[],
): Promise<string> {
  const bytesOf = async (samples: number) => {
    const [program = "", ...args] = [
      ...SOURCE,
      ...options,
      ...sampleArguments(root, samples),
    ];
    const { stdout } = await new Deno.Command(program, {
      args,
      stderr: "null",
    }).output();
    return stdout.length;
  };
  return String(await bytesOf(3) - await bytesOf(2));
}

/**
 * The table on a terminal of 80 by 24, which is what script(1) makes: what that costs counts too.
 */
function screenContender(bench: Bench): Contender {
  return commandContender(bench, {
    name: "--format=table, on a terminal (with script)",
    samples: SAMPLES,
    argv: (root, samples) => [
      ...["env", "TERM=xterm", "script", "-qec"],
      [...SOURCE, "--format=table", ...sampleArguments(root, samples)].join(
        " ",
      ),
      "/dev/null",
    ],
  });
}
