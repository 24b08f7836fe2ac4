/**
 * procline beside other programs that report processes, on one tree of 1,000 sleeping processes.
 */
import {
  BENCH,
  type Bench,
  binaryContender,
  cContender,
  commandContender,
  type Contender,
  costsPerSample,
  INTERVAL_MS,
  type Part,
  ratios,
  sourceContender,
  startCost,
  startTree,
  type Table,
} from "./_bench.ts";
import { figureOf } from "./_figure.ts";
import { installed, installNpmPackages, pythonWith } from "./_tools.ts";

const PROCESSES = 1000;
/** The ratios to C that procline should keep, from its source and as a binary. */
const GOALS = [0.6, 0.75];
const EXPORTER_PORT = 19256;

export const peers: Part = {
  name: "peers",
  steps: (bench) => bench.rounds * (bench.smoke ? 4 : 9),
  run: measure,
};

async function measure(bench: Bench): Promise<Table> {
  await using tree = await startTree(bench, { processes: PROCESSES });
  const samples = bench.smoke ? 60 : 120;
  const ours = [
    sourceContender(bench, samples),
    ...binaryContender(bench, samples),
  ];
  const contenders = [
    cContender(bench, samples),
    ...ours,
    ...otherContenders(bench),
  ];
  const costs = await costsPerSample(bench, { root: tree.root, contenders });
  const c = costs.get("C");
  return {
    title: `CPU of one sample of ${PROCESSES} sleeping processes`,
    columns: ["program", "ms per sample", "ratio to C", "samples in a run"],
    rows: contenders.map(({ name, samples }) => [
      name,
      figureOf(costs.get(name) ?? []),
      ratios(costs.get(name), c),
      samples,
    ]),
    goals: ours.map(({ name }, i) => ({
      what: `CPU of ${name} to that of the C program`,
      ratio: ratios(costs.get(name), c).median,
      limit: GOALS[i] ?? NaN,
    })),
  };
}

function otherContenders(bench: Bench): Contender[] {
  const seconds = `${INTERVAL_MS / 1000}`;
  const found: Contender[] = [];
  if (installed("top")) {
    found.push(commandContender(bench, {
      name: "top -b (whole host)",
      samples: 60,
      argv: (_, samples) => ["top", "-b", "-d", seconds, "-n", `${samples}`],
    }));
  }
  if (bench.smoke) return found;
  if (installed("pidstat")) {
    found.push(commandContender(bench, {
      name: "pidstat -u -r -p ALL (whole host, each second)",
      samples: 6,
      argv: (_, samples) => [
        ..."pidstat -u -r -p ALL 1".split(" "),
        `${samples}`,
      ],
    }));
  }
  if (installed("ps")) {
    found.push(commandContender(bench, {
      name: "ps -e in a loop (whole host)",
      samples: 60,
      argv: (_, samples) => [
        "bash",
        `${BENCH}ps_loop.bash`,
        `${samples}`,
        seconds,
      ],
    }));
  }
  const python = pythonWith("psutil");
  if (python !== null) {
    found.push(commandContender(bench, {
      name: "psutil",
      samples: 40,
      argv: (root, samples) => [
        python,
        `${BENCH}psutil_loop.py`,
        `${root}`,
        `${samples}`,
        seconds,
      ],
    }));
  }
  if (installed("prometheus-process-exporter")) {
    found.push({
      name: "prometheus-process-exporter (by name, whole host)",
      samples: 60,
      run: async (_, samples) => await scrapeExporter(bench, samples),
    });
  }
  const modules = installNpmPackages(bench.directory, [
    "pidusage@4.1.0",
    "pidtree@1.0.0",
  ]);
  if (modules !== null) {
    found.push(commandContender(bench, {
      name: "pidusage with pidtree",
      samples: 20,
      argv: (root, samples) => [
        "env",
        `NODE_PATH=${modules}`,
        "node",
        `${BENCH}pidusage_loop.cjs`,
        `${root}`,
        `${samples}`,
        `${INTERVAL_MS}`,
      ],
    }));
  }
  return found;
}

/**
 * The CPU milliseconds that the exporter uses for this many scrapes, without those of the client.
 */
async function scrapeExporter(bench: Bench, samples: number): Promise<number> {
  const address = `127.0.0.1:${EXPORTER_PORT}`;
  await using exporter = startCost(bench, [
    "prometheus-process-exporter",
    "-procnames=sleep,tree",
    "-threads=false",
    "-gather-smaps=false",
    `-web.listen-address=${address}`,
  ]);
  let refused = 0;
  for (let taken = 0; taken < samples;) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    try {
      const response = await fetch(`http://${address}/metrics`);
      await response.body?.pipeTo(new WritableStream());
      taken++;
    } catch (error) {
      if (taken > 0 || ++refused > 100) throw error;
    }
  }
  exporter.terminate();
  return (await exporter.used()).milliseconds;
}
