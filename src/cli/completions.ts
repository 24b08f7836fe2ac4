/**
 * What completes the options of procline in a shell, made from the table of options.
 *
 * @module
 */

import { COLLECTORS } from "../collect/collectors.ts";
import { CHOOSABLE, fieldNamesOf } from "../model/dictionary.ts";
import type { Option } from "./arguments.ts";
import type { Shell } from "./command.ts";
import { OPTIONS } from "./options.ts";

/** One option, as the shells need it. */
interface CompletedOption {
  readonly name: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
  readonly help: string;
  readonly completes: Option["completes"];
  readonly completesRest: Option["completesRest"];
  readonly isList: boolean;
  readonly isRepeated: boolean;
}

/** The script that completes the options in this shell. */
export function completions(shell: Shell): string {
  const options = Object.entries<Option>(OPTIONS).map(([name, option]) => ({
    name,
    short: option.short,
    takesValue: option.value !== undefined,
    help: option.help.replace(/:$/, ""),
    completes: wordsOf(name) ?? option.completes,
    completesRest: option.completesRest,
    isList: option.isList === true,
    isRepeated: option.multiple === true,
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

/** The words of options whose table is not loaded at each start; undefined for others. */
function wordsOf(name: string): readonly string[] | undefined {
  switch (name) {
    case "collect":
      return [...COLLECTORS, "all"];
    case "fields":
      return [...fieldNamesOf(CHOOSABLE)];
    default:
      return undefined;
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
  // Behind the sign in a value: --export records=
  const rests = options.filter(({ completesRest }) => completesRest === "file")
    .map(({ name }) => `    --${name}=) _procline_files -f ;;`);
  const words = options.flatMap(spellings).join(" ");
  return `# Completes procline in bash: source <(procline --completions bash)
_procline() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} i
  local sign=$((COMP_CWORD - 1))
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == -- ]]; then
      # A command and its arguments: those of the command itself.
      if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset $((i + 1))
      elif declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      elif ((i + 1 == COMP_CWORD)); then
        COMPREPLY=($(compgen -c -- "$word"))
      else
        _procline_files -f
      fi
      return
    fi
  done
  # bash takes --name=value apart at the sign.
  if [[ $word == = ]]; then
    word=
    sign=$COMP_CWORD
  fi
  if [[ $sign -gt 1 && \${COMP_WORDS[sign]} == = ]]; then
    before=\${COMP_WORDS[sign-1]}
    if [[ $before != -* ]]; then
      # The sign is within the value.
      before=\${COMP_WORDS[sign-2]}
      [[ $before == = && $sign -gt 3 ]] && before=\${COMP_WORDS[sign-3]}
      before+==
    fi
  fi
  case $before in
${[...cases, ...rests].join("\n")}
    *) COMPREPLY=($(compgen -W "${words} --" -- "$word")) ;;
  esac
}
# Words with commas between them: completes the last one.
_procline_list() {
  local given=
  [[ $word == *,* ]] && given=\${word%,*},
  COMPREPLY=($(compgen -P "$given" -W "$1" -- "\${word##*,}"))
  compopt -o nospace 2>/dev/null
}
# Names of files may hold spaces.
_procline_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$word"))
  compopt -o filenames 2>/dev/null
}
complete -F _procline procline
`;
}

function bashValues(
  { completes, completesRest, isList }: CompletedOption,
): string {
  const words = (list: string) =>
    `COMPREPLY=($(compgen -W "${list}" -- "$word"))`;
  switch (completes) {
    case undefined:
      return ":";
    case "file":
      return "_procline_files -f";
    case "directory":
      return "_procline_files -d";
    case "pid":
      return words("$(cd /proc && echo [0-9]*)");
    default: {
      const list = completes.join(" ");
      if (completesRest !== undefined) {
        return `${words(list)}; compopt -o nospace 2>/dev/null`;
      }
      return isList ? `_procline_list "${list}"` : words(list);
    }
  }
}

function zsh(options: readonly CompletedOption[]): string {
  const specs = options.map((option) => {
    const { help, takesValue, name } = option;
    // `-f+` takes its value in the same word, too, `--format=` behind the sign.
    const written = takesValue
      ? spellings(option).map((one) =>
        one.startsWith("--") ? `${one}=` : `${one}+`
      )
      : spellings(option);
    const names = written.length === 1
      ? `'${option.isRepeated ? "*" : ""}${written[0]}`
      : `'(${spellings(option).join(" ")})'{${written.join(",")}}'`;
    const value = takesValue ? `:${name}:${zshValues(option)}` : "";
    return `  ${names}[${zshText(help)}]${value}' \\`;
  });
  return `#compdef procline
# Completes procline in zsh: source <(procline --completions zsh)
_procline() {
  local -i at=\${words[(ie)--]}
  if (( at < CURRENT )); then
    # A command and its arguments: those of the command itself.
    shift at words
    (( CURRENT -= at ))
    _normal
    return
  fi
  _arguments \\
${specs.map((spec) => `  ${spec}`).join("\n")}
    '*: :(--)'
}
if [[ \$funcstack[1] == _procline ]]; then
  # Loaded from a file in fpath, at the first completion.
  _procline "$@"
else
  compdef _procline procline
fi
`;
}

/** A text in a specification of _arguments, within single quotes. */
function zshText(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function zshValues(
  { name, completes, completesRest, isList }: CompletedOption,
): string {
  switch (completes) {
    case undefined:
      return " ";
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "pid":
      return "_pids";
    default: {
      const list = completes.join(" ");
      if (completesRest !== undefined) {
        const values = completes.map((word) =>
          `${word.replace(/=$/, "")}\\:${name}\\:_files`
        );
        return ` _values -S = ${name} ${values.join(" ")}`;
      }
      // A space first: nothing is added to the words of the command.
      return isList ? ` _values -s , ${name} ${list}` : `(${list})`;
    }
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
# A command and its arguments: those of the command itself.
function __procline_command
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words); or return 1
    set -l word (commandline -ct)
    complete -C (string join -- ' ' (string escape -- $words[(math $at + 1)..-1]) $word)
end
complete -c procline -f
complete -c procline -n 'contains -- -- (commandline -opc)' -x -a '(__procline_command)'
${lines.join("\n")}
`;
}

function fishValues(
  { completes, completesRest, isList }: CompletedOption,
): string {
  switch (completes) {
    case undefined:
      return "-x";
    case "file":
      return "-r -F";
    case "directory":
      return "-x -a '(__fish_complete_directories)'";
    case "pid":
      return "-x -a '(__fish_complete_pids)'";
    default: {
      const list = completes.join(" ");
      // It completes files behind a sign by itself.
      if (completesRest !== undefined) return `-r -F -a '${list}'`;
      return isList ? `-x -a '(__fish_append , ${list})'` : `-x -a '${list}'`;
    }
  }
}
