/**
 * What completes the options of procline in a shell, made from the table of options.
 *
 * @module
 */

import { COLLECTORS } from "../collect/collectors.ts";
import type { Option } from "./arguments.ts";
import { OPTIONS, type Shell } from "./options.ts";

/** One option, as the shells need it. */
interface CompletedOption {
  readonly name: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
  readonly help: string;
  readonly completes: Option["completes"];
}

/** The script that completes the options in this shell. */
export function completions(shell: Shell): string {
  const options = Object.entries<Option>(OPTIONS).map(([name, option]) => ({
    name,
    short: option.short,
    takesValue: option.value !== undefined,
    help: option.help.replace(/:$/, ""),
    completes: name === "collect" ? [...COLLECTORS, "all"] : option.completes,
  }));
  switch (shell) {
    case "bash":
      return bash(options);
    case "zsh":
      return zsh(options);
    case "fish":
      return fish(options);
  }
}

/** Both ways to write an option. */
function spellings({ name, short }: CompletedOption): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
}

function bash(options: readonly CompletedOption[]): string {
  const cases = options.filter(({ takesValue }) => takesValue).map((option) =>
    `    ${spellings(option).join(" | ")}) ${bashValues(option)} ;;`
  );
  const words = options.flatMap(spellings).join(" ");
  return `# Completes procline in bash: source <(procline --completions bash)
_procline() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == -- ]]; then
      # A command and its arguments: those of the command itself.
      if declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      else
        COMPREPLY=($(compgen -c -f -- "$word"))
      fi
      return
    fi
  done
  case $before in
${cases.join("\n")}
    *) COMPREPLY=($(compgen -W "${words} --" -- "$word")) ;;
  esac
}
complete -F _procline procline
`;
}

function bashValues({ completes }: CompletedOption): string {
  const reply = (how: string) => `COMPREPLY=($(compgen ${how} -- "$word"))`;
  switch (completes) {
    case undefined:
      return ":";
    case "file":
      return reply("-f");
    case "directory":
      return reply("-d");
    case "pid":
      return reply('-W "$(cd /proc && echo [0-9]*)"');
    default:
      return reply(`-W "${completes.join(" ")}"`);
  }
}

function zsh(options: readonly CompletedOption[]): string {
  const specs = options.map((option) => {
    const { help, takesValue, name } = option;
    const written = spellings(option);
    const names = written.length === 1
      ? `'${written[0]}`
      : `'(${written.join(" ")})'{${written.join(",")}}'`;
    const value = takesValue ? `:${name}:${zshValues(option)}` : "";
    return `  ${names}[${zshText(help)}]${value}' \\`;
  });
  return `#compdef procline
# Completes procline in zsh: source <(procline --completions zsh)
_procline() {
  _arguments -S \\
${specs.map((spec) => `  ${spec}`).join("\n")}
    '*:: :_normal'
}
compdef _procline procline
`;
}

/** A text in a specification of _arguments, within single quotes. */
function zshText(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function zshValues({ completes }: CompletedOption): string {
  switch (completes) {
    case undefined:
      return " ";
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "pid":
      return "_pids";
    default:
      return `(${completes.join(" ")})`;
  }
}

function fish(options: readonly CompletedOption[]): string {
  const lines = options.map((option) => {
    const { name, short, help, takesValue } = option;
    const letter = short === undefined ? "" : ` -s ${short}`;
    const value = takesValue ? ` ${fishValues(option)}` : "";
    return `complete -c procline -l ${name}${letter}${value} -d '${
      help.replaceAll("'", "\\'")
    }'`;
  });
  return `# Completes procline in fish: procline --completions fish | source
complete -c procline -f
complete -c procline -n '__fish_seen_argument -- --' -x -a '(__fish_complete_subcommand)'
${lines.join("\n")}
`;
}

function fishValues({ completes }: CompletedOption): string {
  switch (completes) {
    case undefined:
      return "-x";
    case "file":
      return "-r -F";
    case "directory":
      return "-x -a '(__fish_complete_directories)'";
    case "pid":
      return "-x -a '(__fish_complete_pids)'";
    default:
      return `-x -a '${completes.join(" ")}'`;
  }
}
