/** Three hosts, watched by one Prometheus and one VictoriaMetrics. */
import { assert, assertEquals } from "@std/assert";
import type { Consumer, Context, Daemon } from "./consumer.ts";
import { until, versionOf } from "./_context.ts";
import {
  type Host,
  HOST_PROGRAMS,
  type Hub,
  HUB_ADDRESS,
  startHub,
} from "./_hosts.ts";
import { program } from "./needs.ts";
import { linesOf } from "./_recorded.ts";
import { shipped } from "./_shipped.ts";

const MEBIBYTE = 1024 * 1024;

/** What runs on each host: the memory of programs in MiB. */
const HOSTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  alpha: { java: 80, postgres: 40, nginx: 20 },
  beta: { java: 60, redis: 50, node: 25 },
  gamma: { postgres: 70, python3: 45, nginx: 15 },
};

/** Programs that hold memory: tail(1) keeps a last line, of zeros, until it ends. */
const SCRIPT = `
  directory=$1; shift
  while [ $# -gt 0 ]; do
    (head -c "$2" /dev/zero; exec sleep 600) | "$directory/$1" &
    shift 2
  done
  wait`;

const TOP =
  'topk(5, sum by (groupname) (namedprocess_namegroup_memory_bytes{memtype="resident"}))';
const TOP_OF_POINTS = "topk(5, sum by (process_name) (procstat_memory_rss))";

/** Memory by name, the most first. */
type Top = readonly (readonly [name: string, bytes: number])[];

/**
 * Prometheus scrapes node_exporter on each host, which shows the file that procline exports there;
 * the rules are those of docs/ship. VictoriaMetrics takes the same as Influx lines.
 */
export const fleet: Consumer = {
  name: "fleet",
  set: "large",
  needs: [
    program("prometheus", ["prometheus"]),
    program("prometheus-node-exporter", ["prometheus-node-exporter"]),
    program("victoria-metrics", ["victoria-metrics"]),
    ...Object.entries(HOST_PROGRAMS).map(([name, from]) =>
      program(name, [from])
    ),
  ],
  check: async (context) => {
    if (Deno.uid() !== 0) throw new Error("Namespaces take root");
    const programs = await makePrograms(context);
    await using stack = new AsyncDisposableStack();
    const hub = stack.use(await startHub(context));
    const hosts: Host[] = [];
    for (const [name, memory] of Object.entries(HOSTS)) {
      const args = Object.entries(memory).flatMap(([program, mebibytes]) => [
        program,
        `${mebibytes * MEBIBYTE}`,
      ]);
      const host = await hub.addHost(name, SCRIPT, [programs, ...args]);
      hosts.push(stack.use(host));
      await hasMemory(host, memory);
    }
    const samplers: Daemon[] = [];
    for (const host of hosts) {
      samplers.push(stack.use(await startSampler(context, host)));
      stack.use(startExporter(context, host));
    }
    const prometheus = await startPrometheus(context, hub, hosts);
    stack.use(prometheus);

    // The five groups with the most memory over all hosts.
    const expected = topOf(hosts);
    assertEquals(expected[0]?.[0], "java");
    const top = await until("three hosts in Prometheus", async () => {
      const up = await ask(context, hub, "sum(up)");
      const found = await ask(context, hub, TOP);
      return up[0]?.[1] === 3 && sum(found) === sum(expected)
        ? found
        : undefined;
    });
    assertEquals(top, expected);
    assertEquals(topOf(hosts), expected);
    assertEquals(topOfLines(samplers), expected);
    await until("the recorded rule", async () => {
      const found = await ask(context, hub, "procline:group_memory_bytes:top5");
      return sum(found) === sum(expected) ? found : undefined;
    });

    await pushPoints(context, hub, hosts, expected, stack);

    // A sampler that is killed: its file stays, and the alert says so.
    const [, beta, gamma] = hosts;
    const [, sampler] = samplers;
    assert(beta !== undefined && gamma !== undefined && sampler !== undefined);
    Deno.kill(Number(await insidePid(sampler)), "SIGKILL");
    const stale = await until("the alert for a stale file", async () => {
      const found = await ask(
        context,
        hub,
        'ALERTS{alertname="ProclineStale",alertstate="firing"}',
        "instance",
      );
      return found.length > 0 ? found : undefined;
    }, 30_000);
    assertEquals(stale.map(([name]) => name), [`${beta.address}:9100`]);
    assertEquals(await ask(context, hub, TOP), expected);

    // A host that dies: it goes, and does not stay flat.
    await gamma[Symbol.asyncDispose]();
    const left = topOf(hosts.slice(0, 2));
    const found = await until("two hosts in Prometheus", async () => {
      const answer = await ask(context, hub, TOP);
      return sum(answer) === sum(expected) ? undefined : answer;
    });
    assertEquals(found, left);

    return {
      version: `(prometheus ${await versionOf(context, "prometheus")})`,
      lines: samplers.flatMap((one) => linesOf(one.output())).length,
      compared:
        "the top five over three hosts in Prometheus and VictoriaMetrics, an alert for a killed sampler, a dead host gone",
    };
  },
};

/** Copies of tail(1) by the names of the programs. */
async function makePrograms(context: Context): Promise<string> {
  const directory = `${context.directory}/programs`;
  await Deno.mkdir(directory);
  for (const name of new Set(Object.values(HOSTS).flatMap(Object.keys))) {
    await Deno.copyFile("/usr/bin/tail", `${directory}/${name}`);
  }
  return directory;
}

/** Waits until the programs of a host have taken their memory. */
async function hasMemory(
  host: Host,
  memory: Readonly<Record<string, number>>,
): Promise<void> {
  await until(`the programs of ${host.name}`, () => {
    const found = memoryOf(host);
    const isThere = Object.entries(memory).every(([name, mebibytes]) =>
      (found.get(name) ?? 0) >= mebibytes * MEBIBYTE
    );
    return Promise.resolve(isThere ? found : undefined);
  });
}

/** The resident memory of a host's first process and its tree by name, as statm says it. */
function memoryOf(host: Host): Map<string, number> {
  const sums = new Map<string, number>();
  for (const pid of treeOf(host.pid)) {
    const name = Deno.readTextFileSync(`/proc/${pid}/comm`).trimEnd();
    const statm = Deno.readTextFileSync(`/proc/${pid}/statm`);
    const bytes = 4096 * Number(statm.split(" ")[1]);
    sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
  return sums;
}

/** The first process and those below it: what has entered the host is not among them. */
function treeOf(pid: number): number[] {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`)
    .trim().split(" ").filter((text) => text !== "");
  return [
    pid,
    ...children.flatMap((child) => treeOf(Number(child))),
  ];
}

function topOf(hosts: readonly Host[]): Top {
  return firstFive(hosts.flatMap((host) => [...memoryOf(host)]));
}

/** The same by the last lines of procline itself. */
function topOfLines(samplers: readonly Daemon[]): Top {
  return firstFive(samplers.flatMap((sampler) => {
    const groups = linesOf(sampler.output())
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "group");
    const last = Math.max(...groups.map((line) => line.epoch_ms));
    return groups.filter((line) => line.epoch_ms === last)
      .map(({ group, rss_bytes: bytes }): [string, number] => [group, bytes]);
  }));
}

function firstFive(all: readonly (readonly [string, number])[]): Top {
  const sums = new Map<string, number>();
  for (const [name, bytes] of all) {
    sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
  return [...sums].sort(([, a], [, b]) => b - a).slice(0, 5);
}

function sum(top: Top): number {
  return top.reduce((total, [, bytes]) => total + bytes, 0);
}

async function startSampler(context: Context, host: Host): Promise<Daemon> {
  const directory = `${context.directory}/${host.name}`;
  await Deno.mkdir(directory);
  return context.start([
    ...host.enter,
    ...context.proclineCommand,
    ..."--pid 1 --interval 500ms --group-by comm --only group".split(" "),
    ...["--export", `prometheus=${directory}/procline.prom`],
  ]);
}

function startExporter(context: Context, host: Host): Daemon {
  return context.start([
    ...host.enter,
    context.path("prometheus-node-exporter"),
    "--collector.disable-defaults",
    "--collector.textfile",
    `--collector.textfile.directory=${context.directory}/${host.name}`,
    "--web.listen-address=:9100",
  ]);
}

/** docs/ship/prometheus.yml and its rules, with the three hosts, and in a hurry. */
async function startPrometheus(
  context: Context,
  hub: Hub,
  hosts: readonly Host[],
): Promise<Daemon> {
  const { directory } = context;
  const targets = hosts.map(({ address }) => `"${address}:9100"`).join(", ");
  await Deno.writeTextFile(
    `${directory}/prometheus.yml`,
    await shipped("prometheus.yml", {
      "scrape_interval: 15s": "scrape_interval: 1s\n  evaluation_interval: 1s",
      '"localhost:9100"': targets,
    }),
  );
  await Deno.writeTextFile(
    `${directory}/prometheus_rules.yml`,
    await shipped("prometheus_rules.yml", {
      "> 60": "> 5",
      "for: 1m": "for: 1s",
    }),
  );
  return context.start([
    ...hub.enter,
    context.path("prometheus"),
    `--config.file=${directory}/prometheus.yml`,
    `--storage.tsdb.path=${directory}/prometheus`,
    "--web.listen-address=127.0.0.1:9090",
  ]);
}

/** The samples that a query gives, by a label: of Prometheus, or of VictoriaMetrics at its port. */
async function ask(
  context: Context,
  hub: Hub,
  query: string,
  label = "groupname",
  port = 9090,
): Promise<Top> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${
    encodeURIComponent(query)
  }`;
  const { data } = JSON.parse(await fetchInside(context, hub.enter, url));
  return data.result.map((
    { metric, value }: {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    },
  ): [string, number] => [metric[label] ?? "", Number(value[1])]);
}

/** What a server within a namespace answers. */
async function fetchInside(
  context: Context,
  enter: readonly string[],
  url: string,
  body = "",
): Promise<string> {
  const script = `
    const [url, method] = Deno.args;
    const body = method === "POST" ? Deno.stdin.readable : undefined;
    const answer = await fetch(url, { method, body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(answer.status + " " + text);
    await Deno.stdout.write(new TextEncoder().encode(text));`;
  const path = `${context.directory}/fetch.ts`;
  await Deno.writeTextFile(path, script);
  return await context.runWell(
    [
      ...[...enter, Deno.execPath(), "run", "-A", path, url],
      body === "" ? "GET" : "POST",
    ],
    { input: body },
  );
}

/** The process that nsenter(1) has become the parent of, as this machine counts. */
async function insidePid({ pid }: Daemon): Promise<string> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.trim();
}

/** The same hosts as Influx lines in VictoriaMetrics. */
async function pushPoints(
  context: Context,
  hub: Hub,
  hosts: readonly Host[],
  expected: Top,
  stack: AsyncDisposableStack,
): Promise<void> {
  stack.use(context.start([
    ...hub.enter,
    context.path("victoria-metrics"),
    `-storageDataPath=${context.directory}/victoria`,
    "-httpListenAddr=:8428",
    // A query sees all there is, not what is older than half a minute.
    "-search.latencyOffset=0s",
  ]));
  await until(
    "VictoriaMetrics",
    async () =>
      await fetchInside(context, hub.enter, "http://127.0.0.1:8428/health"),
  );
  for (const host of hosts) {
    const points = await context.runWell([
      ...host.enter,
      ...context.proclineCommand,
      ..."--pid 1 --interval 200ms --count 2 --format influx".split(" "),
      // The host's own name is a tag: without it the points of one host would replace another's.
      "--hostname",
    ]);
    const url = `http://${HUB_ADDRESS}:8428/write`;
    await fetchInside(context, host.enter, url, points);
  }
  const found = await until("points in VictoriaMetrics", async () => {
    const answer = await ask(
      context,
      hub,
      TOP_OF_POINTS,
      "process_name",
      8428,
    );
    return sum(answer) === sum(expected) ? answer : undefined;
  });
  assertEquals(found, expected);
}
