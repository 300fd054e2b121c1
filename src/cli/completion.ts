/**
 * Scripts that complete command lines in a shell, from the descriptions of commands. They hold all words themselves,
 * so that no key waits for a runtime to start.
 *
 * @module
 */
import { type Command, listOptions, type Option } from "./command.ts";
import { describeEffect } from "./help.ts";

/** Makes a script for some commands. */
export type ScriptMaker = (commands: readonly Command[]) => string;

/** The words of an option that takes only some; none where it takes others. */
function listWords({ choices }: Option<unknown>): string[] {
  return [...choices?.keys() ?? []];
}

/** A text in single quotes, as `sh` reads it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const bash: ScriptMaker = (commands) => {
  const values = commands.flatMap((command) => {
    // Options by the words that they take; none of them takes a file.
    const byWords = new Map<string, string[]>();
    for (const [name, option] of listOptions(command)) {
      if (option.placeholder === undefined || option.isPath) continue;
      const words = listWords(option).join(" ");
      byWords.set(words, [...byWords.get(words) ?? [], quote(`${command.name} ${name}`)]);
    }
    return [...byWords].map(([words, names]) =>
      `    ${names.join("|")}) words=${quote(words)}; compopt +o default ;;`
    );
  });
  const options = commands.map((command) =>
    `        ${command.name}) words=${
      quote(listOptions(command).map(([name]) => name).join(" "))
    } ;;`
  );
  const operands = commands.filter(({ operands }) => operands?.choices !== undefined)
    .map(({ name, operands }) =>
      `        ${name}) words=${quote(operands!.choices!.join(" "))} ;;`
    );
  return `# Completes wdstream in bash: eval "$(wdstream completion bash)"
_wdstream() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=''
  COMPREPLY=()
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join("\n")}
    *)
      if [ "$COMP_CWORD" -eq 1 ]; then
        words=${quote(commands.map(({ name }) => name).join(" "))}
      elif [ "\${word:0:1}" = - ]; then
        case "\${COMP_WORDS[1]}" in
${options.join("\n")}
        esac
      else
        case "\${COMP_WORDS[1]}" in
${operands.join("\n")}
        esac
      fi ;;
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$word")); fi
}
complete -o default -F _wdstream wdstream`;
};

const zsh: ScriptMaker = (commands) => {
  const bracket = (text: string): string => text.replace(/[[\]:\\]/g, (sign) => `\\${sign}`);
  const lines = commands.map((command) => {
    const specs = listOptions(command).map(([name, option]) => {
      const { placeholder, isPath } = option;
      const values = isPath ? "_files" : option.choices ? `(${listWords(option).join(" ")})` : " ";
      const value = placeholder === undefined ? "" : `:${name.slice(2)}:${values}`;
      return quote(`${name}[${bracket(describeEffect(option))}]${value}`);
    });
    const words = command.operands?.choices?.join(" ");
    const operands = words === undefined ? "'*:file:_files'" : quote(`1:word:(${words})`);
    return `    ${command.name}) _arguments ${[...specs, operands].join(" ")} ;;`;
  });
  return `#compdef wdstream
# Completes wdstream in zsh: eval "$(wdstream completion zsh)"
_wdstream() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${lines.join("\n")}
  esac
}
compdef _wdstream wdstream`;
};

const fish: ScriptMaker = (commands) => {
  const escape = (text: string): string =>
    `'${text.replace(/['\\]/g, (character) => `\\${character}`)}'`;
  const lines = commands.flatMap((command) => {
    const { name, summary, operands } = command;
    const within = `complete -c wdstream -n ${escape(`__fish_seen_subcommand_from ${name}`)}`;
    return [
      `complete -c wdstream -n __fish_use_subcommand -f -a ${name} -d ${escape(summary)}`,
      ...listOptions(command).map(([name, option]) => {
        const { placeholder, choices, isPath } = option;
        const takes = placeholder === undefined ? "" : isPath ? " -r -F" : " -x";
        // fish reads the list of words once more.
        const words = [...choices ?? []].map(([word, meaning]) =>
          meaning === undefined ? word : `${word}\\t${escape(meaning)}`
        );
        const values = words.length === 0 ? "" : ` -a ${escape(words.join(" "))}`;
        return `${within} -l ${name.slice(2)}${takes}${values} -d ${
          escape(describeEffect(option))
        }`;
      }),
      ...operands?.choices === undefined
        ? []
        : [`${within} -f -a ${escape(operands.choices.join(" "))}`],
    ];
  });
  return `# Completes wdstream in fish: wdstream completion fish | source\n${lines.join("\n")}`;
};

/** The script of each shell. */
export const SCRIPTS: Readonly<Record<"bash" | "zsh" | "fish", ScriptMaker>> = { bash, zsh, fish };
