import { assert, assertEquals } from "@std/assert";
import {
  faultsOfSeries,
  type Point,
  readLogs,
  readMetrics,
} from "../support/otlp.ts";
import { startScript, TemporaryDirectory } from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

const MS = 1_000_000n;

/** The points of a process, by its program. */
function ofProgram(points: readonly Point[], exe: string): Point[] {
  return points.filter(({ resource }) =>
    resource["process.executable.name"] === exe
  );
}

testEachWay(
  "procline --format otlp follows a command to its end",
  async (procline) => {
    const before = BigInt(Date.now());
    const { code, stdout } = await procline.run([
      ..."--format otlp --collect io,stat,status,fd --interval 50ms".split(" "),
      ..."--label service.name=build --".split(" "),
      ...["sh", "-c", "sleep 1 & wait; sleep 0.8; exit 3"],
    ]);
    const after = BigInt(Date.now());
    assertEquals(code, 3);
    const points = readMetrics(stdout);
    assertEquals(faultsOfSeries(points), []);
    for (const { resource, time } of points) {
      assertEquals(resource["service.name"], "build");
      assert(time >= before * MS && time <= after * MS);
    }
    const names = new Set(points.map(({ name }) => name));
    for (
      const name of [
        "process.cpu.time",
        "process.disk.io",
        "process.paging.faults",
        "process.context_switches",
        "process.unix.file_descriptor.count",
        "procline.tree.cpu.time",
      ]
    ) assert(names.has(name), name);
    // A tick and a hundredth may be cut off.
    for (const { resource } of ofProgram(points, "sleep")) {
      const created = BigInt(
        Date.parse(String(resource["process.creation.time"])),
      );
      assert(created >= before - 30n && created <= after, String(created));
    }
    const starts = points.filter(({ name }) =>
      name === "procline.tree.cpu.time"
    ).map(({ start }) => start);
    assertEquals(new Set(starts).size, 1);
    // Both sleeps are among the ended, each once. As a zombie one has no program any more.
    const sleeps = new Set(
      ofProgram(points, "sleep").map(({ resource }) => resource["process.pid"]),
    );
    const ends = points.filter(({ name, value, resource }) =>
      name === "process.thread.count" && value === null &&
      sleeps.has(resource["process.pid"])
    );
    assertEquals(sleeps.size, 2);
    assertEquals(
      new Set(ends.map(({ resource }) => resource["process.pid"])).size,
      2,
    );
    assertEquals(ends.length, 2);
  },
);

testEachWay(
  "procline --format otlp prints of a recording what it printed of the processes",
  async (procline) => {
    using directory = new TemporaryDirectory();
    await using tree = startScript("hold & echo ready; hold");
    await tree.line();
    const path = `${directory.path}/recording`;
    const printed = await procline.run([
      ..."--collect all --count 3 --interval 50ms --format otlp".split(" "),
      ...["--record", path, "--pid", `${tree.pid}`],
    ]);
    assertEquals(printed.code, 0);
    const ofProcesses = (text: string) =>
      readMetrics(text).filter(({ name }) => !name.startsWith("procline.tree"));
    const points = ofProcesses(printed.stdout);
    assert(points.length > 100);
    assertEquals(faultsOfSeries(readMetrics(printed.stdout)), []);
    const replayed = await procline.run(["--replay", path, "--format", "otlp"]);
    assertEquals(ofProcesses(replayed.stdout), points);
    const { code, stdout } = await procline.run([
      ..."--format otlp --group-by exe --top 1 --replay".split(" "),
      path,
    ]);
    assertEquals(code, 0);
    assertEquals(faultsOfSeries(readMetrics(stdout)), []);
    assert(stdout.includes('"name":"procline.group.memory.usage"'));
    assert(stdout.includes('"name":"procline.rest.memory.usage"'));
  },
);

testEachWay(
  "procline --format otlp-logs tells what a command did, and its exit code",
  async (procline) => {
    const { code, stdout } = await procline.run([
      ..."--format otlp-logs --interval 50ms --".split(" "),
      ...["sh", "-c", "sleep 1 & wait; sleep 0.8; exit 3"],
    ]);
    assertEquals(code, 3);
    const records = readLogs(stdout);
    const named = (name: string, exe: string) =>
      records.filter((record) =>
        record.name === `procline.process.${name}` &&
        record.attributes["process.executable.name"] === exe
      );
    assertEquals(records.at(0)?.name, "procline.run.start");
    const [ended] = named("exit", "sleep");
    assertEquals(ended?.attributes["process.command_args"], ["sleep", "1"]);
    assert(ended !== undefined && ended.time <= ended.observed);
    const end = records.at(-1);
    assertEquals(end?.name, "procline.run.end");
    assertEquals(end?.severity, 17);
    assertEquals(end?.attributes["process.exit.code"], 3n);
    assertEquals(
      end?.attributes["process.pid"],
      end?.resource["procline.root.pid"],
    );
  },
);

testEachWay(
  "procline --format otlp-logs takes no view, and otlp none of the fields of lines",
  async (procline) => {
    for (
      const args of [
        "--format otlp-logs --top 1",
        "--format otlp-logs --group-by comm",
        "--format otlp --fields pid",
        "--format otlp --only tree",
        "--format otlp --label process.pid=1",
      ]
    ) {
      const { code, stdout } = await procline.run([
        ...args.split(" "),
        "--pid",
        `${Deno.pid}`,
      ]);
      assertEquals([code, stdout], [2, ""], args);
    }
  },
);
