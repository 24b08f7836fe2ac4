import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type {
  Command,
  ReplayCommand,
  SampleCommand,
} from "../../src/cli/command.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { parseOptions } from "../../src/cli/parse_options.ts";
import { COLLECTORS, IN_ALL } from "../../src/collect/collectors.ts";
import { FORMATS } from "../../src/format/formats.ts";
import { format as lading } from "../../src/format/lading.ts";
import { format as table } from "../../src/format/table.ts";
import { format as records } from "../../src/format/records.ts";
import { startViews } from "../../src/view/views.ts";
import { RUN, sampleOf } from "../support/samples.ts";

const SAMPLE: SampleCommand = {
  kind: "sample",
  root: { pid: 42 },
  intervalMs: 1000,
  count: undefined,
  durationMs: undefined,
  format: records,
  isFormatGiven: false,
  sort: undefined,
  views: [],
  only: undefined,
  fields: undefined,
  labels: {},
  hostname: false,
  collect: [],
  env: [],
  smapsEvery: 1,
  numaEvery: 1,
  wssEvery: 1,
  events: false,
  orphans: false,
  restarts: false,
  untilStdinCloses: false,
  proc: "/proc",
  sys: "/sys",
  output: undefined,
  append: false,
  exports: [],
  keep: false,
  summary: undefined,
  record: undefined,
  force: false,
};

const REPLAY: ReplayCommand = {
  kind: "replay",
  recording: "a.rec",
  before: undefined,
  formatName: "records",
  refusal: undefined,
  count: undefined,
  format: records,
  isFormatGiven: false,
  sort: undefined,
  views: [],
  only: undefined,
  fields: undefined,
  labels: {},
  hostname: false,
  output: undefined,
  append: false,
  exports: [],
  keep: false,
  summary: undefined,
};

const PID = ["--pid", "42"];

const UNDERSTOOD: readonly (readonly [args: readonly string[], Command])[] = [
  [PID, SAMPLE],
  [["--pid=42"], SAMPLE],
  [["--pid", "1"], { ...SAMPLE, root: { pid: 1 } }],
  [["--pid", "4194304"], { ...SAMPLE, root: { pid: 4194304 } }],
  [["--pid", "0000042"], SAMPLE],
  [["--all"], { ...SAMPLE, root: { all: true } }],
  [["--name", "nginx"], { ...SAMPLE, root: { name: "nginx" } }],
  [["--unit", "nginx"], { ...SAMPLE, root: { unit: "nginx" } }],
  [["--cgroup", "/a b.slice"], { ...SAMPLE, root: { cgroup: "/a b.slice" } }],
  [["--", "make", "-j8"], { ...SAMPLE, root: { argv: ["make", "-j8"] } }],
  [["--", "--pid", "1"], { ...SAMPLE, root: { argv: ["--pid", "1"] } }],
  [["--", "sh", "--", "x"], { ...SAMPLE, root: { argv: ["sh", "--", "x"] } }],
  [["--", "x", "--help"], { ...SAMPLE, root: { argv: ["x", "--help"] } }],
  [["--", "x", ""], { ...SAMPLE, root: { argv: ["x", ""] } }],
  [["--events", "--", "x"], {
    ...SAMPLE,
    events: true,
    root: { argv: ["x"] },
  }],
  [[...PID, "--format", "lading", "--events", "--record", "r"], {
    ...SAMPLE,
    format: lading,
    isFormatGiven: true,
    events: true,
    record: "r",
  }],
  [[...PID, "--hostname"], { ...SAMPLE, hostname: true }],
  [["--replay", "a.rec", "--hostname"], { ...REPLAY, hostname: true }],
  [[...PID, "--append", "a"], { ...SAMPLE, output: "a", append: true }],
  [["--replay", "a.rec", "--append=a"], {
    ...REPLAY,
    output: "a",
    append: true,
  }],
  [["--append", "a", "--", "x"], {
    ...SAMPLE,
    output: "a",
    append: true,
    root: { argv: ["x"] },
  }],
  [[...PID, "--until-stdin-closes"], { ...SAMPLE, untilStdinCloses: true }],
  [[...PID, "--interval", "250ms"], { ...SAMPLE, intervalMs: 250 }],
  [[...PID, "--interval=1.5m"], { ...SAMPLE, intervalMs: 90_000 }],
  [[...PID, "--count", "7"], { ...SAMPLE, count: 7 }],
  [[...PID, "--duration", "1h"], { ...SAMPLE, durationMs: 3_600_000 }],
  [[...PID, "--format", "records"], { ...SAMPLE, isFormatGiven: true }],
  [[...PID, "--format", "json"], { ...SAMPLE, isFormatGiven: true }],
  [[...PID, "--format=ndjson"], { ...SAMPLE, isFormatGiven: true }],
  [[...PID, "--only", "all"], SAMPLE],
  [[...PID, "--only", "tree"], { ...SAMPLE, only: ["tree"] }],
  [[...PID, "--only", "end,process,run,end"], {
    ...SAMPLE,
    only: ["run", "process", "end"],
  }],
  [[...PID, "--events", "--only", "exit"], {
    ...SAMPLE,
    events: true,
    only: ["exit"],
  }],
  [[...PID, "--collect", "host", "--only=host"], {
    ...SAMPLE,
    collect: ["host"],
    only: ["host"],
  }],
  [["--replay", "a.rec", "--only", "smaps"], { ...REPLAY, only: ["smaps"] }],
  [[...PID, "--fields", "rss_bytes,comm"], {
    ...SAMPLE,
    fields: ["comm", "rss_bytes"],
  }],
  [[...PID, "--fields", "pss_bytes", "--collect", "smaps_rollup"], {
    ...SAMPLE,
    fields: ["pss_bytes"],
    collect: ["smaps_rollup"],
  }],
  [["--replay", "a.rec", "--fields", "pss_bytes"], {
    ...REPLAY,
    fields: ["pss_bytes"],
  }],
  [[...PID, "--label", "value=x", "--label", "device=y"], {
    ...SAMPLE,
    labels: { value: "x", device: "y" },
  }],
  [[...PID, "--format", "lading", "--label", "kind=x"], {
    ...SAMPLE,
    format: lading,
    isFormatGiven: true,
    labels: { kind: "x" },
  }],
  [[...PID, "-t"], { ...SAMPLE, format: table, isFormatGiven: true }],
  [[...PID, "--table"], { ...SAMPLE, format: table, isFormatGiven: true }],
  [[...PID, "-t", "--format", "table"], {
    ...SAMPLE,
    format: table,
    isFormatGiven: true,
  }],
  [[...PID, "-t", "--sort", "growth"], {
    ...SAMPLE,
    format: table,
    isFormatGiven: true,
    sort: "growth",
  }],
  [["--replay", "a.rec", "--format=table", "--sort=tree"], {
    ...REPLAY,
    format: table,
    formatName: "table",
    isFormatGiven: true,
    sort: "tree",
  }],
  [[...PID, "--format", "lading"], {
    ...SAMPLE,
    format: lading,
    isFormatGiven: true,
  }],
  [[...PID, "--label", "job=a=b", "--label", "x.y-z_="], {
    ...SAMPLE,
    labels: { job: "a=b", "x.y-z_": "" },
  }],
  [[...PID, "--collect", "smaps,io"], { ...SAMPLE, collect: ["io", "smaps"] }],
  [[...PID, "--collect", "io,io"], { ...SAMPLE, collect: ["io"] }],
  [[...PID, "--collect", "all"], { ...SAMPLE, collect: IN_ALL }],
  [[...PID, "--collect", "io,all"], { ...SAMPLE, collect: IN_ALL }],
  [[...PID, "--collect", "wss,all", "--wss-every", "60"], {
    ...SAMPLE,
    collect: COLLECTORS.filter((name) =>
      name === "wss" || IN_ALL.includes(name)
    ),
    wssEvery: 60,
  }],
  [[...PID, "--format", "lading", "--collect", "stat"], {
    ...SAMPLE,
    format: lading,
    isFormatGiven: true,
    collect: ["stat"],
  }],
  [[...PID, "--format", "lading", "--collect", "cmdline,cgroup"], {
    ...SAMPLE,
    format: lading,
    isFormatGiven: true,
    collect: ["cmdline", "cgroup"],
  }],
  [[...PID, "--collect", "smaps", "--smaps-every", "10"], {
    ...SAMPLE,
    collect: ["smaps"],
    smapsEvery: 10,
  }],
  [[...PID, "--collect", "numa,io", "--numa-every", "60"], {
    ...SAMPLE,
    collect: ["io", "numa"],
    numaEvery: 60,
  }],
  [[...PID, "--env", "HOME,a b"], {
    ...SAMPLE,
    collect: ["env"],
    env: ["HOME", "a b"],
  }],
  [[...PID, "--collect=io", "--env=all"], {
    ...SAMPLE,
    collect: ["io", "env"],
    env: ["all"],
  }],
  [[...PID, "--collect=all", "--env=A", "--fields=env"], {
    ...SAMPLE,
    collect: [...IN_ALL, "env"],
    env: ["A"],
    fields: ["env"],
  }],
  [[...PID, "--events"], { ...SAMPLE, events: true }],
  [[...PID, "--orphans"], { ...SAMPLE, orphans: true }],
  [["--cgroup", "/x", "--restarts"], {
    ...SAMPLE,
    root: { cgroup: "/x" },
    restarts: true,
  }],
  [[...PID, "--output", "a.ndjson"], { ...SAMPLE, output: "a.ndjson" }],
  [[...PID, "--output=-"], SAMPLE],
  [[...PID, "--summary"], { ...SAMPLE, summary: true }],
  [[...PID, "--no-summary"], { ...SAMPLE, summary: false }],
  [["--replay", "a.rec", "--summary"], { ...REPLAY, summary: true }],
  [[...PID, "--record", "a.rec"], { ...SAMPLE, record: "a.rec" }],
  [
    [...PID, "--record", "a.rec", "--force"],
    { ...SAMPLE, record: "a.rec", force: true },
  ],
  [[...PID, "--proc", "/host/proc", "--sys", "/host/sys"], {
    ...SAMPLE,
    proc: "/host/proc",
    sys: "/host/sys",
  }],
  [["--replay", "a.rec"], REPLAY],
  [
    [
      ...["--replay", "a.rec", "--count", "2", "--format", "lading"],
      ...["--label", "job=x", "--output", "b"],
    ],
    {
      ...REPLAY,
      count: 2,
      format: lading,
      formatName: "lading",
      isFormatGiven: true,
      labels: { job: "x" },
      output: "b",
    },
  ],
  [["--help"], { kind: "help", isShort: false }],
  [["-h"], { kind: "help", isShort: true }],
  [["--man"], { kind: "man" }],
  [["--completions", "zsh"], { kind: "completions", shell: "zsh" }],
  [["-p", "42"], SAMPLE],
  [["-p42", "-n7", "-i", "250ms"], { ...SAMPLE, count: 7, intervalMs: 250 }],
  [["-p", "42", "-d", "1.5", "-o", "f"], {
    ...SAMPLE,
    durationMs: 1500,
    output: "f",
  }],
  [[...PID, "-f", "lading"], {
    ...SAMPLE,
    format: lading,
    isFormatGiven: true,
  }],
  [[...PID, "-i", "0.25"], { ...SAMPLE, intervalMs: 250 }],
  [[...PID, "--output", "-"], SAMPLE],
  [["--schema"], { kind: "schema" }],
  [["--version"], { kind: "version" }],
  [["-V"], { kind: "version" }],
  [["--version", "--help"], { kind: "help", isShort: false }],
  [["-Vh"], { kind: "help", isShort: true }],
  [["--help", "--pid", "x"], { kind: "help", isShort: false }],
];

for (const [args, command] of UNDERSTOOD) {
  Deno.test(`parseOptions() understands ${args.join(" ")}`, async () => {
    assertEquals(await parseOptions(args), command);
  });
}

Deno.test("parseOptions() gives views in the order in which they are applied", async () => {
  const command = await parseOptions([
    ...PID,
    "--top",
    "3",
    "--group-by",
    "uid",
  ]);
  assert(command.kind === "sample");
  assertEquals(command.views.map(({ needs }) => needs), [["status"], []]);
});

const NO_PID = "a process id is a whole number above 0";
const NO_COUNT = "it is not a whole number above 0";
const NO_TIME =
  "a time is a number above 0, in seconds or with a unit: 250ms, 2s, 1m, 1h";
const NO_KEY =
  "a key has letters, digits, dots, dashes and underscores, and no digit first";
const NO_ROOT =
  "Cannot start without a root: give --pid PID, --name NAME, --cgroup PATH, --unit NAME, --all, -- COMMAND or --replay FILE";
const NO_ARGUMENT = "a process is given as --pid PID, a command after --";
const ALL_COLLECTORS =
  "the collectors are stat, cmdline, cwd, io, status, fd, threads, sockets, cgroup, host, limits, oom, signals, wchan, schedstat, delays, smaps_rollup, numa, smaps, wss and all";

const REFUSED: readonly (readonly [args: readonly string[], says: string])[] = [
  [[], NO_ROOT],
  [["--events"], NO_ROOT],
  [["--", ""], "Cannot run a command: none stands after --"],
  [["--"], "Cannot run a command: none stands after --"],
  [
    [...PID, "-p", "43"],
    'Cannot use -p twice, with "42" and with "43"',
  ],
  [
    [...PID, "--label", "a=1", "--label", "a=2"],
    'Cannot use --label "a=2": there is a label a already',
  ],
  [
    [...PID, "--smaps-every", "5"],
    "Cannot use --smaps-every without --collect smaps: nothing reads smaps",
  ],
  [
    [...PID, "--collect", "smaps", "--numa-every", "5"],
    "Cannot use --numa-every without --collect numa: nothing reads numa",
  ],
  [
    [...PID, "--collect", "all", "--wss-every", "5"],
    "Cannot use --wss-every without --collect wss: nothing reads wss",
  ],
  [
    ["--completions", "tcsh"],
    'Cannot use --completions "tcsh": the shells are bash, zsh, fish',
  ],
  [["-n"], "Cannot use -n without a value"],
  [
    [...PID, "--summary", "--no-summary"],
    "Cannot use --summary and --no-summary together",
  ],
  [
    [...PID, "--append", "a", "--output", "b"],
    "Cannot use --output and --append together: lines go to one file",
  ],
  [
    [...PID, "--output", "-", "--append", "b"],
    "Cannot use --output and --append together: lines go to one file",
  ],
  [
    [...PID, "--append", "-"],
    "Cannot use --append -: lines go to stdout without it",
  ],
  [[...PID, "--append", ""], "Cannot use --append without a value"],
  [[...PID, "--append="], "Cannot use --append without a value"],
  [
    ["--until-stdin-closes", "--", "cat"],
    "Cannot use --until-stdin-closes with -- COMMAND: the command has standard input",
  ],
  [
    ["--until-stdin-closes", "--replay", "a.rec"],
    "Cannot use --until-stdin-closes with --replay: the recording has it",
  ],
  [
    [...PID, "--export", "records"],
    'Cannot use --export "records": an export is written NAME=FILE',
  ],
  [
    [...PID, "--export", "promtheus=x"],
    'Cannot use --export "promtheus=x": did you mean prometheus?',
  ],
  [
    [...PID, "--export", "=x"],
    `Cannot use --export "=x": the formats are ${FORMATS.join(", ")}`,
  ],
  [
    [...PID, "--export", "records="],
    'Cannot use --export "records=": no file stands after the sign',
  ],
  [
    [...PID, "--export", "records=-"],
    'Cannot use --export "records=-": stdout takes what --format NAME says, an export is a file',
  ],
  [
    [...PID, "--export", "records=a", "--export="],
    'Cannot use --export "": an export is written NAME=FILE',
  ],
  [
    [...PID, "--export", "lading=a", "--label", "value=1"],
    'Cannot use --label "value=1": value is a field of the lines',
  ],
  [
    [...PID, "--export", "lading=a", "--format=lading", "--group-by=comm"],
    "Cannot use --group-by with --format lading: it prints processes alone",
  ],
  [
    [...PID, "--export", "prometheus=a", "--group-by", "pid"],
    'Cannot use --group-by "pid": the keys are comm, exe, uid, cgroup',
  ],
  [
    [...PID, "--keep", "--export", "records=a"],
    "Cannot use --keep without an --export that each sample replaces: every other file stays",
  ],
  [
    ["--replay", "a.rec", "--keep"],
    "Cannot use --keep without an --export that each sample replaces: every other file stays",
  ],
  ...["prometheus", "openmetrics"].flatMap((name) =>
    [[], ["--count=2"], ["--output=a"], ["--duration=1s"]].map((args) =>
      [
        [...PID, "--format", name, ...args],
        `Cannot use --format ${name} without --count 1: each sample takes the place of the one before, use --export ${name}=FILE`,
      ] as const
    )
  ),
  [
    [...PID, "--force", "--output", "a"],
    "Cannot use --force without --record: no other file needs it",
  ],
  [
    ["--replay", "a.rec", "--force"],
    "Cannot use --force with --replay: the recording has it",
  ],
  [
    [...PID, "--top", "0"],
    'Cannot use --top "0": it is not a whole number above 0',
  ],
  [
    [...PID, "--group-by", "name"],
    'Cannot use --group-by "name": the keys are comm, exe, uid, cgroup',
  ],
  [
    [...PID, "--format", "lading", "--top", "3"],
    "Cannot use --top with --format lading: it prints processes alone",
  ],
  [
    [...PID, "--tag-pid"],
    "Cannot use --tag-pid without the format influx: it prints processes there in place of groups",
  ],
  [
    [...PID, "--export", "lading=lines", "--tag-pid"],
    "Cannot use --tag-pid without the format influx: it prints processes there in place of groups",
  ],
  [
    [...PID, "--format", "influx", "--tag-pid", "--group-by", "comm"],
    "Cannot use --tag-pid with --group-by: groups have no process ids",
  ],
  [
    [...PID, "--format", "influx", "--label", "host=a"],
    'Cannot use --label "host=a": host is a field of the lines',
  ],
  [
    [...PID, "--only", "group"],
    "Cannot use --only group without --group-by: there are no such lines",
  ],
  [
    [...PID, "--only", "rest"],
    "Cannot use --only rest without --top: there are no such lines",
  ],
  [
    [...PID, "--group-by", "comm", "--only", "process"],
    "Cannot use --only process with --group-by: groups stand in place of processes",
  ],
  [
    [...PID, "--fields", "comm", "--only", "tree"],
    "Cannot use --fields with --only that names neither process nor group: it chooses among their fields",
  ],
  [
    [...PID, "--fields", "comm,load15"],
    'Cannot use --fields "load15": no process or group has this field, see docs/fields.md',
  ],
  [
    [...PID, "--fields", "rss_byte"],
    'Cannot use --fields "rss_byte": did you mean rss_bytes?',
  ],
  [
    [...PID, "--fields", "comm,pss_bytes"],
    "Cannot use --fields pss_bytes without --collect smaps_rollup: nothing reads it",
  ],
  [
    [...PID, "--fields", "uid", "--group-by", "comm"],
    "Cannot use --fields uid: no line of kind group has this field",
  ],
  [
    [...PID, "--fields", "comm,processor"],
    "Cannot use --fields processor without --collect threads: nothing reads it",
  ],
  [
    [...PID, "--fields", "exe", "--only", "thread", "--collect", "threads"],
    "Cannot use --fields exe: no line of kind thread has this field",
  ],
  [
    [...PID, "--only", "thread"],
    "Cannot use --only thread without --collect threads: there are no such lines",
  ],
  [
    [
      ...[...PID, "--only", "thread", "--collect", "threads"],
      ...["--group-by", "comm"],
    ],
    "Cannot use --only thread with --group-by: groups stand in place of processes and their threads",
  ],
  [
    [...PID, "--fields", "max_rss_bytes"],
    "Cannot use --fields max_rss_bytes: no line of kind process has this field",
  ],
  [
    [...PID, "--fields", "comm", "--top", "3", "--only", "rest"],
    "Cannot use --fields comm: no line of kind rest has this field",
  ],
  [
    ["--replay", "a.rec", "--fields", "exe", "--group-by", "exe", "--top", "3"],
    "Cannot use --fields exe: no line of kind group or rest has this field",
  ],
  [
    [...PID, "--format", "lading", "--fields", "comm"],
    "Cannot use --fields with --format lading: it chooses among the fields of records",
  ],
  [
    [...PID, "--collect", "all,foo"],
    `Cannot use --collect "foo": did you mean io?`,
  ],
  [
    [...PID, "--", "x"],
    "Cannot use --pid and -- COMMAND together: a run has one root",
  ],
  [
    [...PID, "--cgroup", "/a"],
    "Cannot use --pid and --cgroup together: a run has one root",
  ],
  [
    [...PID, "--cgroup", "/a", "--replay", "f", "--", "x"],
    "Cannot use --pid and --cgroup and -- COMMAND and --replay together: a run has one root",
  ],
  [["42"], `Cannot use the argument "42": ${NO_ARGUMENT}`],
  [["make", "-j8"], `Cannot use the argument "make": ${NO_ARGUMENT}`],
  [[...PID, "\u009b"], `Cannot use the argument "\\u009b": ${NO_ARGUMENT}`],
  [["-"], `Cannot use the argument "-": ${NO_ARGUMENT}`],

  [
    ["--intervall", "1s"],
    'Cannot use the option "--intervall": did you mean --interval?',
  ],
  [["--evnts"], 'Cannot use the option "--evnts": did you mean --events?'],
  [["--zzzzzzzz"], 'Cannot use the option "--zzzzzzzz": see --help'],
  [["-x"], 'Cannot use the option "-x": see --help'],
  [["-x", "42"], 'Cannot use the option "-x": see --help'],
  [["--no-events"], 'Cannot use the option "--no-events": see --help'],
  [["--evnts"], 'Cannot use the option "--evnts": did you mean --events?'],
  [["--pid"], "Cannot use --pid without a value"],
  [["--pid", "42", "--count"], "Cannot use --count without a value"],
  [["--pid", "-1"], 'Cannot use --pid "-1": it is not above 0'],
  [
    [...PID, "--interval", "-1s"],
    'Cannot use --interval "-1s": it is not above 0',
  ],
  [
    [...PID, "--interval", "0.0009ms"],
    'Cannot use --interval "0.0009ms": the shortest is 0.001ms',
  ],
  [
    [...PID, "--output", "--events"],
    'Cannot use --output with the value "--events": a value that starts with a dash is written --output=VALUE',
  ],
  [[...PID, "--events=yes"], "Cannot use --events with a value: it takes none"],
  [
    [...PID, "--constructor"],
    'Cannot use the option "--constructor": see --help',
  ],
  [["--help=me"], "Cannot use --help with a value: it takes none"],

  [["--pid="], "Cannot use --pid without a value"],
  [["--cgroup="], "Cannot use --cgroup without a value"],
  [["--replay="], "Cannot use --replay without a value"],
  [[...PID, "--interval="], "Cannot use --interval without a value"],
  [[...PID, "--count="], "Cannot use --count without a value"],
  [[...PID, "--duration="], "Cannot use --duration without a value"],
  [[...PID, "--format="], "Cannot use --format without a value"],
  [[...PID, "--collect="], "Cannot use --collect without a value"],
  [[...PID, "--smaps-every="], "Cannot use --smaps-every without a value"],
  [[...PID, "--numa-every="], "Cannot use --numa-every without a value"],
  [[...PID, "--wss-every="], "Cannot use --wss-every without a value"],
  [[...PID, "--output="], "Cannot use --output without a value"],
  [[...PID, "--record="], "Cannot use --record without a value"],
  [[...PID, "--proc="], "Cannot use --proc without a value"],
  [[...PID, "--sys="], "Cannot use --sys without a value"],

  [["--pid", "0"], `Cannot use --pid "0": ${NO_PID}`],
  [
    [...PID, "-o", "x", "--output", "y"],
    'Cannot use --output twice, with "x" and with "y"',
  ],
  [
    [...PID, "--record", "x", "--record", "y"],
    'Cannot use --record twice, with "x" and with "y"',
  ],
  ...(["table", "lading", "otlp"] as const).map((name) =>
    [
      [...PID, "--events", "--format", name],
      `Cannot use --events with --format ${name}: it prints no events`,
    ] as const
  ),
  [["--pid", "_x"], `Cannot use --pid "_x": ${NO_PID}; --name takes a name`],
  [["--pid", "名"], `Cannot use --pid "名": ${NO_PID}; --name takes a name`],
  [["--pid", "x"], `Cannot use --pid "x": ${NO_PID}; --name takes a name`],
  [
    [...PID, "--all"],
    "Cannot use --pid and --all together: a run has one root",
  ],
  [
    ["--name", "a", "--unit", "b"],
    "Cannot use --name and --unit together: a run has one root",
  ],
  [["--pid", "1.5"], `Cannot use --pid "1.5": ${NO_PID}`],
  [["--pid", " 42"], `Cannot use --pid " 42": ${NO_PID}`],
  [["--pid", "1e3"], `Cannot use --pid "1e3": ${NO_PID}`],
  [["--pid", "0x2a"], `Cannot use --pid "0x2a": ${NO_PID}`],
  [["--pid", "4194305"], `Cannot use --pid "4194305": ${NO_PID}`],
  [["--pid", "42\n"], `Cannot use --pid "42\\n": ${NO_PID}`],
  [["--pid=-1"], `Cannot use --pid "-1": ${NO_PID}`],

  [[...PID, "--count", "0"], `Cannot use --count "0": ${NO_COUNT}`],
  [[...PID, "--count", "1.5"], `Cannot use --count "1.5": ${NO_COUNT}`],
  [[...PID, "--count", "many"], `Cannot use --count "many": ${NO_COUNT}`],
  [
    [...PID, "--count", "1234567890123456"],
    `Cannot use --count "1234567890123456": ${NO_COUNT}`,
  ],
  [[...PID, "--smaps-every", "0"], `Cannot use --smaps-every "0": ${NO_COUNT}`],
  [[...PID, "--numa-every", "0"], `Cannot use --numa-every "0": ${NO_COUNT}`],
  [
    ["--replay", "a", "--replay", "b"],
    "Cannot use --replay twice with --format records: --format html alone shows two runs side by side",
  ],
  [
    ["--replay", "a", "--replay", "b", "--export", "html=c"],
    "Cannot use --replay twice with --export: --format html alone shows two runs side by side",
  ],
  [
    ["--format=html", "--replay", "a", "--replay", "b", "--replay", "c"],
    "Cannot use --replay 3 times: two runs are shown side by side",
  ],
  [
    ["--format=html", "--replay=-", "--replay=-"],
    "Cannot use --replay - twice: standard input is read once",
  ],
  [["--replay", ""], "Cannot use --replay without a value"],
  [["--replay", "f", "--count", "x"], `Cannot use --count "x": ${NO_COUNT}`],

  [[...PID, "--interval", "0"], `Cannot use --interval "0": ${NO_TIME}`],
  [[...PID, "--interval", "0s"], `Cannot use --interval "0s": ${NO_TIME}`],
  [[...PID, "--interval=-1s"], `Cannot use --interval "-1s": ${NO_TIME}`],
  [[...PID, "--duration", "1d"], `Cannot use --duration "1d": ${NO_TIME}`],

  [
    [...PID, "--format", "csv"],
    `Cannot use --format "csv": the formats are ${FORMATS.join(", ")}`,
  ],
  [
    [...PID, "-t", "--format", "json"],
    "Cannot use -t with --format json: it stands for --format table",
  ],
  [
    [...PID, "--sort", "rss"],
    "Cannot use --sort with --format records: it sorts a table, see -t",
  ],
  [
    [...PID, "-t", "--sort", "pid"],
    'Cannot use --sort "pid": a table is sorted by cpu, rss, growth, tree',
  ],
  [[...PID, "-t", "--sort="], "Cannot use --sort without a value"],
  [
    [...PID, "-t", "--sort", "tree", "--group-by", "comm"],
    "Cannot use --sort tree with --group-by: groups have no parents",
  ],
  [
    [...PID, "-t", "--only", "tree"],
    "Cannot use --only with --format table: its lines are of no kinds",
  ],
  [
    ["--replay", "f", "--format", "Records"],
    `Cannot use --format "Records": the formats are ${FORMATS.join(", ")}`,
  ],

  [
    [...PID, "--collect", "smap"],
    'Cannot use --collect "smap": did you mean smaps?',
  ],
  [
    [...PID, "--collect", "io,stats"],
    'Cannot use --collect "stats": did you mean stat?',
  ],
  [
    [...PID, "--collect", "gpu-memory"],
    `Cannot use --collect "gpu-memory": ${ALL_COLLECTORS}`,
  ],
  [[...PID, "--collect", "io,"], `Cannot use --collect "": ${ALL_COLLECTORS}`],
  [
    [...PID, "--collect", "cgroup_files"],
    `Cannot use --collect "cgroup_files": ${ALL_COLLECTORS}`,
  ],

  [
    [...PID, "--label", "job"],
    'Cannot use --label "job": a label is written KEY=TEXT',
  ],
  [[...PID, "--label="], 'Cannot use --label "": a label is written KEY=TEXT'],
  [
    [
      ..."--pid 42 --count 1 --format prometheus".split(" "),
      ..."--label a.b=1 --label a-b=2".split(" "),
    ],
    'Cannot use the labels: "a.b" and "a-b" would both be a_b',
  ],
  [
    "--pid 42 --count 1 --format openmetrics --label __a=1".split(" "),
    'Cannot use the labels: a metric can have no label "__a"',
  ],
  [
    "--pid 42 --count 1 --format prometheus --label groupname=1".split(" "),
    'Cannot use --label "groupname=1": groupname is a field of the lines',
  ],
  [
    "--pid 42 --format prometheus".split(" "),
    "Cannot use --format prometheus without --count 1: each sample takes the place of the one before, use --export prometheus=FILE",
  ],
  [
    "--pid 42 --format prometheus --count 1 --top 3".split(" "),
    "Cannot use --top with --format prometheus: it prints every group",
  ],
  [[...PID, "--label", "=x"], `Cannot use --label "=x": ${NO_KEY}`],
  [[...PID, "--label", "1a=x"], `Cannot use --label "1a=x": ${NO_KEY}`],
  [[...PID, "--label", "a b=x"], `Cannot use --label "a b=x": ${NO_KEY}`],
  [[...PID, "--label", "a\n=x"], `Cannot use --label "a\\n=x": ${NO_KEY}`],
  [[...PID, "--label", "ä=x"], `Cannot use --label "ä=x": ${NO_KEY}`],
  [
    [...PID, "--label", "pid=7"],
    'Cannot use --label "pid=7": pid is a field of the lines',
  ],
  [
    [...PID, "-f", "lading", "--hostname", "--label", "hostname=x"],
    'Cannot use --label "hostname=x" with --hostname: it puts a hostname on every line',
  ],
  [
    [...PID, "--format", "lading", "--label", "metric_name=7"],
    'Cannot use --label "metric_name=7": metric_name is a field of the lines',
  ],
  [
    [
      ...PID,
      "--format=lading",
      "--label=rss_bytes=7",
      "--record=a.rec",
    ],
    'Cannot use --label "rss_bytes=7": rss_bytes is a field of the lines',
  ],
  [
    [...PID, "--only", "trees"],
    'Cannot use --only "trees": did you mean tree?',
  ],
  [
    [...PID, "--only", "gpu-memory"],
    'Cannot use --only "gpu-memory": the kinds of line are run, start, exit, exec, reparented, process, group, rest, thread, smaps, cgroup, host, tree, end and all',
  ],
  [
    [...PID, "--format", "lading", "--only", "tree"],
    "Cannot use --only with --format lading: its lines are of no kinds",
  ],
  [
    [...PID, "--only", "tree,exit"],
    "Cannot use --only exit without --events: there are no such lines",
  ],
  [
    [...PID, "--collect", "io", "--only", "host"],
    "Cannot use --only host without --collect host: there are no such lines",
  ],
  [
    [...PID, "--label", `a=${"x".repeat(2000)}`],
    "Cannot use so many labels: they would take more than 2000 bytes of each line",
  ],

  [[...PID, "--env", ""], "Cannot use --env without a value"],
  [[...PID, "--env", "A,"], 'Cannot use --env "A,": a name is empty'],
  [
    [...PID, "--env", "A,B,A"],
    'Cannot use --env "A,B,A": "A" stands there twice',
  ],
  [
    [...PID, "--env", "A=1"],
    'Cannot use --env "A=1": "A=1" holds what no name does: an equals sign or a NUL',
  ],
  [
    [...PID, "--env", "A", "--env", "B"],
    'Cannot use --env twice, with "A" and with "B"',
  ],
  [
    [...PID, "--collect", "io,env"],
    "Cannot use --collect env: --env LIST names the variables to read",
  ],
  [
    [...PID, "--fields", "env"],
    "Cannot use --fields env without --env LIST: nothing reads it",
  ],
  ...[
    ["--interval", "1s"],
    ["--collect", "io"],
    ["--env", "HOME"],
    ["--smaps-every", "2"],
    ["--numa-every", "2"],
    ["--wss-every", "2"],
    ["--duration", "1s"],
    ["--events"],
    ["--orphans"],
    ["--restarts"],
    ["--record", "b"],
    ["--proc", "/p"],
    ["--sys", "/s"],
  ].map((more) =>
    [
      ["--replay", "a.rec", ...more],
      `Cannot use ${more[0]} with --replay: the recording has it`,
    ] as const
  ),
];

for (const [args, says] of REFUSED) {
  const shown = args.map((arg) => arg.slice(0, 40)).join(" ");
  Deno.test(`parseOptions() refuses ${JSON.stringify(shown)}`, async () => {
    const error = await assertRejects(() => parseOptions(args), UsageError);
    assertEquals(error.message, says);
    assertEquals(error.name, "UsageError");
  });
}

Deno.test("parseOptions() has processes grouped for influx, unless their ids are tags", async () => {
  const groupKeyOf = async (...args: string[]) => {
    const command = await parseOptions([...PID, "--format", "influx", ...args]);
    assert(command.kind === "sample");
    const sample = startViews(command.views, RUN).apply(sampleOf());
    return sample.groups?.[0]?.groupBy;
  };
  assertEquals(await groupKeyOf(), "comm");
  assertEquals(await groupKeyOf("--group-by", "exe"), "exe");
  assertEquals(await groupKeyOf("--tag-pid"), undefined);
});

Deno.test("parseOptions() has process ids as tags in an export to influx alone", async () => {
  const viewsOf = async (...args: string[]) => {
    const command = await parseOptions([...PID, ...args]);
    assert(command.kind === "sample");
    return [command.views, ...command.exports.map(({ views }) => views)]
      .map(({ length }) => length);
  };
  const exported = ["--export", "influx=lines"];
  assertEquals(await viewsOf(...exported), [0, 1]);
  assertEquals(await viewsOf(...exported, "--tag-pid"), [0, 0]);
  assertEquals(await viewsOf(...exported, "--top", "3"), [1, 1]);
});

Deno.test("parseOptions() takes labels of up to 2000 bytes", async () => {
  const text = "x".repeat(2000 - '{"a":""}'.length);
  const command = await parseOptions([...PID, "--label", `a=${text}`]);
  assertEquals(command, { ...SAMPLE, labels: { a: text } });
  await assertRejects(
    () => parseOptions([...PID, "--label", `a=${text}x`]),
    UsageError,
    "Cannot use so many labels",
  );
});

Deno.test("parseOptions() takes a label named like a property of every object", async () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    const command = await parseOptions([...PID, "--label", `${name}=x`]);
    const labels = command.kind === "sample" ? command.labels : {};
    assertEquals(Object.entries(labels), [[name, "x"]]);
  }
});

Deno.test("parseOptions() does not change its arguments", async () => {
  const args = Object.freeze([...PID, "--events", "--count", "2"]);
  await parseOptions(args);
  assertEquals(args, ["--pid", "42", "--events", "--count", "2"]);
});

Deno.test("parseOptions() gives a command or a usage error of one sentence for any arguments", async () => {
  const word = fc.oneof(
    fc.constantFrom(
      ..."--pid --cgroup --interval --count --duration --format --only --schema --label --collect --smaps-every --numa-every --wss-every --events --orphans --restarts --output --record --replay --proc --sys --help --version -h -V -- - -x 1 42 0 -1 1s 250ms 1e9 a=b =b records lading tree,exit all io,fd make"
        .split(" "),
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.tuple(
      fc.constantFrom("--pid", "--count", "--interval", "--label", "--nosuch"),
      fc.string({ unit: "binary", maxLength: 8 }),
    ).map(([name, value]) => `${name}=${value}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 7 }), async (args) => {
      try {
        const { kind } = await parseOptions(args);
        assert(
          /^(sample|replay|help|schema|version|man|completions)$/.test(kind),
        );
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        // deno-lint-ignore no-control-regex -- a terminal would obey those.
        assert(!/[\x00-\x1f\x7f-\x9f]/.test(error.message), error.message);
        assert(!error.message.endsWith("."), error.message);
      }
    }),
    { numRuns: 20_000, seed: 20261123 },
  );
});

Deno.test("parseOptions() refuses to add to a file what cannot stand behind what is in it", async () => {
  const refused = new Map([
    ["prometheus", "each sample takes the place of the one before"],
    ["openmetrics", "each sample takes the place of the one before"],
    ["trace", "a run is one document, and no other can follow it"],
    ["html", "a run is one document, and no other can follow it"],
  ]);
  for (const name of FORMATS) {
    const why = refused.get(name);
    const args = [...PID, "--count=1", "--append=a", `--format=${name}`];
    if (why === undefined) {
      assertEquals((await parseOptions(args)).kind, "sample");
      continue;
    }
    await assertRejects(
      () => parseOptions(args),
      UsageError,
      `Cannot use --append with --format ${name}: ${why}`,
    );
  }
});

/** The exports that a command line asks for: format, file, and whether there are views. */
async function exportsOf(args: readonly string[]): Promise<string[]> {
  const command = await parseOptions(args);
  assert(command.kind === "sample" || command.kind === "replay");
  return command.exports.map(({ name, path, format, views }) => {
    assertEquals(typeof format.create, "function");
    return `${name} ${path} ${views.length}`;
  });
}

Deno.test("parseOptions() takes several exports, of aliases and of paths with any sign", async () => {
  const exports = ["json=a=b", "ndjson=a", "prometheus=/x/y.prom", "table= "];
  const args = exports.map((one) => `--export=${one}`);
  for (const root of [PID, ["--replay", "a.rec"], ["--all"]]) {
    assertEquals(await exportsOf([...args, ...root]), [
      "records a=b 0",
      "records a 0",
      "prometheus /x/y.prom 1",
      "table   0",
    ]);
  }
});

Deno.test("parseOptions() lets --group-by shape an export of groups, and no other one", async () => {
  const exports = ["prometheus=p", "records=r", "lading=l"]
    .map((one) => `--export=${one}`);
  const shaped = ["prometheus p 1", "records r 0", "lading l 0"];
  const all = [...PID, ...exports];
  assertEquals(await exportsOf([...all, "--top=1"]), shaped);
  for (const format of ["records", "lading"]) {
    const args = [...all, "--group-by=uid", `--format=${format}`];
    const command = await parseOptions(args);
    assert(command.kind === "sample");
    assertEquals(await exportsOf(args), shaped);
    // It is not for the lines of a format that knows no groups.
    assertEquals(command.views.length, format === "records" ? 1 : 0);
    assertEquals(command.exports[0]?.views[0]?.needs, ["status"]);
  }
});

Deno.test("parseOptions() prints once, or again, what each sample replaces", async () => {
  for (
    const args of [
      [...PID, "--count=1"],
      ["--replay", "a.rec"],
      ["--count=1", "--", "x"],
    ]
  ) {
    for (const name of ["prometheus", "openmetrics"]) {
      const command = await parseOptions([`--format=${name}`, ...args]);
      assert(command.kind === "sample" || command.kind === "replay");
      assertEquals(command.format.isReplaced, true);
    }
  }
});
