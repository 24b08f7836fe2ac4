import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { Place } from "../support/place.ts";
import {
  besidesMissed,
  type Finished,
  needs,
  needsRoot,
  splitLines,
  until,
} from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

const FINISHED = /^procline_run_finished(?:{a="b"})? ([01])$/m;
const SEQ = /^procline_last_sample_timestamp_seconds(?:{a="b"})? (\S+)$/m;

/** The text of an export, which is whole: it says in its first metric whether it is finished. */
function finishedIn(text: string): string | undefined {
  assertMatch(text, SEQ);
  assert(text.endsWith("\n"));
  return FINISHED.exec(text)?.[1];
}

/** Says what a script says beside samples that were missed. */
function assertClean({ code, stderr }: Finished): void {
  assertEquals([code, besidesMissed(stderr)], [0, ""]);
}

testEachWay(
  "procline writes other formats of the whole samples beside its lines",
  async (procline) => {
    using place = new Place(procline.argv);
    assertClean(
      await place.run(
        "procline --pid=$$ --interval=50ms --count=3 --group-by=comm --only=group,tree --collect=stat --label=a=b --export=records=r --export=lading=l --export=table=t --export=trace=e --export=prometheus=p --keep > lines",
      ),
    );
    const lines = splitLines(place.read("lines")).map((one) => JSON.parse(one));
    assertEquals(
      new Set(lines.map(({ kind }) => kind)),
      new Set(["group", "tree"]),
    );

    const records = splitLines(place.read("r")).map((one) => JSON.parse(one));
    const kinds = records.map(({ kind }) => kind);
    assertEquals([kinds[0], kinds.at(-1)], ["run", "end"]);
    assertEquals(kinds.filter((kind) => kind === "tree").length, 3);
    // What others need is not on them: fd and io of prometheus, events of trace, the arguments of
    // table and lading.
    assertEquals(records[0].collectors, ["stat"]);
    assertEquals(new Set(kinds), new Set(["run", "process", "tree", "end"]));
    for (const one of records) {
      assertEquals(one.a, "b");
      for (const name of ["cmdline", "num_fds", "io_read_bytes", "uid"]) {
        assertEquals([name, name in one], [name, false]);
      }
    }
    assert(
      "minor_faults_total" in (records.find(({ kind }) => kind === "process")),
    );
    const trees = (all: readonly { readonly kind: string }[]) =>
      all.filter(({ kind }) => kind === "tree");
    assertEquals(trees(lines), trees(records));

    const gauges = splitLines(place.read("l")).map((one) => JSON.parse(one));
    assertEquals(new Set(gauges.map((one) => one.fetch_index)).size, 3);
    assert(gauges.some(({ cmdline }) => cmdline?.includes("--export=lading")));
    assertEquals(place.read("t").match(/^End: count/gm)?.length, 1);
    assertEquals(place.read("t").match(/COMMAND$/gm)?.length, 3);
    assert(JSON.parse(place.read("e")).length > 3);
    assertEquals(finishedIn(place.read("p")), "1");
    assertEquals(place.names(), ["e", "l", "lines", "p", "r", "t"]);
  },
);

testEachWay(
  "procline replays what it wrote beside its lines, and its lines without that",
  async (procline) => {
    using place = new Place(procline.argv);
    const formats = ["records", "lading", "table", "trace"];
    const exported = (to: string) =>
      [...formats, "prometheus", "openmetrics"].map((name) =>
        `--export=${name}=${name}.${to}`
      ).join(" ");
    assertClean(
      await place.run(
        `procline --pid=$$ --interval=50ms --count=3 --events ${
          exported("1")
        } --keep --record=recording > lines.1 && procline --replay=recording ${
          exported("2")
        } > lines.2`,
      ),
    );
    // A replay uses nothing itself.
    const ownUse =
      /(sampler_(?:cpu_percentage|rss_bytes)|sample_seconds)(":| )[^,\n]+/g;
    const textOf = (name: string) =>
      place.read(name).replaceAll(ownUse, "$1$20");
    for (const name of ["lines", ...formats, "prometheus", "openmetrics"]) {
      assertEquals(textOf(`${name}.2`), textOf(`${name}.1`), name);
    }
    // As many samples as are asked for: the run is not over then.
    assertClean(
      await place.run(
        `procline --replay=recording --count=2 ${exported("3")} > lines.3`,
      ),
    );
    assertEquals(finishedIn(place.read("prometheus.3")), "0");
    assertEquals(
      place.read("prometheus.2") === place.read("prometheus.3"),
      false,
    );
    // Its reader has gone; the files get all of it.
    await place.run(
      `procline --replay=recording ${exported("4")} | true; echo $?`,
    );
    for (const name of [...formats, "prometheus", "openmetrics"]) {
      assertEquals(place.read(`${name}.4`), place.read(`${name}.2`), name);
    }
  },
);

testEachWay(
  "procline replaces an export at each sample and removes it at any end",
  async (procline) => {
    using place = new Place(procline.argv);
    const ends = [
      ["", "SIGTERM", 143],
      ["", "SIGHUP", 129],
      ["--count=4", null, 0],
      ["--duration=600ms", null, 0],
      ["--output=/dev/full", null, 1],
    ] as const;
    for (const [args, signal, code] of ends) {
      await Deno.mkdir(place.path("metrics"), { recursive: true });
      await using child = place.start(
        `exec procline --pid=${Deno.pid} --interval=200ms --export=prometheus=metrics/x.prom ${args}`,
      );
      const others = child.rest();
      if (signal !== null) {
        await until(() => place.names("metrics").includes("x.prom"));
        const first = place.read("metrics/x.prom");
        assertEquals(finishedIn(first), "0");
        await until(() => place.read("metrics/x.prom") !== first);
        child.kill(signal);
      }
      assertEquals([args, await child.code()], [args, code]);
      await others;
      assertEquals([args, place.names("metrics")], [args, []]);
    }
  },
);

testEachWay(
  "procline leaves a finished export with --keep, at any end",
  async (procline) => {
    using place = new Place(procline.argv);
    for (
      const [args, signal, code] of [
        ["", "SIGINT", 130],
        ["--count=2", null, 0],
      ] as const
    ) {
      await using child = place.start(
        `exec procline --pid=${Deno.pid} --interval=100ms --keep --export=prometheus=x.prom ${args}`,
      );
      const others = child.rest();
      if (signal !== null) {
        await until(() => place.has("x.prom"));
        child.kill(signal);
      }
      assertEquals([args, await child.code()], [args, code]);
      await others;
      assertEquals([args, place.names()], [args, ["x.prom"]]);
      assertEquals(finishedIn(place.read("x.prom")), "1");
      await Deno.remove(place.path("x.prom"));
    }
    // The reader of the lines has gone.
    await place.run(
      `procline --pid=${Deno.pid} --interval=10ms --keep --export=prometheus=x.prom | head -n 1`,
    );
    assertEquals(finishedIn(place.read("x.prom")), "1");
  },
);

testEachWay(
  "procline leaves the last figures of a command, however short it is",
  async (procline) => {
    using place = new Place(procline.argv);
    const ran = await place.run(
      "umask 027; procline --export=prometheus=x.prom -o /dev/null -- sh -c 'exit 3'; exit $?",
    );
    assertEquals([ran.code, ran.stderr], [3, ""]);
    assertEquals(finishedIn(place.read("x.prom")), "1");
    // As any file that this user makes.
    const { mode } = await Deno.stat(place.path("x.prom"));
    assertEquals((mode ?? 0) & 0o777, 0o640);
    // There is no run: the figures of the one before stay.
    const before = place.read("x.prom");
    for (const root of ["-- /no/such", "--pid=4000000", "--pid=x"]) {
      const { code } = await place.run(
        `procline --export=prometheus=x.prom --export=records=new ${root}`,
      );
      assert(code > 0);
      assertEquals(place.names(), ["x.prom"]);
      assertEquals(place.read("x.prom"), before);
    }
  },
);

testEachWay(
  "procline replaces a link, and leaves alone what somebody else puts into the place",
  async (procline) => {
    using place = new Place(procline.argv);
    await Deno.writeTextFile(place.path("target"), "old\n");
    await Deno.symlink("target", place.path("x.prom"));
    await using child = place.start(
      `exec procline --pid=${Deno.pid} --interval=100ms --export=prometheus=x.prom`,
    );
    const others = child.rest();
    await until(() => place.read("x.prom") !== "old\n");
    assertEquals(place.read("target"), "old\n");
    assertEquals((await Deno.lstat(place.path("x.prom"))).isSymlink, false);
    child.kill("SIGSTOP");
    await Deno.writeTextFile(place.path("mine"), "mine\n");
    await Deno.rename(place.path("mine"), place.path("x.prom"));
    child.kill("SIGTERM");
    child.kill("SIGCONT");
    assertEquals(await child.code(), 143);
    await others;
    const text = place.names().includes("x.prom") ? place.read("x.prom") : "";
    assert(text === "mine\n" || text === "", text);
    assertEquals(place.read("target"), "old\n");
  },
);

testEachWay(
  "procline says once that an export cannot be written, and writes it when it can be",
  async (procline) => {
    using place = new Place(procline.argv);
    const x = place.path("metrics/x.prom");
    await Deno.mkdir(place.path("metrics"));
    await using child = place.start(
      `exec procline --pid=${Deno.pid} --interval=50ms --export=prometheus=metrics/x.prom --only=tree`,
    );
    await child.line();
    await until(() => place.names("metrics").length > 0);
    await Deno.rename(place.path("metrics"), place.path("gone"));
    for (let i = 0; i < 8; i++) await child.line();
    await Deno.mkdir(place.path("metrics"));
    await until(() => place.names("metrics").includes("x.prom"));
    assertEquals(finishedIn(await Deno.readTextFile(x)), "0");
    await Deno.remove(place.path("metrics"), { recursive: true });
    for (let i = 0; i < 8; i++) await child.line();
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    await child.rest();
    const cannot =
      'procline: Cannot replace "metrics/x.prom": No such file or directory (os error 2), which is tried again at each sample';
    assertEquals(splitLines(besidesMissed(await child.stderr)), [
      cannot,
      'procline: Can write "metrics/x.prom" again',
      cannot,
    ]);
  },
);

testEachWay(
  needs(
    ["prlimit"],
    "procline ends with 1 if an export could not be written at last, and writes the others whole",
  ),
  async (procline) => {
    using place = new Place(procline.argv);
    const full = await place.run(
      "procline --pid=$$ --interval=50ms --count=3 --export=records=/dev/full --export=lading=l > lines",
    );
    assertEquals([full.code, besidesMissed(full.stderr)], [
      1,
      'procline: Cannot write "/dev/full": No space left on device (os error 28), which is tried again at each sample\n',
    ]);
    const lines = splitLines(place.read("lines")).map((one) => JSON.parse(one));
    assertEquals(lines.at(-1).reason, "count");
    assert(splitLines(place.read("l")).length > 9);
    // Larger than a file may be, from the first line on: a text has more than 1,024 bytes.
    await using child = place.start(
      `exec procline --pid=${Deno.pid} --interval=20ms --count=20 --keep --export=prometheus=x.prom --only=tree`,
    );
    await child.line();
    await until(() => place.has("x.prom"));
    await place.run(`prlimit --pid ${child.pid} --fsize=1024:1024`);
    await child.rest();
    assertEquals([await child.code(), besidesMissed(await child.stderr)], [
      1,
      'procline: Cannot replace "x.prom": File too large (os error 27), which is tried again at each sample\n',
    ]);
    assertEquals(place.names(), ["l", "lines", "x.prom"]);
    assertEquals(finishedIn(place.read("x.prom")), "0");
    // The command's own code comes first.
    const command = await place.run(
      "procline --export=records=/dev/full -o /dev/null -- sh -c 'exit 7'",
    );
    assertEquals(command.code, 7);
  },
);

testEachWay(
  "procline closes its exports at a signal though nobody takes its lines",
  async (procline) => {
    using place = new Place(procline.argv);
    for (const keep of ["--keep", ""]) {
      await using child = place.start(
        `exec procline --pid=${Deno.pid} --interval=5ms --export=records=r --export=prometheus=x.prom ${keep}`,
      );
      // Nothing reads its lines: the pipe is full at some time.
      let size = -1;
      await until(() => {
        const now = place.has("r") ? place.read("r").length : 0;
        const isStuck = now > 0 && now === size;
        size = now;
        return isStuck && now > 50_000;
      });
      child.kill("SIGTERM");
      const start = performance.now();
      assertEquals(await child.code(), 143);
      assertLess(performance.now() - start, 3000);
      const last = splitLines(place.read("r")).map((one) => JSON.parse(one))
        .at(-1);
      assertEquals([last.kind, last.reason], ["end", "signal"]);
      assertEquals(place.has("x.prom"), keep !== "");
      if (keep !== "") assertEquals(finishedIn(place.read("x.prom")), "1");
      for (const name of place.names()) await Deno.remove(place.path(name));
    }
  },
);

testEachWay(
  "procline ends its lines at a signal though nobody reads a pipe that it exports to",
  async (procline) => {
    using place = new Place(procline.argv);
    await place.run("mkfifo pipe");
    await using child = place.start(
      `exec procline --pid=${Deno.pid} --export=records=pipe --export=lading=l --only=run,end`,
    );
    await child.line();
    // The opening of the pipe waits for a reader, and so does the first sample.
    child.kill("SIGTERM");
    const start = performance.now();
    const others = await child.rest();
    assertEquals(await child.code(), 143);
    assertLess(performance.now() - start, 3000);
    assertEquals(others.map((one) => JSON.parse(one).reason), ["signal"]);
  },
);

testEachWay(
  "procline counts in every output the samples that a slow reader of one misses",
  async (procline) => {
    using place = new Place(procline.argv);
    // More than a pipe holds is written while nobody reads.
    const { code } = await place.run(
      "mkfifo pipe; { read -r first; sleep 1; cat; } < pipe > slow & procline --all --interval=20ms --count=12 --export=records=pipe --export=records=r --only=tree,end > lines; code=$?; wait; exit $code",
    );
    assertEquals(code, 0);
    const missed = ["lines", "r", "slow"].map((name) => {
      const lines = splitLines(place.read(name)).map((one) => JSON.parse(one));
      const trees = lines.filter(({ kind }) => kind === "tree");
      assertEquals([name, trees.length], [name, 12]);
      const sum = trees.reduce((sum, one) => sum + one.missed_samples, 0);
      assertEquals([name, lines.at(-1).missed_samples], [name, sum]);
      return sum;
    });
    assertEquals(new Set(missed).size, 1);
    assert((missed[0] ?? 0) >= 10, `${missed[0]} missed`);
  },
);

testEachWay(
  "procline writes an export that is one document at any end that can be caught",
  async (procline) => {
    using place = new Place(procline.argv);
    for (
      const [args, signal, reason] of [
        ["--count=2 > lines", null, "at the count of samples"],
        ["> lines", "SIGTERM", "by a signal to procline"],
        ["--interval=10ms | head -n 1", null, "as nobody read the lines"],
        ["--output=/dev/full", null, "by an error"],
      ] as const
    ) {
      await using child = place.start(
        `exec procline --pid=${Deno.pid} --interval=100ms --export=trace=t --export=html=h --export=prometheus=p ${args}`,
      );
      if (signal !== null) {
        await until(() => place.has("p"));
        child.kill(signal);
      }
      await child.code();
      await child.rest();
      const events: { readonly name: string }[] = JSON.parse(place.read("t"));
      const end = events.map(({ name }) => name).find((name) =>
        name.startsWith("end: ")
      );
      assertEquals([args, end?.slice(5, 5 + reason.length)], [args, reason]);
      assertMatch(place.read("h"), /^<!doctype html>[^]*<\/html>\s*$/i);
      for (const name of place.names()) {
        await Deno.remove(place.path(name));
      }
    }
  },
);

testEachWay(
  "procline goes on when the reader of a pipe that it exports to has gone, and says so",
  async (procline) => {
    using place = new Place(procline.argv);
    await place.run("mkfifo pipe");
    const { code, stdout, stderr } = await place.run(
      "head -n 1 pipe > head & procline --pid=$$ --interval=50ms --count=8 --export=records=pipe > lines; code=$?; wait; exit $code",
    );
    assertEquals([code, stdout, besidesMissed(stderr)], [
      0,
      "",
      'procline: Nobody reads "pipe" any more: the export records has ended\n',
    ]);
    assertEquals(JSON.parse(place.read("head")).kind, "run");
    assertEquals(place.read("lines").match(/"kind":"tree"/g)?.length, 8);
  },
);

testEachWay(
  needsRoot(
    ["unshare", "mount", "fallocate"],
    "procline adds to an export again once a full disk has room, and closes the line that was cut",
  ),
  async (procline) => {
    using place = new Place(procline.argv);
    const { code, stderr } = await place.run(
      `here=$PWD; mkdir disk; unshare --mount bash -c '
mount -t tmpfs -o size=256k none disk; cd disk
procline --pid=$$ --interval=20ms --export=records=r --only=end > /dev/null 2> "$1/said" &
fallocate -l 200k filler
until grep -qs Cannot "$1/said"; do sleep 0.05; done
rm filler
until grep -qs again$ "$1/said"; do sleep 0.05; done
kill %1; wait %1
cp r "$1"' - "$here"`,
    );
    assertEquals([code, stderr], [0, ""]);
    assertEquals(splitLines(besidesMissed(place.read("said"))), [
      'procline: Cannot write "r": No space left on device (os error 28), which is tried again at each sample',
      'procline: Can write "r" again',
    ]);
    let torn = 0;
    const kinds = new Set<string>();
    for (const line of splitLines(place.read("r"))) {
      try {
        kinds.add(JSON.parse(line).kind);
      } catch {
        torn++;
        // No other line is behind it.
        assertEquals(line.lastIndexOf('{"timestamp":'), 0);
      }
    }
    assertEquals(torn, 1);
    assert(kinds.has("end"));
  },
);

testEachWay(
  "procline never shows a reader of a replaced export an empty or a torn text, under load",
  async (procline) => {
    using place = new Place(procline.argv);
    await using child = place.start(
      `exec procline --pid=${Deno.pid} --interval=1ms --export=prometheus=x.prom --export=openmetrics=y.om -o /dev/null`,
    );
    await using _load = place.start("while :; do :; done");
    await until(() => place.has("x.prom") && place.has("y.om"));
    const texts = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      const text = await Deno.readTextFile(place.path("x.prom"));
      assertEquals(finishedIn(text), "0");
      texts.add(SEQ.exec(text)?.[1] ?? "");
      assert(
        (await Deno.readTextFile(place.path("y.om"))).endsWith("\n# EOF\n"),
      );
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    // It was replaced while it was read.
    assert(texts.size > 20, `${texts.size} texts`);
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    assertEquals(place.names(), []);
  },
);

testEachWay(
  "procline leaves its files in order at a signal that comes as soon as they are there",
  async (procline) => {
    using place = new Place(procline.argv);
    for (const [i, args] of [`--pid=${Deno.pid}`, "-- sleep 60"].entries()) {
      await Deno.mkdir(place.path(`${i}`));
      await using child = place.start(
        `exec procline --interval=100ms --export=prometheus=${i}/x.prom --export=trace=${i}/t -o ${i}/lines ${args}`,
      );
      const others = child.rest();
      // Nothing else has a turn: the signal comes before anything is sampled.
      while (place.names(`${i}`).length === 0);
      child.kill("SIGTERM");
      assertEquals([args, await child.code()], [args, 143]);
      await others;
      const kept = i === 0 ? [] : ["x.prom"];
      assertEquals(place.names(`${i}`), ["lines", "t", ...kept]);
      const last = splitLines(place.read(`${i}/lines`)).at(-1) ?? "";
      assertEquals(
        JSON.parse(last).reason,
        i === 0 ? "signal" : "exited",
      );
      assert(JSON.parse(place.read(`${i}/t`)).length > 0);
    }
  },
);

/** That documents of a run that is not over are whole. */
function assertClosed(place: Place): void {
  const events: { readonly name: string }[] = JSON.parse(place.read("t"));
  assertEquals(events.at(-1)?.name, "end: not known");
  assertMatch(place.read("h"), /^<!doctype html>[^]*<\/html>\s*$/i);
  // No text is that of the last sample.
  assertEquals(place.has("p"), false);
}

testEachWay(
  "procline closes what it exports of a replay that a signal ends",
  async (procline) => {
    using place = new Place(procline.argv);
    assertClean(
      await place.run(
        "procline --pid=$$ --interval=50ms --count=3 --record=recording | grep -v '\"end\"' > lines && sed -i '$d' recording && mkfifo pipe_lines pipe_recording pipe",
      ),
    );
    for (const input of ["lines", "recording"]) {
      // The pipe has no end, as this shell can write to it.
      await using child = place.start(
        `exec 3<>pipe_${input}; cat ${input} >&3 & exec procline --replay=- --export=trace=t --export=html=h --export=prometheus=p --only=tree <&3`,
      );
      await child.line();
      // That of a recording is known to be whole once another line has come.
      await child.line();
      child.kill("SIGTERM");
      assertEquals([input, await child.code()], [input, 143]);
      await child.rest();
      assertClosed(place);
      for (const name of ["t", "h"]) await Deno.remove(place.path(name));
    }
    // Nobody takes its lines.
    await using child = place.start(
      `exec 3<>pipe; cat lines >&3 & mkfifo stuck; exec 4<>stuck; head -c 65536 /dev/zero >&4; exec procline --replay=- --export=trace=t --export=html=h --export=prometheus=p <&3 >&4`,
    );
    const others = child.rest();
    await until(() => place.has("t") && place.read("t").length > 0);
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    await others;
    assertClosed(place);
  },
);

testEachWay(
  "procline closes what it exports of a replay that a fault ends",
  async (procline) => {
    using place = new Place(procline.argv);
    assertClean(
      await place.run(
        "procline --pid=$$ --interval=50ms --count=3 --record=recording > lines && { head -n 3 recording; echo '{'; } > damaged",
      ),
    );
    for (
      const [args, said] of [
        ["- < damaged > lines", /^procline: .*line 4/],
        ["recording --output=/dev/full", /^procline: Cannot write the output/m],
        ["lines --output=/dev/full", /^procline: Cannot write the output/m],
      ] as const
    ) {
      const { code, stderr } = await place.run(
        `procline --export=trace=t --export=html=h --export=prometheus=p --replay=${args}`,
      );
      assertEquals([args, code], [args, 1]);
      assertMatch(stderr, said);
      assertClosed(place);
      for (const name of ["t", "h"]) await Deno.remove(place.path(name));
    }
    // So is what is printed itself.
    const { code, stdout } = await place.run(
      "procline --replay=- --format=trace < damaged",
    );
    assertEquals(code, 1);
    assertEquals(JSON.parse(stdout).at(-1).name, "end: not known");
  },
);

testEachWay(
  "procline says that a file was removed while it was written to",
  async (procline) => {
    using place = new Place(procline.argv);
    const lost = (name: string) =>
      `procline: "${name}" was removed meanwhile: what was written to it is lost`;
    const { code, stderr } = await place.run(
      "procline --export=html=h --export=trace=t -o lines -- sh -c 'rm h lines; mv t u'",
    );
    assertEquals([code, splitLines(besidesMissed(stderr)).sort()], [
      0,
      [lost("h"), lost("lines")],
    ]);
    assertEquals(place.names(), ["u"]);
    assert(JSON.parse(place.read("u")).length > 0);
    const appended = await place.run(
      "procline --append=lines -- sh -c 'until [ -s lines ]; do sleep 0.01; done; rm lines'",
    );
    assertEquals([appended.code, besidesMissed(appended.stderr)], [
      0,
      `${lost("lines")}\n`,
    ]);
  },
);

testEachWay(
  "procline says at its end that it cannot remove an export, though it could not be written before",
  async (procline) => {
    using place = new Place(procline.argv);
    await Deno.mkdir(place.path("real"));
    await Deno.symlink("real", place.path("metrics"));
    await using child = place.start(
      `exec procline --pid=${Deno.pid} --interval=50ms --export=prometheus=metrics/x.prom --only=tree`,
    );
    await child.line();
    await until(() => place.names("real").includes("x.prom"));
    await Deno.symlink("metrics", place.path("loop"));
    await Deno.rename(place.path("loop"), place.path("metrics"));
    for (let i = 0; i < 8; i++) await child.line();
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    await child.rest();
    const why = "Too many levels of symbolic links (os error 40)";
    assertEquals(
      splitLines(besidesMissed(await child.stderr)).slice(0, 2),
      [
        `procline: Cannot replace "metrics/x.prom": ${why}, which is tried again at each sample`,
        `procline: Cannot remove "metrics/x.prom": ${why}`,
      ],
    );
  },
);
