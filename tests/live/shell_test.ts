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

Deno.test({
  ...needs(
    ["fish"],
    "procline --completions fish completes a command and its own arguments",
  ),
  fn: async () => {
    const offered = async (line: string) => {
      const { stdout } = await runText("fish", [
        "-N",
        "-c",
        `complete -c quite-unique -l alpha-one
complete -c quite-unique -f -a beta-two
${completions("fish")}
complete -C ${JSON.stringify(line)}`,
      ]);
      return stdout.split(/[\t\n]/)[0];
    };
    assertEquals(await offered("procline -- ech"), "echo");
    // The 1 is not the command.
    assertEquals(await offered("procline -i 1 -- ech"), "echo");
    assertEquals(await offered("procline -- quite-unique --al"), "--alpha-one");
    assertEquals(await offered("procline -t -- quite-unique x be"), "beta-two");
    assertEquals(await offered("procline -- procline --inter"), "--interval");
    assertEquals(await offered("procline ech"), "");
  },
});

Deno.test({
  ...needs(
    ["bash", "/usr/share/bash-completion/bash_completion"],
    "procline --completions bash completes a command's own arguments with bash-completion",
  ),
  fn: async () => {
    const offered = async (...words: string[]) => {
      const script = `. /usr/share/bash-completion/bash_completion
_quite_unique() {
  COMPREPLY=($(compgen -W "--alpha-one beta-two" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _quite_unique quite-unique
${completions("bash")}
COMP_WORDS=(procline "$@")
COMP_LINE="\${COMP_WORDS[*]}" COMP_POINT=\${#COMP_LINE} COMP_CWORD=$#
_procline
printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await runText("bash", [
        "-c",
        script,
        "bash",
        ...words,
      ]);
      return stdout.trimEnd();
    };
    assertEquals(await offered("--", "quite-unique", "--al"), "--alpha-one");
    assertEquals(
      await offered("-i", "1", "--", "quite-unique", "x", "be"),
      "beta-two",
    );
  },
});

Deno.test("procline --completions bash completes files behind a command without bash-completion", async () => {
  using directory = new TemporaryDirectory();
  const path = `${directory.path}/two words`;
  await Deno.writeTextFile(path, "");
  assertEquals(await offered("--", "cat", path.slice(0, -3)), [path]);
  assertEquals(await offered("--", path.slice(0, -3)), [""]);
});

/** What zsh makes of lines when the tab key is pressed behind them. */
async function completedByZsh(
  lines: readonly string[],
  installed: "sourced" | "in fpath",
): Promise<string[]> {
  using directory = new TemporaryDirectory();
  const { path } = directory;
  const program = `${path}/quite-unique`;
  await Deno.writeTextFile(program, "#!/bin/sh\n", { mode: 0o755 });
  await Deno.writeTextFile(`${path}/_procline`, completions("zsh"));
  // It tells through a pipe that it reads keys, and what is on the line once ^X is pressed.
  await Deno.writeTextFile(
    `${path}/setup`,
    `path=(${path} $path)
${installed === "in fpath" ? `fpath=(${path} $fpath)` : ""}
autoload -Uz compinit; compinit -u -D
${installed === "sourced" ? `source ${path}/_procline` : ""}
_quite_unique() { _arguments '--alpha-one[x]' '*:word:(beta-two)' }
compdef _quite_unique quite-unique
show() { print -r -- "$BUFFER" > ${path}/pipe; BUFFER= }
zle -N show; bindkey '^X' show
zle-line-init() { print ready > ${path}/pipe; zle -D zle-line-init }
zle -N zle-line-init
`,
  );
  const { stdout } = await runText("zsh", [
    "-f",
    "-c",
    `zmodload zsh/zpty
mkfifo ${path}/pipe
zpty shell "zsh -f -i"
zpty -w shell "source ${path}/setup"
cat ${path}/pipe >/dev/null
for line; do
  zpty -n -w shell "$line"$'\\t\\x18'
  cat ${path}/pipe
done
zpty -d shell`,
    "zsh",
    ...lines,
  ]);
  return stdout.trimEnd().split("\n").map((line) => line.trimEnd());
}

for (const installed of ["sourced", "in fpath"] as const) {
  Deno.test({
    ...needs(
      ["zsh"],
      `procline --completions zsh, ${installed}, completes options, a command and its own arguments`,
    ),
    fn: async () => {
      const lines = {
        "procline -- quite-un": "procline -- quite-unique",
        "procline -i 1 -- quite-un": "procline -i 1 -- quite-unique",
        "procline -- quite-unique --al": "procline -- quite-unique --alpha-one",
        "procline -t -- quite-unique x be":
          "procline -t -- quite-unique x beta-two",
        "procline -- procline --inter": "procline -- procline --interval=",
        "procline --inter": "procline --interval=",
        "procline -f la": "procline -f lading",
        "procline --collect io,smaps_": "procline --collect io,smaps_rollup,",
        "procline quite-un": "procline quite-un",
      };
      assertEquals(
        await completedByZsh(Object.keys(lines), installed),
        Object.values(lines),
      );
    },
  });
}

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
