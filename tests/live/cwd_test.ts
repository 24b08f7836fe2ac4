// deno-lint-ignore-file camelcase -- the names are those on the lines.
import { assertEquals } from "@std/assert";
import { type AnyLine, ofKind, parseLines } from "../support/burner.ts";
import {
  Child,
  needs,
  runRecorded,
  TemporaryDirectory,
  until,
} from "../support/procline.ts";
import { stateOf } from "../support/stat.ts";

/** The lines of processes below one, as a run prints them and as its recording gives them again. */
async function processesBelow(
  pid: number,
): Promise<readonly AnyLine[]> {
  const { code, stdout, stderr, replayed } = await runRecorded([
    `--pid=${pid}`,
    "--count=1",
    "--collect=cwd",
  ]);
  assertEquals([code, stderr], [0, ""]);
  const places = (text: string) =>
    ofKind(parseLines(text), "process").map(({ pid, cwd, cwd_deleted }) => [
      pid,
      cwd,
      cwd_deleted,
    ]);
  assertEquals(places(replayed), places(stdout));
  return ofKind(parseLines(stdout), "process");
}

function placeOf({ cwd, cwd_deleted, cwd_truncated, unreadable }: AnyLine) {
  return [cwd, cwd_deleted, cwd_truncated, unreadable?.cwd];
}

const NAMES: readonly (readonly [
  what: string,
  shell: string,
  shown: string,
])[] = [
  ["a plain name", "plain", "plain"],
  ["a newline and escapes", "$'a\\n\\e[2J=b'", "a\n\u001b[2J=b"],
  ["bytes that are not UTF-8", "$'a\\xff\\xfeb'", "a\ufffd\ufffdb"],
  ["a name as if it were removed", "'d (deleted)'", "d (deleted)"],
  ["such a name that is not UTF-8", "$'\\xff (deleted)'", "\ufffd (deleted)"],
];

for (const [what, shell, shown] of NAMES) {
  Deno.test({
    ...needs(
      ["bash"],
      `procline --collect cwd shows a directory of ${what}, and that it was removed`,
    ),
    fn: async () => {
      using directory = new TemporaryDirectory();
      const path = await Deno.realPath(directory.path);
      await using child = new Child([
        "bash",
        "-c",
        `cd "$1" && mkdir ${shell} && cd ${shell} && echo ready && read -r && rmdir ../${shell} && echo removed && read -r`,
        "bash",
        path,
      ]);
      assertEquals(await child.line(), "ready");
      const [before] = await processesBelow(child.pid);
      assertEquals(placeOf(before ?? {}), [
        `${path}/${shown}`,
        undefined,
        undefined,
        undefined,
      ]);
      await child.write("\n");
      assertEquals(await child.line(), "removed");
      const [after] = await processesBelow(child.pid);
      assertEquals(placeOf(after ?? {}), [
        `${path}/${shown}`,
        true,
        undefined,
        undefined,
      ]);
    },
  });
}

Deno.test({
  ...needs(
    ["bash"],
    "procline --collect cwd cuts a long path, and says of one that the kernel does not tell that it failed",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const path = await Deno.realPath(directory.path);
    // A name of 250 controls takes 1,500 bytes of JSON.
    const enter = (times: number, name: string) =>
      `for i in $(seq ${times}); do mkdir -p ${name}; cd ${name}; done`;
    const name = "$(printf '\\001%.0s' $(seq 250))";
    for (
      const [script, shown] of [
        [enter(3, name), ["cut", undefined, true, undefined]],
        [enter(20, "d".repeat(250)), [null, undefined, undefined, "failed"]],
      ] as const
    ) {
      await using child = new Child([
        "bash",
        "-c",
        `cd "$1"; ${script}; echo ready; read -r`,
        "bash",
        path,
      ]);
      assertEquals(await child.line(), "ready");
      const [line] = await processesBelow(child.pid);
      const [cwd, ...others] = placeOf(line ?? {});
      const whole = `${path}${`/${"\u0001".repeat(250)}`.repeat(3)}`;
      const isStart = typeof cwd === "string" && whole.startsWith(cwd) &&
        JSON.stringify(cwd).length > 3990;
      assertEquals([isStart ? "cut" : cwd, ...others], [...shown]);
    }
  },
});

Deno.test({
  ...needs(
    ["bash"],
    "procline --collect cwd says that a zombie has no directory",
  ),
  fn: async () => {
    await using child = new Child([
      "bash",
      "-c",
      "sh -c 'echo $$' & exec tail -f /dev/null",
    ]);
    const zombie = Number(await child.line());
    await until(() => stateOf(zombie) === "Z");
    const lines = await processesBelow(child.pid);
    const line = lines.find(({ pid }) => pid === zombie);
    assertEquals([line?.cwd, line?.unreadable?.cwd], [null, "zombie"]);
  },
});
