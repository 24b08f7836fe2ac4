import { assert, assertEquals } from "@std/assert";
import { type AnyLine, ofKind, parseLines } from "../support/burner.ts";
import {
  besidesMissed,
  Child,
  needs,
  run,
  runRecorded,
  startProcline,
  TemporaryDirectory,
  until,
} from "../support/procline.ts";
import { stateOf } from "../support/stat.ts";

const SECRET = "s3cret-of-the-test";

/**
 * The lines of processes below one, with these variables. What was recorded of them holds no
 * secret, and gives the same lines again.
 */
async function processesBelow(
  pid: number,
  names: string,
): Promise<readonly AnyLine[]> {
  const { code, stdout, stderr, recording, replayed } = await runRecorded([
    `--pid=${pid}`,
    "--count=2",
    "--interval=100ms",
    `--env=${names}`,
  ]);
  assertEquals([code, besidesMissed(stderr)], [0, ""]);
  for (const text of [stdout, recording]) {
    assertEquals(text.includes(SECRET), false);
  }
  assert(recording.includes(`/proc/${pid}/environ`));
  const environments = (text: string) =>
    ofKind(parseLines(text), "process").map(({ pid, env }) => [pid, env]);
  assertEquals(environments(replayed), environments(stdout));
  return ofKind(parseLines(stdout), "process");
}

Deno.test("procline --env shows the variables that were asked for, whatever they hold, and records no other", async () => {
  const odd = "a\nB=c\n\u001b[2J \"'\\ é\u202e=";
  await using child = new Child(["sh", "-c", "echo ready; exec cat"], {
    env: { ODD: odd, EMPTY: "", TOKEN: SECRET, ODDER: SECRET },
  });
  assertEquals(await child.line(), "ready");
  const lines = await processesBelow(child.pid, "ODD,EMPTY,NONE");
  assertEquals(lines.length, 2);
  for (const { env, env_truncated } of lines) {
    assertEquals(
      JSON.stringify(env),
      JSON.stringify({ ODD: odd, EMPTY: "", NONE: null }),
    );
    assertEquals(env_truncated, undefined);
  }
});

Deno.test({
  ...needs(
    ["python3"],
    "procline --env shows bytes that are not UTF-8, cuts a value of 100,000, and knows a program without variables",
  ),
  fn: async () => {
    const program = "import os, sys\n" +
      'os.execve("/bin/cat", ["cat"], eval(sys.argv[1]))';
    const envOf = async (environment: string, names: string) => {
      await using child = new Child(["python3", "-c", program, environment]);
      await until(() =>
        Deno.readTextFileSync(`/proc/${child.pid}/comm`) === "cat\n"
      );
      const [line] = await processesBelow(child.pid, names);
      return [line?.env, line?.env_truncated, line?.unreadable?.env];
    };
    const secret = `b"TOKEN": b"${SECRET}"`;
    assertEquals(
      await envOf(
        `{b"A": b"\\xffb\\xe2\\x82", b"a b": b"=", ${secret}}`,
        "A,a b",
      ),
      [{ A: "\ufffdb\ufffd", "a b": "=" }, undefined, undefined],
    );
    const [env, isCut] = await envOf(
      `{b"LONG": b"x" * 100000, b"SHORT": b"y", ${secret}}`,
      "LONG,SHORT",
    );
    assertEquals([env.LONG, env.SHORT, isCut], [
      "x".repeat(env.LONG.length),
      "y",
      true,
    ]);
    // Each text has the room of a null.
    assertEquals(JSON.stringify(env).length, 4000 - 2 * 2 - 1);
    assertEquals(await envOf("{}", "A"), [{ A: null }, undefined, undefined]);
  },
});

Deno.test({
  ...needs(
    ["bash"],
    "procline --env follows a program to the next one, and says what a child and a zombie have",
  ),
  fn: async () => {
    await using child = new Child([
      "bash",
      "-c",
      "exec 5>&1; coproc { export A=child; exec sh -c 'echo $$ >&5; exec cat'; }; export A=after; read x; sh -c 'echo $$' & exec env A=next cat",
    ], { env: { A: "before" } });
    const other = Number(await child.line());
    await using procline = startProcline([
      `--pid=${child.pid}`,
      "--interval=100ms",
      "--env=A",
    ]);
    /** The variable of each process in a sample, or why it has none. */
    const sample = async () => {
      const found = new Map<number, string>();
      for (;;) {
        const { kind, pid, env, unreadable } = JSON.parse(
          await procline.line(),
        );
        if (kind === "tree") return found;
        if (kind === "process") found.set(pid, env?.A ?? unreadable?.env);
      }
    };
    const first = await sample();
    // What a shell sets for itself is not seen.
    assertEquals([...first], [[child.pid, "before"], [other, "child"]]);
    await child.write("\n");
    const zombie = Number(await child.line());
    await until(() => stateOf(zombie) === "Z");
    let last = first;
    // Before env(1) runs the next program, it has what the shell has exported.
    while (/before|after/.test(`${last.get(child.pid)}`)) last = await sample();
    last = await sample();
    assertEquals([last.get(child.pid), last.get(zombie)], ["next", "zombie"]);
  },
});

Deno.test({
  ...needs(
    ["cc"],
    "procline --env shows what a program was started with, though it has written over it since",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const source = `${directory.path}/title.c`;
    await Deno.writeTextFile(
      source,
      `#include <stdio.h>
#include <string.h>
extern char **environ;
int main(void) {
  puts("ready"); fflush(stdout); getchar();
  for (char **e = environ; *e != NULL; e++) memset(*e, 'T', strlen(*e));
  puts("written"); fflush(stdout); getchar(); getchar();
}
`,
    );
    const program = `${directory.path}/title`;
    const compiled = await run(["cc", "-o", program, source]);
    assertEquals([compiled.code, compiled.stderr], [0, ""]);
    await using child = new Child([program], { env: { A: "1" } });
    assertEquals(await child.line(), "ready");
    await using procline = startProcline([
      `--pid=${child.pid}`,
      "--interval=50ms",
      "--only=process",
      "--env=A",
    ]);
    const next = async () => JSON.parse(await procline.line()).env;
    assertEquals(await next(), { A: "1" });
    await child.write("\n");
    assertEquals(await child.line(), "written");
    for (let i = 0; i < 5; i++) assertEquals(await next(), { A: "1" });
    // Who looks for the first time finds none.
    const [line] = await processesBelow(child.pid, "A");
    assertEquals(line?.env, { A: null });
  },
});
