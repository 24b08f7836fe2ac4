import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseParentage, parseStat, parseTask } from "../../src/parse/stat.ts";

/** As in the kernel's include/linux/sched.h. */
const PF_EXITING = 0x4;
const PF_KTHREAD = 0x200000;

/** The 4th to the 52nd field, as the kernel printed them for `cat /proc/self/stat`. */
const REST = [
  ..."8426 8425 8424 34816 8423 4194304 90 7 3 2 11 12 13 14".split(" "),
  ..."20 5 6 0 792205 2703360 417 18446744073709551615".split(" "),
  ..."94210 94220 140724 0 0 0 0 1 2 0 0 0 17 3 0 0 9 0 0 1 2 3 4 5 6 7 0"
    .split(" "),
];

/** A line whose fields, named by their number in proc_pid_stat(5), differ from {@linkcode REST}. */
function line(
  changes: Readonly<Record<number, string>> = {},
  head = "8427 (cat) R",
): string {
  const rest = REST.map((value, i) => changes[i + 4] ?? value);
  return `${head} ${rest.join(" ")}\n`;
}

function refuses(text: string, message: string): ProcParseError {
  return assertThrows(() => parseStat(text), ProcParseError, message);
}

/** Asserts the whole message. */
function says(text: string, message: string): void {
  assertEquals(refuses(text, "").message, message);
}

Deno.test("parseStat() reads every field of a line", () => {
  assertEquals(parseStat(line()), {
    pid: 8427,
    comm: "cat",
    state: "R",
    ppid: 8426,
    pgrp: 8425,
    session: 8424,
    ttyNr: 34816,
    tpgid: 8423,
    flags: 4194304,
    minflt: 90,
    cminflt: 7,
    majflt: 3,
    cmajflt: 2,
    utime: 11,
    stime: 12,
    cutime: 13,
    cstime: 14,
    priority: 20,
    nice: 5,
    numThreads: 6,
    starttime: 792205,
    vsize: 2703360,
    rss: 417,
    rsslim: 18446744073709551615n,
    startcode: 94210,
    endcode: 94220,
    startstack: 140724,
    processor: 3,
    rtPriority: 0,
    policy: 0,
    delayacctBlkioTicks: 9,
  });
});

const NAMES: readonly (readonly [what: string, comm: string])[] = [
  ["an empty name", ""],
  ["a name with spaces", "a b c"],
  ["a name of parentheses", "())))"],
  ["a name that is one opening parenthesis", "("],
  ["a name that is one closing parenthesis", ")"],
  ["a name with parentheses and newlines", "x\n1 (y) S 2"],
  ["a name that looks like the line it stands in", "x) R 1 (y"],
  ["a name of nested parentheses", "(a b ) ( c d) "],
  ["a name that is a newline", "\n"],
  ["a name with backslashes", "a\\b\\n"],
  ["a name with a NUL-like control character", "a\u0001\u001b[31m"],
  ["a name cut before its closing parenthesis", "really (deleted"],
  ["a kernel thread's name of 32 bytes", "kworker/u16:1-kvfree_rcu_reclaim"],
];

for (const [what, comm] of NAMES) {
  Deno.test(`parseStat() reads ${what}`, () => {
    const stat = parseStat(line({}, `12368 (${comm}) S`));
    assertEquals([stat.pid, stat.comm, stat.state], [12368, comm, "S"]);
    assertEquals([stat.ppid, stat.starttime], [8426, 792205]);
  });
}

Deno.test("parseStat() reads a name of bytes that are not UTF-8 as U+FFFD", () => {
  const bytes = Uint8Array.from([
    ...new TextEncoder().encode("12368 ("),
    ...[0xff, 0xfe, 0x80, 0x7a, 0x7a],
    ...new TextEncoder().encode(line({}, ") R")),
  ]);
  const stat = parseStat(new TextDecoder().decode(bytes));
  assertEquals(stat.comm, "\ufffd\ufffd\ufffdzz");
  assertEquals(stat.state, "R");
});

Deno.test("parseStat() reads the line of a process that is being reaped", () => {
  const stat = parseStat(
    "4711 (true) X 0 -1 -1 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 0 0 792205 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
  );
  assertEquals(stat.state, "X");
  assertEquals([stat.ppid, stat.pgrp, stat.session], [0, -1, -1]);
  assertEquals([stat.numThreads, stat.vsize, stat.rsslim], [0, 0, 0]);
  assertEquals(stat.flags & PF_EXITING, PF_EXITING);
});

Deno.test("parseStat() reads a running process that has given up its memory", () => {
  const stat = parseStat(line({ 9: "4194308", 23: "0", 24: "0" }));
  assertEquals([stat.state, stat.vsize, stat.rss], ["R", 0, 0]);
  assertEquals(stat.flags & PF_EXITING, PF_EXITING);
});

Deno.test("parseStat() reads a zombie", () => {
  const changes = { 23: "0", 24: "0", 26: "0", 27: "0", 28: "0" };
  const stat = parseStat(line(changes, "8427 (sh) Z"));
  assertEquals([stat.state, stat.vsize, stat.utime], ["Z", 0, 11]);
});

Deno.test("parseStat() reads a zombie leader whose threads live", () => {
  const stat = parseStat(line({ 20: "2", 23: "0" }, "8427 (lead) Z"));
  assertEquals([stat.state, stat.numThreads], ["Z", 2]);
});

Deno.test("parseStat() reads a kernel thread", () => {
  const stat = parseStat(line({ 4: "0", 9: "2129984" }, "2 (kthreadd) S"));
  assertEquals(stat.ppid, 0);
  assertEquals(stat.flags & PF_KTHREAD, PF_KTHREAD);
});

Deno.test("parseStat() reads children's times below 0", () => {
  const stat = parseStat(line({ 16: "-3", 17: "-9223372036854775808" }));
  assertEquals(stat.cutime, -3);
  assertEquals(stat.cstime, -9223372036854775808n);
});

Deno.test("parseStat() reads minus 0 as 0", () => {
  assertEquals(parseStat(line({ 16: "-0" })).cutime, 0);
});

Deno.test("parseStat() reads a real-time priority and a negative nice value", () => {
  const stat = parseStat(line({ 18: "-100", 19: "-20" }));
  assertEquals([stat.priority, stat.nice], [-100, -20]);
});

Deno.test("parseStat() reads a terminal number below 0", () => {
  assertEquals(parseStat(line({ 7: "-2147483648" })).ttyNr, -2147483648);
});

Deno.test("parseStat() keeps numbers of 64 bits exact", () => {
  const stat = parseStat(line({
    10: "18446744073709551615",
    14: "9007199254740991",
    15: "9007199254740992",
    16: "-9007199254740993",
    17: "9223372036854775807",
    22: "1844673907394",
    28: "999999999999999",
  }));
  assertEquals(stat.minflt, 18446744073709551615n);
  assertEquals(stat.utime, 9007199254740991);
  assertEquals(stat.stime, 9007199254740992n);
  assertEquals(stat.cutime, -9007199254740993n);
  assertEquals(stat.cstime, 9223372036854775807n);
  assertEquals(stat.starttime, 1844673907394);
  assertEquals(stat.startstack, 999999999999999);
});

Deno.test("parseStat() reads the shorter line of an old kernel", () => {
  const text = `8427 (cat) R ${REST.slice(0, 25).join(" ")}\n`;
  const stat = parseStat(text);
  const { startstack, processor, delayacctBlkioTicks } = stat;
  assertEquals([startstack, processor, delayacctBlkioTicks], [
    140724,
    null,
    null,
  ]);
});

for (const processor of ["-1", "18446744073709551615"]) {
  Deno.test(`parseStat() takes ${processor} for no CPU`, () => {
    assertEquals(parseStat(line({ 39: processor })).processor, null);
  });
}

Deno.test("parseStat() does not look at fields of a newer kernel", () => {
  const text = line().replace("\n", " ffffffff ?\n");
  assertEquals(parseStat(text).delayacctBlkioTicks, 9);
});

Deno.test("parseStat() refuses an empty text", () => {
  says("", 'Cannot parse comm in stat: current value is ""');
});

Deno.test("parseStat() refuses a line without a name", () => {
  says("1 R 2 3\n", 'Cannot parse comm in stat: current value is "1 R 2 3\\n"');
});

Deno.test("parseStat() refuses a name that is not closed", () => {
  says("1 (cat", 'Cannot parse comm in stat: current value is "1 (cat"');
});

Deno.test("parseStat() refuses a name that closes before it opens", () => {
  says("1 )cat( R", 'Cannot parse comm in stat: current value is "1 )cat( R"');
});

Deno.test("parseStat() refuses a line without a process id", () => {
  says(
    " (cat) R 1\n",
    'Cannot parse comm in stat: current value is " (cat) R 1\\n"',
  );
});

Deno.test("parseStat() refuses letters in the process id", () => {
  says(
    line({}, "84x (cat) R"),
    'Cannot parse pid in stat: current value is "84x"',
  );
});

Deno.test("parseStat() refuses a process id below 0", () => {
  says(
    line({}, "-8 (cat) R"),
    'Cannot parse pid in stat: current value is "-8"',
  );
});

Deno.test("parseStat() refuses a process id that is joined to the name", () => {
  says(
    line({}, "842(cat) R"),
    'Cannot parse state in stat: current value is " R "',
  );
});

Deno.test("parseStat() refuses a state that is not a letter", () => {
  says(
    line({}, "8427 (cat) 7"),
    'Cannot parse state in stat: current value is " 7 "',
  );
});

Deno.test("parseStat() refuses a state of two letters", () => {
  says(
    line({}, "8427 (cat) RS"),
    'Cannot parse state in stat: current value is " RS"',
  );
});

Deno.test("parseStat() refuses a missing state", () => {
  says("8427 (cat)\n", 'Cannot parse state in stat: current value is "\\n"');
});

Deno.test("parseStat() refuses a line that ends after the state", () => {
  says("8427 (cat) R \n", 'Cannot parse ppid in stat: current value is ""');
});

Deno.test("parseStat() refuses letters in a number", () => {
  says(line({ 14: "x" }), 'Cannot parse utime in stat: current value is "x"');
  says(
    line({ 15: "12x" }),
    'Cannot parse stime in stat: current value is "12x"',
  );
  says(
    line({ 22: "0x10" }),
    'Cannot parse starttime in stat: current value is "0x10"',
  );
  says(
    line({ 23: "1e3" }),
    'Cannot parse vsize in stat: current value is "1e3"',
  );
  says(line({ 24: "1.5" }), 'Cannot parse rss in stat: current value is "1.5"');
  says(
    line({ 25: "+1" }),
    'Cannot parse rsslim in stat: current value is "+1"',
  );
});

Deno.test("parseStat() refuses a digit of another script", () => {
  says(
    line({ 14: "\u0663" }),
    'Cannot parse utime in stat: current value is "\u0663"',
  );
});

Deno.test("parseStat() refuses a minus if the field has no sign", () => {
  for (
    const [field, name] of [
      [4, "ppid"],
      [9, "flags"],
      [10, "minflt"],
      [14, "utime"],
      [15, "stime"],
      [20, "num_threads"],
      [22, "starttime"],
      [23, "vsize"],
      [25, "rsslim"],
      [42, "delayacct_blkio_ticks"],
    ] as const
  ) {
    says(
      line({ [field]: "-1" }),
      `Cannot parse ${name} in stat: current value is "-1"`,
    );
  }
});

Deno.test("parseStat() refuses a minus alone", () => {
  says(line({ 16: "-" }), 'Cannot parse cutime in stat: current value is "-"');
});

Deno.test("parseStat() refuses a number beyond 64 bits", () => {
  says(
    line({ 14: "18446744073709551616" }),
    'Cannot parse utime in stat: current value is "18446744073709551616"',
  );
  says(
    line({ 16: "-9223372036854775809" }),
    'Cannot parse cutime in stat: current value is "-9223372036854775809"',
  );
  says(
    line({ 14: "000000000000000000001" }),
    'Cannot parse utime in stat: current value is "000000000000000000001"',
  );
});

Deno.test("parseStat() refuses 64 bits if the field has 32", () => {
  says(
    line({ 4: "18446744073709551615" }),
    'Cannot parse ppid in stat: current value is "18446744073709551615"',
  );
});

Deno.test("parseStat() refuses two spaces between fields", () => {
  says(line({ 14: " 11" }), 'Cannot parse utime in stat: current value is ""');
});

Deno.test("parseStat() names the first field that is missing", () => {
  const upTo = (count: number) =>
    `8427 (cat) R ${REST.slice(0, count).join(" ")}\n`;
  says(upTo(1), 'Cannot parse pgrp in stat: current value is ""');
  says(upTo(10), 'Cannot parse utime in stat: current value is ""');
  says(upTo(24), 'Cannot parse startstack in stat: current value is ""');
});

Deno.test("parseStat() refuses a line that is cut anywhere", () => {
  const whole = line();
  for (let end = 0; end < whole.length; end++) {
    refuses(whole.slice(0, end), "Cannot parse ");
  }
});

Deno.test("parseStat() says that a line has no end", () => {
  const { field, file } = refuses(line().slice(0, -1), "Cannot parse ");
  assertEquals([file, field], ["stat", "the end of the line"]);
});

Deno.test("parseParentage() reads the fields that place a process in a tree", () => {
  assertEquals(parseParentage(line()), {
    pid: 8427,
    state: "R",
    ppid: 8426,
    numThreads: 6,
    starttime: 792205,
  });
});

Deno.test("parseParentage() takes the name up to its last parenthesis", () => {
  const head = "8427 (x\n1 (y) S 2) R";
  assertEquals(parseParentage(line({}, head)).ppid, 8426);
});

Deno.test("parseParentage() looks at no other field", () => {
  assertEquals(parseParentage(line({ 5: "x", 26: "y" })).starttime, 792205);
});

Deno.test("parseParentage() refuses a line that is cut before the end of the start time", () => {
  const whole = line();
  const end = whole.indexOf(" 792205 ") + " 792205 ".length;
  for (let cut = 0; cut < end; cut++) {
    assertThrows(() => parseParentage(whole.slice(0, cut)), ProcParseError);
  }
  assertEquals(parseParentage(whole.slice(0, end)).starttime, 792205);
});

Deno.test("parseParentage() refuses a damaged parent, thread count or start time", () => {
  for (
    const [field, name] of [
      [4, "ppid"],
      [20, "num_threads"],
      [22, "starttime"],
    ] as const
  ) {
    assertThrows(
      () => parseParentage(line({ [field]: "-1" })),
      ProcParseError,
      `Cannot parse ${name} in stat: current value is "-1"`,
    );
  }
});

Deno.test("parseTask() knows a thread by the signal of its end, and does not know where there is none", () => {
  assertEquals(parseTask(line()), {
    ...parseParentage(line()),
    isFurtherThread: false,
  });
  const isFurther = (text: string) => parseTask(text).isFurtherThread;
  assertEquals(isFurther(line({ 38: "-1" })), true);
  assertEquals(isFurther(line({ 38: "0" })), false);
  assertEquals(isFurther(line({ 38: "x" })), null);
  assertEquals(
    isFurther(`${line().split(" ").slice(0, 37).join(" ")}\n`),
    null,
  );
});
