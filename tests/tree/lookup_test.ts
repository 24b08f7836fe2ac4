import { assert, assertEquals } from "@std/assert";
import type { FakeProc, FakeProcess } from "../support/fake_proc.ts";
import { statText } from "../support/fake_proc.ts";
import { pids, Stage } from "../support/stage.ts";

const ROOT: FakeProcess = { pid: 10, ppid: 1, starttime: 100 };
/** Started when the last sweep was past. */
const NOW = 1050;

/** A root beside 640 others, on a kernel whose last id was 5,000. */
class LargeHost {
  readonly stage: Stage;
  /** Called before a path is read. */
  onRead: (path: string) => void = () => {};
  listings = 0;
  #created = 9000;
  #lastPid = 5000;

  constructor(
    options: {
      readonly listsAll?: boolean;
      /** Whether the kernel tells the children of a thread. Default: yes. */
      readonly listsChildren?: boolean;
      readonly numOutsiders?: number;
      readonly others?: readonly FakeProcess[];
    } = {},
  ) {
    const {
      listsChildren = true,
      numOutsiders = 640,
      others = [],
      ...rest
    } = options;
    const outsiders = Array.from(
      { length: numOutsiders },
      (_, i) => ({ pid: 2000 + i, ppid: 1, starttime: 200 }),
    );
    const init = { pid: 1, ppid: 0, starttime: 1 };
    this.stage = new Stage([ROOT, init, ...outsiders, ...others], {
      ...rest,
      prepare: (fs) => {
        fs.write("/proc/self", "77");
        fs.write("/proc/self/status", "Name:\ta\nNSpid:\t77\n");
        fs.write("/proc/self/ns/pid", "pid:[4026531836]");
        fs.write("/proc/sys/kernel/pid_max", "32768\n");
        fs.write("/proc/10/status", "Tgid:\t10\nNSpid:\t10\n");
        if (listsChildren) fs.write("/proc/thread-self/children", "");
        this.#count(fs);
      },
    });
    this.stage.fs.onRead = (path) => {
      if (path === "/proc") this.listings++;
      this.onRead(path);
    };
    this.sample();
    this.listings = 0;
  }

  get fs(): FakeProc {
    return this.stage.fs;
  }

  /** Ids were given out up to this one, and so many tasks created. */
  gave(lastPid: number, created: number): void {
    this.#lastPid = lastPid;
    this.#created += created;
    this.#count(this.fs);
  }

  start(process: FakeProcess): void {
    const { pid } = process;
    this.fs.start({ ppid: 10, starttime: NOW, ...process });
    this.fs.write(`/proc/${pid}/status`, `Tgid:\t${pid}\nNSpid:\t${pid}\n`);
    this.#count(this.fs);
  }

  /** A process has these children, by a thread. */
  hasChildren(pid: number, children: readonly number[], tid = pid): void {
    this.fs.write(
      `/proc/${pid}/task/${tid}/children`,
      children.map((child) => `${child} `).join(""),
    );
  }

  /** Takes samples until one is found; returns how many have not found it, and their listings. */
  samplesUntil(pid: number): [number, number] {
    let listings = 0;
    for (let samples = 0; samples < 99; samples++) {
      const [members, listed] = this.sample();
      if (members.includes(pid)) return [samples, listings];
      listings += listed;
    }
    throw new Error(`${pid} is not found`);
  }

  /** The members, and how often /proc was listed for them. */
  sample(): [number[], number] {
    this.listings = 0;
    const members = pids(this.stage.after(1));
    return [members, this.listings];
  }

  #count(fs: FakeProc): void {
    fs.write("/proc/loadavg", `0.00 0.00 0.00 1/650 ${this.#lastPid}\n`);
    fs.created(this.#created);
  }
}

/** The `stat` of a thread that is not the main one of its process. */
function threadText(tid: number, state = "S"): string {
  return statText({ pid: tid, ppid: 10, state, starttime: NOW })
    .replace(/ 17 (0 0 0 0 0 0 0 0 0 0 0 0 0 0)\n$/, " -1 $1\n");
}

Deno.test("a sweep looks up the ids that were given out: a process, a thread, and one that has ended", () => {
  const host = new LargeHost();
  host.start({ pid: 5001 });
  host.fs.write("/proc/5002/stat", threadText(5002));
  host.gave(5003, 3);
  assertEquals(host.sample(), [[10, 5001], 0]);
  // An outsider, and a child of a child.
  host.start({ pid: 5004, ppid: 1 });
  host.start({ pid: 5005, ppid: 5001 });
  host.gave(5005, 2);
  assertEquals(host.sample(), [[10, 5001, 5005], 0]);
  host.fs.end(5001);
  assertEquals(host.sample(), [[10, 5005], 0]);
});

Deno.test("a sweep that lists nothing finds a child of the root that has taken the id of an outsider", () => {
  const host = new LargeHost();
  host.gave(1998, 0);
  for (let i = 0; i < 3; i++) host.sample();
  host.fs.end(2000);
  host.start({ pid: 2000 });
  host.gave(2000, 2);
  assertEquals(host.sample(), [[10, 2000], 0]);
  host.sample();
  // Two ids are in use, and passed over.
  host.fs.end(2003);
  host.start({ pid: 2003 });
  host.gave(2003, 1);
  assertEquals(host.sample(), [[10, 2000, 2003], 0]);
});

Deno.test("a sweep looks up the ids around the end of all", () => {
  const host = new LargeHost();
  host.gave(32_766, 0);
  for (let i = 0; i < 3; i++) host.sample();
  host.start({ pid: 32_767 });
  host.start({ pid: 300 });
  host.gave(300, 2);
  assertEquals(host.sample(), [[10, 300, 32_767], 0]);
});

Deno.test("a sweep lists all around a task that has its id and cannot be seen, and in two sweeps more", () => {
  const host = new LargeHost();
  host.start({ pid: 5002 });
  host.gave(5002, 1);
  assertEquals(host.sample(), [[10, 5002], 1]);
  // It can be seen now, and has an id that was given out before.
  host.start({ pid: 5001 });
  host.gave(5002, 1);
  assertEquals(host.sample(), [[10, 5001, 5002], 1]);
  const listings = [5003, 5004, 5005].map((pid) => {
    host.gave(pid, 1);
    return host.sample()[1];
  });
  assertEquals(listings, [1, 1, 0]);
});

Deno.test("a sweep finds a task that could not be seen as all were listed, though another one was refused since", () => {
  const host = new LargeHost();
  // It has the last id but two of those that were given out before the first sweep.
  host.start({ pid: 4998 });
  // As many tasks as ids: 4998 is counted, and 5001 was refused.
  host.gave(5001, 1);
  assertEquals(host.sample(), [[10, 4998], 0]);
});

Deno.test("a sweep counts again where a task was created while it counted", () => {
  const host = new LargeHost();
  host.start({ pid: 5001 });
  host.gave(5001, 1);
  let counts = 0;
  host.onRead = (path) => {
    // The last id is read before the tasks.
    if (path !== "/proc/stat" || ++counts > 1) return;
    host.start({ pid: 5002 });
    host.gave(5002, 1);
  };
  assertEquals([host.sample(), counts], [[[10, 5001, 5002], 0], 2]);
});

Deno.test("a sweep lists all if a task cannot be seen yet, and one that came as it counted makes up for it", () => {
  const host = new LargeHost();
  host.gave(5001, 0);
  let counts = 0;
  host.onRead = (path) => {
    if (path !== "/proc/stat" || ++counts > 1) return;
    host.start({ pid: 5002 });
    host.gave(5002, 1);
  };
  assertEquals(host.sample(), [[10, 5002], 1]);
  // Again there are as many ids as tasks.
  host.start({ pid: 5001 });
  host.gave(5003, 1);
  assertEquals(host.sample(), [[10, 5001, 5002], 1]);
});

Deno.test("a sweep takes no task for an older one that came after the sweep before had counted", () => {
  const host = new LargeHost();
  host.start({ pid: 5001 });
  host.onRead = (path) => {
    if (path === "/proc") host.start({ pid: 5004, starttime: NOW + 50 });
  };
  // A task was refused.
  host.gave(5002, 1);
  assertEquals(host.sample(), [[10, 5001, 5004], 1]);
  host.onRead = () => {};
  host.start({ pid: 5003, starttime: NOW + 20 });
  // 5005 cannot be seen yet.
  host.gave(5005, 2);
  assertEquals(host.sample(), [[10, 5001, 5003, 5004], 1]);
  // So the numbers have not agreed: all are listed in two samples more.
  const listings = [5006, 5007, 5008].map((pid) => {
    host.gave(pid, 1);
    return host.sample()[1];
  });
  assertEquals(listings, [1, 1, 0]);
});

Deno.test("a sweep looks once more for a process that seems to end, as one may that runs another program", () => {
  const host = new LargeHost();
  host.start({ pid: 5001, state: "X" });
  host.gave(5005, 5);
  assertEquals(host.sample(), [[10], 0]);
  host.fs.change(5001, { state: "S" });
  assertEquals(host.sample(), [[10, 5001], 0]);
});

for (
  const [why, change] of [
    [
      "a task has an id that was not given out in order",
      (host) => host.gave(5000, 1),
    ],
    [
      "more ids were given out than tasks were created",
      (host) => host.gave(5002, 1),
    ],
    [
      "more ids were given out than are worth it",
      (host) => host.gave(5041, 41),
    ],
    [
      "an id cannot be looked up",
      (host) => {
        host.fs.write("/proc/5001/stat", { error: "denied" });
        host.gave(5001, 1);
      },
    ],
    [
      "the kernel does not tell whether it is a thread",
      (host) => {
        const text = statText({ pid: 5001, ppid: 10, starttime: NOW });
        const short = text.split(" ").slice(0, 30).join(" ");
        host.fs.write("/proc/5001/stat", `${short}\n`);
        host.gave(5001, 1);
      },
    ],
    [
      "a thread may be the main one that another is about to replace",
      (host) => {
        host.fs.write("/proc/5001/stat", threadText(5001, "Z"));
        host.gave(5001, 1);
      },
    ],
  ] satisfies [string, (host: LargeHost) => void][]
) {
  Deno.test(`a sweep lists all if ${why}`, () => {
    const host = new LargeHost();
    // What only a listing shows.
    host.start({ pid: 700 });
    change(host);
    assertEquals(host.sample(), [[10, 700], 1]);
  });
}

Deno.test("a sweep lists all once in 32 while no task is created, whatever the numbers say", () => {
  const host = new LargeHost();
  host.start({ pid: 700 });
  assertEquals(host.samplesUntil(700), [32, 0]);
});

for (const [listsChildren, sweeps] of [[true, 128], [false, 32]] as const) {
  Deno.test(
    `a sweep lists all once in ${sweeps} while tasks are created, where the kernel ${
      listsChildren ? "lists" : "does not list"
    } children`,
    () => {
      const host = new LargeHost({ listsChildren });
      let samples = 0;
      for (let pid = 5001; host.sample()[1] === 0; pid++) {
        host.gave(pid, 1);
        samples++;
      }
      assertEquals(samples, sweeps);
    },
  );
}

Deno.test("a sweep reads each outsider again if ids that older tasks have leave fewer than were created", () => {
  const host = new LargeHost();
  // Others start, so that the outsiders are known to be older.
  for (let pid = 5001; pid <= 5003; pid++) {
    host.start({ pid, ppid: 1, starttime: pid - 4000 });
    host.gave(pid, 1);
    host.sample();
  }
  host.gave(1999, 0);
  for (let i = 0; i < 3; i++) host.sample();
  host.fs.end(2100);
  host.start({ pid: 2100 });
  host.fs.end(2003);
  host.start({ pid: 2003 });
  // Three of four ids are in use, and two tasks were created: one has another id, it may be any.
  host.gave(2003, 2);
  assertEquals(host.sample(), [[10, 2003, 2100], 1]);
});

for (const listsChildren of [true, false]) {
  const whether = listsChildren ? "lists" : "does not list";
  for (
    const [why, status] of [
      ["is the first process of its pid namespace", "NSpid:\t5001\t1\n"],
      ["has a pid namespace that the kernel does not tell", "Name:\ta\n"],
    ]
  ) {
    Deno.test(`a sweep finds at once what a member adopts that ${why}, where the kernel ${whether} children`, () => {
      const host = new LargeHost({ listsChildren });
      host.start({ pid: 5001 });
      host.fs.write("/proc/5001/status", `Tgid:\t5001\n${status}`);
      // A program has come into the namespace from outside, and starts others.
      host.start({ pid: 5002, ppid: 2000 });
      host.start({ pid: 5003, ppid: 5002 });
      host.start({ pid: 5004, ppid: 5003 });
      host.gave(5004, 4);
      if (listsChildren) host.hasChildren(5001, []);
      assertEquals(host.sample(), [[10, 5001], 0]);
      host.fs.end(5002);
      host.fs.change(5003, { ppid: 5001 });
      if (listsChildren) host.hasChildren(5001, [5003]);
      const listings = listsChildren ? 0 : 1;
      assertEquals(host.sample(), [[10, 5001, 5003, 5004], listings]);
    });
  }

  Deno.test(`a sweep finds at once what a member adopts that is one of many new ones, where the kernel ${whether} children`, () => {
    // More than are checked in one sweep for whether they adopt.
    const members = Array.from({ length: 61 }, (_, i) => 3000 + i);
    const host = new LargeHost({
      listsChildren,
      others: [
        ...members.map((pid) => ({ pid, ppid: 10, starttime: 300 })),
        // Has come into the namespace of the last one from outside, and has started another.
        { pid: 4001, ppid: 2000, starttime: 400 },
        { pid: 4002, ppid: 4001, starttime: 400 },
      ],
    });
    for (const pid of members) {
      const inner = pid === 3060 ? "\t1" : "";
      host.fs.write(
        `/proc/${pid}/status`,
        `Tgid:\t${pid}\nNSpid:\t${pid}${inner}\n`,
      );
    }
    host.fs.end(4001);
    host.fs.change(4002, { ppid: 3060 });
    if (listsChildren) host.hasChildren(3060, [4002]);
    host.gave(5001, 1);
    assertEquals(host.sample()[0], [10, ...members, 4002]);
  });

  Deno.test(`a member is found in 32 samples whose id was chosen as another task was refused, where the kernel ${whether} children`, () => {
    const host = new LargeHost({ listsChildren });
    host.sample();
    host.fs.end(2005);
    host.start({ pid: 2005 });
    // An outsider by its id, so nothing tells of its child either.
    host.start({ pid: 5002, ppid: 2005 });
    if (listsChildren) {
      host.hasChildren(10, [2005]);
      host.hasChildren(2005, [5002]);
    }
    host.gave(5002, 2);
    const [samples, listings] = host.samplesUntil(2005);
    assert(samples < 32, `${samples} samples`);
    assertEquals(listings, 0);
    assertEquals(host.sample()[0], [10, 2005, 5002]);
  });
}

Deno.test("a member whose id was chosen is found among few outsiders, and no member is asked for its children", () => {
  const host = new LargeHost({ numOutsiders: 40 });
  host.sample();
  host.fs.end(2005);
  host.start({ pid: 2005 });
  host.hasChildren(10, [2005]);
  host.gave(5001, 1);
  const [samples] = host.samplesUntil(2005);
  assert(samples < 32, `${samples} samples`);
  assertEquals(host.fs.reads.filter((path) => path.endsWith("children")), []);
});

Deno.test("a member whose id was chosen is found among as many outsiders as are not listed", () => {
  const host = new LargeHost({ numOutsiders: 80 });
  host.sample();
  host.fs.end(2005);
  host.start({ pid: 2005 });
  host.hasChildren(10, [2005]);
  host.gave(5001, 1);
  const [samples, listings] = host.samplesUntil(2005);
  assert(samples < 32, `${samples} samples`);
  assertEquals(listings, 0);
});

Deno.test("a member whose id was chosen is found with all below it whose ids were", () => {
  const host = new LargeHost();
  host.sample();
  for (const [pid, ppid] of [[2005, 10], [2006, 2005], [2007, 2006]] as const) {
    host.fs.end(pid);
    host.start({ pid, ppid });
    host.hasChildren(ppid, [pid]);
  }
  host.hasChildren(2007, []);
  host.gave(5003, 3);
  host.samplesUntil(2005);
  assertEquals(host.sample(), [[10, 2005, 2006, 2007], 0]);
});

Deno.test("a member whose id was chosen is found though others end while its parent is asked", () => {
  const host = new LargeHost();
  host.sample();
  host.fs.change(10, { numThreads: 2 });
  host.fs.end(2005);
  host.start({ pid: 2005 });
  host.gave(5001, 1);
  // The thread that has started it ends, so that it is a child of the one that was asked before.
  host.hasChildren(10, []);
  host.hasChildren(10, [2005], 12);
  host.onRead = (path) => {
    if (path !== "/proc/10/task/12/children") return;
    host.fs.write(path, { error: "gone" });
    host.hasChildren(10, [2005]);
  };
  const [samples] = host.samplesUntil(2005);
  assert(samples < 32, `${samples} samples`);
});

Deno.test("a member whose id was chosen is found at once where ids begin to be looked up", () => {
  const host = new LargeHost();
  host.fs.end(2005);
  host.start({ pid: 2005 });
  host.hasChildren(10, [2005]);
  host.gave(5001, 1);
  assertEquals(host.sample(), [[10, 2005], 0]);
});

Deno.test("a member that has other children at each answer is asked again in the next sweep", () => {
  const host = new LargeHost();
  host.hasChildren(10, []);
  host.sample();
  host.fs.end(2005);
  host.start({ pid: 2005 });
  host.gave(5001, 1);
  let answers = 0;
  host.onRead = (path) => {
    if (path !== "/proc/10/task/10/children") return;
    host.hasChildren(10, ++answers > 5 ? [2005] : [6000 + answers]);
  };
  for (let i = 0; answers === 0; i++) {
    assert(i < 32, "It is not asked");
    assertEquals(host.sample()[0], [10]);
  }
  assertEquals(answers, 5);
  assertEquals(host.sample()[0], [10, 2005]);
});

Deno.test("a member is not taken for the parent of others once it has ended while it was asked", () => {
  const host = new LargeHost();
  host.start({ pid: 5001 });
  host.gave(5001, 1);
  host.sample();
  let wasAsked = false;
  host.onRead = (path) => {
    if (wasAsked || path !== "/proc/5001/task/5001/children") return;
    wasAsked = true;
    // Another process has its id, and a child.
    host.fs.end(5001);
    host.start({ pid: 5001, ppid: 1, starttime: NOW + 50 });
    host.hasChildren(5001, [2005]);
    host.fs.change(2005, { ppid: 5001 });
  };
  for (let i = 0; i < 32; i++) {
    assert(!host.sample()[0].includes(2005), "It is taken for a member");
  }
  assert(wasAsked, "It is not asked");
});

Deno.test("a sweep that lists nothing tries again what it could not read", () => {
  const host = new LargeHost();
  host.start({ pid: 700 });
  host.fs.write("/proc/700/stat", { error: "denied" });
  host.gave(5000, 1);
  assertEquals(host.sample(), [[10], 1]);
  for (let i = 0; i < 2; i++) {
    const { tree } = host.stage.after(1);
    assertEquals([tree.denied, host.listings], [1, 1]);
  }
  host.start({ pid: 700 });
  assertEquals(host.sample(), [[10, 700], 0]);
});

Deno.test("a sampler that is recorded lists all where any may have come", () => {
  const host = new LargeHost({ listsAll: true });
  host.start({ pid: 5001 });
  host.gave(5001, 1);
  assertEquals(host.sample(), [[10, 5001], 1]);
});
