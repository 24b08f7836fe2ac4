import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { isSameFile } from "../../src/cli/output_file.ts";
import { Place } from "../support/place.ts";
import { RECORDINGS } from "../support/recordings.ts";
import {
  FROM_SOURCE,
  ignored,
  needs,
  needsRoot,
  splitLines,
  until,
} from "../support/procline.ts";

const BINARY = Deno.env.get("PROCLINE_BINARY") ?? "";
const RECORDING = `${RECORDINGS}exec.ndjson`;
const NO_PID = "--pid=4000000";
const YESTERDAY = "yesterday\n";

/** A directory with files, in which a shell runs procline. */
class PlaceWithFiles extends Place {
  constructor(argv: readonly string[]) {
    super(argv);
    this.write("old", YESTERDAY);
    this.write("recording", Deno.readTextFileSync(RECORDING));
    for (const name of ["old", "recording"]) {
      Deno.linkSync(this.path(name), this.path(`${name}.hard`));
      Deno.symlinkSync(name, this.path(`${name}.link`));
    }
  }

  write(name: string, text: string): void {
    Deno.writeTextFileSync(this.path(name), text);
  }

  /** The permissions of a file, as digits. */
  mode(name: string): string {
    const { mode } = Deno.statSync(this.path(name));
    return ((mode ?? 0) & 0o7777).toString(8);
  }

  /** The names of the files that were not there at first. */
  newNames(): string[] {
    return this.names().filter((name) => !/^(old|recording)/.test(name));
  }
}

/** A test of procline from its source, and of the binary. */
function testBoth(
  name: string,
  fn: (place: PlaceWithFiles) => Promise<void>,
): void {
  Deno.test(`procline ${name}`, async () => {
    using place = new PlaceWithFiles(FROM_SOURCE);
    await fn(place);
  });
  const full = `the binary ${name}`;
  Deno.test({
    ...(BINARY === ""
      ? ignored(full, "PROCLINE_BINARY is not set")
      : { name: full }),
    fn: async () => {
      using place = new PlaceWithFiles([BINARY]);
      await fn(place);
    },
  });
}

/** Runs that have nothing to print, and their exit codes. */
const FRUITLESS = [
  [NO_PID, 1],
  ["--cgroup=/no/such", 1],
  ["--pid=$$ --proc=/no/such", 1],
  ["-- /no/such/command", 127],
  ["--pid=x", 2],
  ["--replay=no_such_recording", 1],
  ["--replay=/proc/self/status", 1],
] as const;

testBoth(
  "leaves the files of yesterday as they are if there is nothing to print",
  async (place) => {
    await Deno.chmod(place.path("recording"), 0o644);
    const recording = place.read("recording");
    for (const [args, expected] of FRUITLESS) {
      const record = args.startsWith("--replay")
        ? ""
        : "--record=recording --force";
      const { code, stderr } = await place.run(
        `procline ${args} --output=old ${record}`,
      );
      assertEquals([args, code], [args, expected]);
      assertEquals(splitLines(stderr).length, 1);
      assertEquals(place.read("old"), YESTERDAY);
      assertEquals(place.read("recording"), recording);
      assertEquals(place.mode("recording"), "644");
    }
  },
);

testBoth("makes no file if there is nothing to print", async (place) => {
  await Deno.symlink("target", place.path("old.dangling"));
  for (const [args, expected] of FRUITLESS) {
    const record = args.startsWith("--replay") ? "" : "--record=new_recording";
    const { code } = await place.run(
      `procline ${args} --output=old.dangling ${record}`,
    );
    assertEquals([args, code], [args, expected]);
    assertEquals(place.newNames(), []);
  }
  assertEquals(await Deno.readLink(place.path("old.dangling")), "target");
});

/** Command lines that use one file twice, and what is said of them. */
const SHARED = [
  ["--pid=$$ --output=new --record=new", "written twice"],
  ["--pid=$$ --output=old --record=./old", "written twice"],
  ["--pid=$$ --output=old.hard --record=old.link", "written twice"],
  ["--pid=$$ --output=old >> old.hard", "written twice"],
  ["--pid=$$ --record=old >> old", "written twice"],
  ["--pid=$$ --output=/dev/stdout >> old", "written twice"],
  ["--pid=$$ --output=/proc/self/fd/1 >> old", "written twice"],
  ["--pid=$$ --record=/dev/stdout >> old", "written twice"],
  ["--pid=$$ --output=/dev/fd/7 --record=old 7>> old.link", "written twice"],
  ["--output=old -- cat < old", "read and written"],
  ["--replay=recording --output=recording", "read and written"],
  ["--replay=recording.link --output=recording.hard", "read and written"],
  ["--replay=recording >> recording", "read and written"],
  ["--replay=/dev/stdin --output=recording < recording", "read and written"],
  ["--replay=recording --output=/dev/stdout >> recording", "read and written"],
] as const;

testBoth(
  "refuses to use one file for two purposes, and leaves it as it is",
  async (place) => {
    const recording = place.read("recording");
    for (const [args, how] of SHARED) {
      const { code, stderr } = await place.run(`procline --count=1 ${args}`);
      assertEquals([args, code], [args, 2]);
      assertMatch(
        stderr,
        new RegExp(
          `^procline: Cannot use .* and .* together: they are one file, which would be ${how}\n$`,
        ),
      );
      assertEquals(place.read("old"), YESTERDAY);
      assertEquals(place.read("recording"), recording);
      assertEquals(place.newNames(), []);
    }
  },
);

testBoth("refuses to mix sentences with the lines of a file", async (place) => {
  const { code } = await place.run(
    "procline --pid=$$ --count=1 --output=old 2>> old",
  );
  assertEquals(code, 2);
  assertEquals(
    place.read("old"),
    `${YESTERDAY}procline: Cannot use --output "old" and standard error together: they are one file, which would be written twice\n`,
  );
});

testBoth(
  "may use a pipe or a device for several purposes, and a file for both streams",
  async (place) => {
    for (
      const script of [
        "procline --pid=$$ --count=1 --output=/dev/stdout | cat",
        "procline --pid=$$ --count=1 --output=/dev/stdout --record=/dev/null 2>&1 | cat",
        "procline --pid=$$ --count=1 > both 2>&1; cat both",
        "procline --pid=$$ --count=1 --output=/dev/null --record=/dev/null > /dev/null 2>&1; procline --replay=recording --count=1",
        "procline --replay=recording --count=1 < recording",
      ]
    ) {
      const { code, stdout, stderr } = await place.run(script);
      assertEquals({ script, code, stderr }, { script, code: 0, stderr: "" });
      const kinds = splitLines(stdout).map((line) => JSON.parse(line).kind);
      assertEquals([kinds[0], kinds.includes("tree")], ["run", true]);
    }
    const both = await place.run(
      "procline --pid=$$ --count=1 --output=/dev/stdout --record=/dev/stdout | cat",
    );
    assertEquals(both.code, 0);
    assert(splitLines(both.stdout).length > 5);
  },
);

testBoth(
  "puts its lines in the place of what was in a file, and keeps a recording to its owner",
  async (place) => {
    const { size } = await Deno.stat(place.path("recording"));
    for (const name of ["old", "recording"]) {
      await Deno.chmod(place.path(name), 0o664);
    }
    const { code, stdout, stderr } = await place.run(
      "umask 022; procline --pid=$$ --count=1 --output=old --record=recording --force && procline --pid=$$ --count=1 --output=new --record=new_recording",
    );
    assertEquals([code, stdout], [0, ""]);
    // Once for each file that held something.
    assertEquals(splitLines(stderr).sort(), [
      `procline: Overwriting "old", which held ${YESTERDAY.length} bytes`,
      `procline: Overwriting "recording", which held ${size} bytes`,
    ]);
    for (const name of ["old", "new"]) {
      const kinds = splitLines(place.read(name)).map((line) =>
        JSON.parse(line).kind
      );
      assertEquals([kinds[0], kinds.at(-1)], ["run", "end"]);
    }
    for (const name of ["recording", "new_recording"]) {
      assertEquals(
        JSON.parse(splitLines(place.read(name))[0] ?? "").recording,
        2,
      );
      assertEquals(place.mode(name), "600");
    }
    // The others have what they had, and what umask leaves.
    assertEquals([place.mode("old"), place.mode("new")], ["664", "644"]);
    // It is the same file still: its other name shows it.
    assertEquals(place.read("old.hard"), place.read("old"));
  },
);

testBoth(
  "refuses to record over what is in a file, without --force",
  async (place) => {
    const recording = place.read("recording");
    const { size } = await Deno.stat(place.path("recording"));
    for (const name of ["recording", "recording.hard", "recording.link"]) {
      // Before anything is sampled: the process is not there.
      for (const root of ["--pid=$$ --count=1", NO_PID, "-- touch new"]) {
        assertEquals(
          await place.run(`procline --record=${name} ${root}`),
          {
            code: 2,
            stdout: "",
            stderr:
              `procline: Cannot use --record "${name}": the file holds ${size} bytes, which --force lets it overwrite\n`,
          },
        );
      }
    }
    assertEquals(place.read("recording"), recording);
    assertEquals(place.newNames(), []);
    place.write("recording", "");
    const empty = await place.run(
      "procline --pid=$$ --count=1 --record=recording > /dev/null",
    );
    assertEquals([empty.code, empty.stderr], [0, ""]);
    assertEquals(splitLines(place.read("recording")).length > 1, true);
  },
);

testBoth("replays into a file, in place of what was in it", async (place) => {
  place.write("old", "x".repeat(1_000_000));
  const { code, stderr } = await place.run(
    "procline --replay=recording --output=old",
  );
  assertEquals([code, stderr], [
    0,
    'procline: Overwriting "old", which held 1000000 bytes\n',
  ]);
  assertEquals(
    place.read("old"),
    await Deno.readTextFile(RECORDING.replace(".ndjson", ".expected.ndjson")),
  );
});

testBoth(
  "leaves an empty file if a run that went well had no lines",
  async (place) => {
    const { code } = await place.run(
      "procline --replay=recording --count=1 --only=end --output=old && procline --replay=recording --count=1 --only=end --output=new",
    );
    assertEquals([code, place.read("old"), place.read("new")], [0, "", ""]);
  },
);

testBoth(
  "appends to a file that another program has cut: no hole of NULs, and no torn line",
  async (place) => {
    await using procline = place.start(
      "procline --pid=$$ --interval=5ms --output=old --record=recording --force",
    );
    for (const name of ["old", "recording"]) {
      // Three times, as logrotate's copytruncate does day after day.
      for (let i = 0; i < 3; i++) {
        await sizeAbove(place.path(name), 5000);
        await Deno.truncate(place.path(name), 0);
      }
      await sizeAbove(place.path(name), 5000);
    }
    procline.kill("SIGKILL");
    await procline.code();
    for (const name of ["old", "recording"]) {
      const text = place.read(name);
      assertEquals(text.includes("\0"), false);
      const whole = text.slice(0, text.lastIndexOf("\n")).split("\n");
      // A line that was under way when it was cut has lost its beginning.
      for (const line of whole.slice(1)) JSON.parse(line);
    }
  },
);

testBoth("says in a sentence why it cannot open a file", async (place) => {
  await Deno.mkdir(place.path("old_directory"));
  await Deno.symlink("old.loop", place.path("old.loop"));
  for (
    const [path, why] of [
      ["old_directory", "Is a directory (os error 21)"],
      ["no/file", "No such file or directory (os error 2)"],
      ["old/file", "Not a directory (os error 20)"],
      ["old.loop", "Too many levels of symbolic links (os error 40)"],
    ]
  ) {
    for (const option of ["output", "record"]) {
      assertEquals(
        await place.run(`procline --pid=$$ --count=1 --${option}=${path}`),
        {
          code: 1,
          stdout: "",
          stderr: `procline: Cannot open "${path}": ${why}\n`,
        },
      );
    }
  }
  assertEquals(place.read("old"), YESTERDAY);
});

testBoth(
  "needs no reader of a named pipe to say that there is nothing to print",
  async (place) => {
    await place.run("mkfifo old_pipe");
    for (const option of ["output", "record"]) {
      const { code, stderr } = await place.run(
        `procline ${NO_PID} --${option}=old_pipe`,
      );
      assertEquals(code, 1);
      assertMatch(stderr, /Cannot sample process 4000000/);
    }
  },
);

testBoth(
  "waits for the reader of a named pipe, and ends by a signal meanwhile",
  async (place) => {
    await place.run("mkfifo old_pipe");
    for (const option of ["output", "record"]) {
      const read = await place.run(
        `procline --pid=$$ --count=1 --${option}=old_pipe > /dev/null & wc -l < old_pipe; wait $!`,
      );
      // A run, processes, a tree, an end; or the three lines of a recording.
      assert(Number(read.stdout) > 2, read.stdout);
      assertEquals([read.code, read.stderr], [0, ""]);

      await using procline = place.start(
        `echo started >&2; exec procline --pid=$$ --${option}=old_pipe --only=run,end`,
      );
      // What it does at once after that is to open the pipe, which no event shows.
      await until(() => hearsTerm(procline.pid));
      const start = performance.now();
      procline.kill("SIGTERM");
      assertEquals(await procline.code(), 143);
      assertLess(performance.now() - start, 2000);
    }
  },
);

const NEEDS_ROOT = needsRoot(
  ["setpriv", "chattr"],
  "procline keeps a recording in a file of another user, and says that others may read it",
);

Deno.test({
  ...NEEDS_ROOT,
  fn: async () => {
    using place = new PlaceWithFiles(FROM_SOURCE);
    const { size: bytes } = await Deno.stat(place.path("recording"));
    await Deno.chmod(place.path("recording"), 0o666);
    await Deno.chmod(place.path(""), 0o777);
    const { code, stderr } = await place.run(
      "setpriv --reuid=65534 --clear-groups procline --pid=$$ --count=1 --record=recording --force > /dev/null",
    );
    if (/cannot|Permission|denied/i.test(stderr) && code !== 0) {
      throw new Error(`The other user cannot run procline: ${stderr}`);
    }
    assertEquals(code, 0);
    assertEquals(splitLines(stderr), [
      'procline: Cannot keep "recording" from other users, its mode stays: Operation not permitted (os error 1)',
      `procline: Overwriting "recording", which held ${bytes} bytes`,
    ]);
    assertEquals(place.mode("recording"), "666");
    assertEquals(splitLines(place.read("recording")).length, 4);
  },
});

Deno.test({
  ...needs(["truncate"], "procline --replay refuses a line without an end"),
  fn: async () => {
    using place = new PlaceWithFiles(FROM_SOURCE);
    for (
      const [begin, most] of [
        ["", 16_777_216],
        ['{"recording":2,"labels":"', 536_870_888],
      ]
    ) {
      const { code, stdout, stderr } = await place.run(
        `printf %s '${begin}' > endless; truncate -s 600M endless; procline --replay=endless`,
      );
      assertEquals({ code, stdout, stderr }, {
        code: 1,
        stdout: "",
        stderr:
          `procline: Cannot replay: line 1 is longer than ${most} characters\n`,
      });
    }
  },
});

Deno.test("isSameFile() goes by device and number, and by more where a number is not exact", () => {
  const info = Deno.statSync(RECORDING);
  const other = { ...info, size: (info.size ?? 0) + 1 };
  assertEquals(isSameFile(info, info), true);
  assertEquals(isSameFile(info, other), true);
  assertEquals(isSameFile(info, { ...info, dev: info.dev + 1 }), false);
  assertEquals(isSameFile(info, { ...info, ino: (info.ino ?? 0) + 1 }), false);
  const beyond = { ino: 2 ** 60 };
  assertEquals(
    isSameFile({ ...info, ...beyond }, { ...info, ...beyond }),
    true,
  );
  assertEquals(
    isSameFile({ ...info, ...beyond }, { ...other, ...beyond }),
    false,
  );
});

/** Waits until a file has grown. */
async function sizeAbove(path: string, size: number): Promise<void> {
  await until(() => Deno.statSync(path).size > size);
}

/** Whether a process listens to SIGTERM, see SigCgt in proc_pid_status(5). */
function hearsTerm(pid: number): boolean {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const caught = /^SigCgt:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return (BigInt(`0x${caught}`) & (1n << 14n)) !== 0n;
}
