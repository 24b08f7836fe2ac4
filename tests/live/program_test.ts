// deno-lint-ignore-file camelcase -- the names are those on the lines.
import { assertEquals } from "@std/assert";
import { type AnyLine, parseLines } from "../support/burner.ts";
import {
  Child,
  compile,
  needs,
  run,
  runProcline,
  TemporaryDirectory,
} from "../support/procline.ts";

/** The line of the program that a shell becomes which runs `script` in a directory. */
async function lineOf(
  directory: TemporaryDirectory,
  script: string,
  afterStart: () => void | Promise<unknown> = () => {},
): Promise<AnyLine> {
  await using child = new Child(["bash", "-c", script], {
    cwd: directory.path,
  });
  assertEquals(await child.line(), "ready");
  await afterStart();
  const { stdout } = await runProcline([
    `--pid=${child.pid}`,
    "--count=1",
    "--collect=cmdline",
  ]);
  const lines = parseLines(stdout);
  const line = lines.find(({ kind }) => kind === "process");
  if (line === undefined) throw new Error(stdout);
  return line;
}

function exeOf({ exe, exe_deleted, unreadable }: AnyLine) {
  return [exe, exe_deleted ?? false, unreadable?.exe];
}

Deno.test({
  ...needs(
    ["cc", "bash"],
    "procline tells a program that is named as if it were deleted from one that was",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await compile("programs", directory);
    const path = (name: string) => `${directory.path}/${name}`;
    const named = "app (deleted)";
    await Deno.copyFile(path("programs"), path(named));
    const script = `exec "./${named}" wait`;
    assertEquals(exeOf(await lineOf(directory, script)), [
      named,
      false,
      undefined,
    ]);
    assertEquals(
      exeOf(
        await lineOf(directory, script, () => Deno.remove(path(named))),
      ),
      [named, true, undefined],
    );

    // Removed, while another file has the name that the kernel shows; and while another name leads
    // to the same file.
    await Deno.copyFile(path("programs"), path(named));
    for (const copy of [Deno.copyFile, Deno.link]) {
      await copy(path("programs"), path("app"));
      await copy(path("programs"), path("other"));
      assertEquals(
        exeOf(
          await lineOf(
            directory,
            "exec ./app wait",
            () => Deno.remove(path("app")),
          ),
        ),
        ["app", true, undefined],
      );
      await Deno.remove(path("other"));
    }
  },
});

Deno.test({
  ...needs(
    ["cc", "bash"],
    "procline names a program whose path is not UTF-8, and one in memory whose name holds a slash",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = await compile("programs", directory);
    for (const place of ["$'a\\xff\\xfeb'", "$'\\xff\\xfe/a\\nb'"]) {
      const line = await lineOf(
        directory,
        `f=${place}; mkdir -p "$(dirname "$f")"; cp ${program} "$f" && exec "./$f" wait`,
      );
      const name = place.includes("/") ? "a\nb" : "a\ufffd\ufffdb";
      assertEquals(exeOf(line), [name, false, undefined]);
      assertEquals(
        exeOf(
          await lineOf(
            directory,
            `f=${place}; exec "./$f" wait`,
            () => run(["bash", "-c", `rm ${place}`], { cwd: directory.path }),
          ),
        ),
        [name, true, undefined],
      );
    }
    // Longer than the 4,096 bytes that a link may be read with.
    const long = Array(20).fill("d".repeat(250));
    const enter = long.map((name) => `mkdir -p ${name} && cd ${name}`);
    assertEquals(
      exeOf(
        await lineOf(
          directory,
          `${enter.join(" && ")} && cp ${program} ./far && exec env ./far wait`,
        ),
      ),
      ["far", false, undefined],
    );
    assertEquals(
      exeOf(await lineOf(directory, `exec ${program} memfd a/b`)),
      ["memfd:a/b", true, undefined],
    );
  },
});

Deno.test({
  ...needs(
    ["cc", "bash"],
    "procline --collect cmdline shows a title without what fills it up, and empty arguments",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = await compile("programs", directory);
    const argumentsOf = async (script: string) =>
      (await lineOf(directory, script)).cmdline;
    assertEquals(
      await argumentsOf(`exec ${program} title 'nginx: worker process'`),
      ["nginx: worker process"],
    );
    assertEquals(
      await argumentsOf(`exec ${program} title one-word`),
      ["one-word"],
    );
    assertEquals(
      await argumentsOf(`exec ${program} wait x '' '' ''`),
      [program, "wait", "x", "", "", ""],
    );
  },
});
