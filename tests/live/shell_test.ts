import { assert, assertEquals } from "@std/assert";
import { completions } from "../../src/cli/completions.ts";
import { manPage } from "../../src/cli/man.ts";
import { GROUP_KEYS } from "../../src/view/group_keys.ts";
import { runText } from "../support/shell.ts";
import { needs, TemporaryDirectory } from "../support/procline.ts";

/** What bash offers for the words of a command line. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${completions("bash")}
COMP_WORDS=(procline "$@")
COMP_CWORD=$#
_procline
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await runText("bash", ["-c", script, "bash", ...words]);
  return stdout.trimEnd().split("\n");
}

Deno.test({
  name:
    "procline --completions bash completes options, their values and commands",
  fn: async () => {
    assertEquals(await offered("--in"), ["--interval"]);
    assertEquals(await offered("-f", "la"), ["lading"]);
    assertEquals(await offered("--group-by", ""), [...GROUP_KEYS]);
    // bash takes these apart at the sign.
    assertEquals(await offered("--format", "=", "la"), ["lading"]);
    assertEquals(await offered("--sort", "="), [
      "cpu",
      "rss",
      "growth",
      "tree",
    ]);
    assertEquals(await offered("--collect", "io,fd,smaps_"), [
      "io,fd,smaps_rollup",
    ]);
    assertEquals(await offered("--only", "tree,en"), ["tree,end"]);
    assertEquals(await offered("--fields", "comm,ave"), [
      "comm,average_cpu_percentage",
    ]);
    assertEquals(await offered("--export", "rec"), ["records="]);
    assertEquals(await offered("--export", "=", "rec"), ["records="]);
    assert((await offered("-p", `${Deno.pid}`)).includes(`${Deno.pid}`));
    assert((await offered("--", "ech")).includes("echo"));
  },
});

Deno.test("procline --completions bash completes a file whose name holds a space", async () => {
  using directory = new TemporaryDirectory();
  const path = `${directory.path}/two words`;
  await Deno.writeTextFile(path, "");
  const start = path.slice(0, -3);
  assertEquals(await offered("-o", start), [path]);
  // The value of --export has a sign within.
  for (const option of [["--export"], ["--export", "="]]) {
    assertEquals(await offered(...option, "records", "=", start), [path]);
  }
  const all = await offered("--export", "records", "=");
  assert(!all.includes("--export"), all.join(" "));
  assertEquals(await offered("--format", "records", "--exp"), ["--export"]);
});

Deno.test({
  ...needs(["fish"], "procline --completions fish completes lists of words"),
  fn: async () => {
    const { stdout } = await runText("fish", [
      "-N",
      "-c",
      `${completions("fish")}
complete -C 'procline --collect io,smaps_'`,
    ]);
    const [word] = stdout.split("\t");
    assertEquals(word, "io,smaps_rollup");
  },
});

for (const shell of ["zsh", "fish"] as const) {
  Deno.test({
    ...needs(
      [shell],
      `procline --completions ${shell} is a script that ${shell} reads`,
    ),
    fn: async () => {
      const { success, stderr } = await runText(
        shell,
        ["-n"],
        completions(shell),
      );
      assertEquals(stderr, "");
      assert(success);
    },
  });
}

Deno.test({
  ...needs(
    ["groff"],
    "procline --man is a page that man takes without a warning",
  ),
  fn: async () => {
    const { stdout, stderr } = await runText(
      "groff",
      ["-man", "-ww", "-Tascii", "-P-cbu"],
      manPage(),
    );
    assertEquals(stderr, "");
    assert(stdout.includes("--interval TIME"), stdout);
  },
});
