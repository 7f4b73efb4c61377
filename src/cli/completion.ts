/** Completion scripts for shells, made from the table of commands. Pure. What they complete from disk is checked names only. */

/** A command as the shell completes it. */
export interface Completed {
  /** Words after the program's name; none for the program itself. */
  path: readonly string[];
  description: string;
  /** Names of its commands. */
  commands: readonly string[];
  /** Long options, with their dashes. */
  options: readonly { name: string; description: string }[];
  /** Whether it takes the id of a run. */
  takesRun: boolean;
}

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Ids of runs of the folder that one is in. A shell expands what it completes: nothing but an id may come in. */
const RUN_IDS = "command ls -1 .ce-workspace 2>/dev/null | command grep -E '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$'";

/** The script that teaches a shell the program's commands. */
export function writeCompletion(shell: Shell, commands: readonly Completed[]): string {
  switch (shell) {
    case "bash":
      return inBash(commands);
    case "zsh":
      return inZsh(commands);
    case "fish":
      return inFish(commands);
  }
}

const wordsOf = ({ commands, options }: Completed): string[] => [...commands, ...options.map(({ name }) => name)];
const pathOf = (command: Completed): string => command.path.map((word) => ` ${word}`).join("");

/** Finds which command is typed: `path` is its words, each with a blank before it. */
function followPath(commands: readonly Completed[]): string {
  const known = commands.filter(({ path }) => path.length > 0).map((command) => `"${pathOf(command)}"`);
  return `    case "$path $word" in\n      ${known.join("|")}) path="$path $word" ;;\n    esac`;
}

function caseOf(commands: readonly Completed[], line: (words: string) => string): string {
  const rows = commands.map((command) => `    "${pathOf(command)}") ${line(wordsOf(command).join(" "))} ;;`);
  return `  case "$path" in\n${rows.join("\n")}\n  esac`;
}

function caseOfRuns(commands: readonly Completed[], line: string): string {
  const paths = commands.filter(({ takesRun }) => takesRun).map((command) => `"${pathOf(command)}"`);
  return `  case "$path" in\n    ${paths.join("|")}) ${line} ;;\n  esac`;
}

function inBash(commands: readonly Completed[]): string {
  return `# pleach in bash: put this into your ~/.bashrc: source <(pleach completion bash)
_pleach() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" path="" words="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
${followPath(commands)}
  done
${caseOf(commands, (words) => `words="${words}"`)}
${caseOfRuns(commands, `words="$words $(${RUN_IDS})"`)}
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _pleach pleach
`;
}

function inZsh(commands: readonly Completed[]): string {
  return `#compdef pleach
# pleach in zsh: put this into your ~/.zshrc, after compinit: source <(pleach completion zsh)
_pleach() {
  local path_="" word
  local -a offered
  for word in "\${(@)words[2,CURRENT - 1]}"; do
${followPath(commands).replaceAll("$path", "$path_").replaceAll("path=", "path_=")}
  done
${caseOf(commands, (words) => `offered=(${words})`).replaceAll("$path", "$path_")}
${caseOfRuns(commands, `offered+=(\${(f)"$(${RUN_IDS})"})`).replaceAll("$path", "$path_")}
  compadd -- "\${(@)offered}"
  _files
}
compdef _pleach pleach
`;
}

function inFish(commands: readonly Completed[]): string {
  const lines = commands.flatMap((command) => {
    const [first, ...rest] = command.path;
    const seen = first === undefined ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${command.path.at(-1)}`;
    const when = rest.length === 0 ? seen : `__fish_seen_subcommand_from ${first}; and ${seen}`;
    return [
      ...command.commands.map((name) => {
        const { description = "" } =
          commands.find(({ path }) => path.join(" ") === [...command.path, name].join(" ")) ?? {};
        return `complete -c pleach -n '${when}' -a ${name} -d ${quote(description)}`;
      }),
      ...command.options.map(
        ({ name, description }) =>
          `complete -c pleach -n '${first === undefined ? "true" : when}' -l ${name.replace(/^--/, "")} -d ${quote(description)}`,
      ),
      ...(command.takesRun ? [`complete -c pleach -n '${when}' -a "(${RUN_IDS.replaceAll("$", "\\$")})"`] : []),
    ];
  });
  return `# pleach in fish: pleach completion fish > ~/.config/fish/completions/pleach.fish\n${lines.join("\n")}\n`;
}

const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
