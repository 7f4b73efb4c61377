/**
 * The command line: which command takes what. The commands themselves are in `commands/`, each loaded
 * when it is called, so that `--help` and small commands start fast.
 */
import { Argument, Command, Option } from "commander";
import { readProgram } from "../actors/control/program.ts";
import { sanitizeText } from "../terminal-text/index.ts";
import { type Action, add, type Calls, examples, group, prepare } from "./add-command.ts";
import {
  budgetOption,
  outputOption,
  parseAmount,
  parseConcurrency,
  parseCount,
  parseSeq,
  trustOption,
} from "./command-options.ts";
import { SHELLS, type Shell } from "./completion.ts";
import { addEvidence } from "./evidence-command.ts";
import { fetchNothing } from "./fetch-nothing.ts";
import { parseBound, parseStates } from "./parse-paths-options.ts";
import { addSteppingIn } from "./stepping-commands.ts";
import { addTidying } from "./tidying-commands.ts";

/** The program; `report` is told the exit code of the command that ran. */
export function buildProgram(report: (code: number) => void): Command {
  /** Options given before the command count as if given after it. */
  const calls: Calls = <Args extends unknown[]>(load: () => Promise<Action<Args>>) => {
    return async (...args: unknown[]): Promise<void> => {
      const command = args.at(-1) as Command;
      // What commander gives is as the command was declared below.
      const values = [...args.slice(0, -2), command.optsWithGlobals()] as unknown[] as Args;
      const action = await load();
      report(await action(...values));
    };
  };
  const looks: Calls = (load) =>
    calls(() => {
      fetchNothing(process.env);
      return load();
    });
  const program = prepare(new Command("pleach"))
    // It repeats what was typed, or pasted.
    .configureOutput({ writeErr: (text) => process.stderr.write(sanitizeText(text)) })
    .description("Interlaces the work of several coding agents on one git repository.")
    .version(readProgram().replace("pleach ", ""))
    .enablePositionalOptions()
    .addHelpText(
      "after",
      examples("pleach init", "pleach plan check plan.md", "pleach run plan.md", "pleach status --json"),
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 the run failed, 2 bad input or usage, 3 waiting for a person, 4 damaged log, 130 interrupted",
    );
  addRunning(program, calls, looks);
  addTidying(program, looks);
  addSteppingIn(program, looks);
  addLooking(program, looks);
  addEvidence(program, looks);
  addPreparing(program, calls, looks);
  return program;
}

function addRunning(program: Command, calls: Calls, looks: Calls): void {
  add(
    program,
    "run <plan>",
    "carry out a plan, or a goal in words",
    "pleach run plan.md",
    'pleach run "make the search faster" --agent claude',
    "pleach run plan.md --no-tui",
    "pleach run plan.md --json | tee run.jsonl",
  )
    .addOption(outputOption())
    .option("--json", "one JSON line an event, on stdout")
    .option("--no-tui", "plain lines also on a terminal")
    .option("--concurrency <n>", "tasks at once; auto: as many as this machine has room for", parseConcurrency)
    .option("--agent <name>", "agent of tasks that name none")
    .option("--run-id <id>", "id of the run")
    .option("--vault <dir>", "vault that is read and written")
    .option("--no-learn", "write nothing into the vault")
    .option("--yes", "begin with a goal without asking")
    .addOption(trustOption())
    .option("--unattended", "ask nobody: conflicts are tried again, then dropped; budget and scope are not widened")
    .action(calls(async () => (await import("./commands/run.ts")).run));
  add(
    program,
    "demo",
    "carry out the bundled example in a scratch folder: no agent, no key, no network",
    "pleach demo",
    "pleach demo --no-tui",
    "pleach demo --json | tee demo.jsonl",
  )
    .addOption(outputOption())
    .option("--json", "one JSON line an event, on stdout")
    .option("--no-tui", "plain lines also on a terminal")
    .option("--concurrency <n>", "tasks at once; auto: as many as this machine has room for", parseConcurrency)
    .addHelpText("after", "\nThe scratch folder is made in the one for temporary files, or in -C DIR, and is kept.\n")
    .action(calls(async () => (await import("./commands/demo.ts")).demo));
  add(
    program,
    "attach [run]",
    "watch a run; leaving does not stop it",
    "pleach attach",
    "pleach attach 20260824 --no-tui",
  )
    .addOption(outputOption())
    .option("--json", "one JSON line an event, on stdout")
    .option("--no-tui", "plain lines also on a terminal")
    .action(looks(async () => (await import("./commands/attach.ts")).attach));
  add(
    program,
    "resume [run]",
    "go on with a run after a stop or a crash",
    "pleach resume",
    "pleach resume 20260824",
    "pleach resume --budget usd=5",
  )
    .addOption(budgetOption())
    .addOption(outputOption())
    .option("--json", "one JSON line an event, on stdout")
    .option("--no-tui", "plain lines also on a terminal")
    .option("--vault <dir>", "vault that is read and written")
    .option("--no-learn", "write nothing into the vault")
    .addOption(trustOption())
    .action(calls(async () => (await import("./commands/resume.ts")).resume));
  add(
    program,
    "retry [tasks...]",
    "try again what failed, was stopped or skipped: in a run that goes on, or opening one that is over again",
    "pleach retry",
    "pleach retry parser --fresh --agent codex",
    "pleach retry parser",
    "pleach retry 20260824/parser --no-tui",
    "pleach retry --budget usd=5",
  )
    .option("--fresh", "while the run goes on: without what its agent remembers and was told before")
    .option("--agent <name>", "while the run goes on: by this agent of the run")
    .option("--run <run>", "the run; default: the newest")
    .addOption(budgetOption())
    .addOption(outputOption())
    .option("--json", "one JSON line an event, on stdout")
    .option("--no-tui", "plain lines also on a terminal")
    .option("--vault <dir>", "vault that is read and written")
    .option("--no-learn", "write nothing into the vault")
    .addOption(trustOption())
    .action(calls(async () => (await import("./commands/retry.ts")).retry));
  add(program, "cancel [run]", "stop a run for good", "pleach cancel")
    .option("--json", "the answer as JSON")
    .addOption(trustOption())
    .action(calls(async () => (await import("./commands/cancel.ts")).cancel));
  add(
    program,
    "decide",
    "answer what waits for a person",
    "pleach decide",
    "pleach decide command-find-1 rerun",
    "pleach decide 20260824 command-find-1 rerun",
  )
    .argument("[words...]", "[RUN] [CONFLICT CHOICE]; without a choice: what waits, and the choices")
    .usage("[options] [run] [conflict choice]")
    .option("--json", "what waits, or the answer, as JSON")
    .action(looks(async () => (await import("./commands/decide.ts")).decide));
  add(
    program,
    "ship [run]",
    "merge a run's result into the branch that it started from",
    "pleach ship",
    "pleach ship --into main",
  )
    .option("--into <branch>", "merge into this branch")
    .option("--yes", "also when the run is not over")
    .option("--json", "what was done, as JSON")
    .addOption(trustOption())
    .action(calls(async () => (await import("./commands/ship.ts")).ship));
  add(
    program,
    "mcp [run]",
    "the coordination tools of a run as an MCP server on stdio, for an agent started by hand",
    "pleach mcp --stream builders",
    "claude mcp add pleach -- pleach mcp --stream builders",
  )
    .option("--stream <name>", "speak for this stream of the run")
    .action(looks(async () => (await import("./commands/mcp.ts")).mcp));
  prepare(program.command("host <run>", { hidden: true }))
    .option("--vault <dir>")
    .option("--no-learn")
    .option("--agreed <token>")
    .action(calls(async () => (await import("./commands/host.ts")).host));
}

function addLooking(program: Command, looks: Calls): void {
  add(program, "status [run]", "how a run stands", "pleach status", "pleach status --json | jq .tasks")
    .option("--json", "the status document")
    .action(looks(async () => (await import("./commands/status.ts")).status));
  add(program, "list", "the runs of this repository, the newest first", "pleach list", "pleach list -n 0 --json")
    .option("-n <count>", "so many; 0: all", parseAmount, 20)
    .option("--json", "as JSON")
    .action(looks(async () => (await import("./commands/list.ts")).list));
  add(
    program,
    "logs [task]",
    "what a task's work or a gate printed; of a task that failed, what says why",
    "pleach logs",
    "pleach logs parser",
    "pleach logs parser --gate test --attempt 1",
    "pleach logs 20260824/parser --follow",
    "pleach logs --gate test",
  )
    .option("--run <run>", "of this run; also as RUN/TASK")
    .option("--gate <name>", "of this gate: the task's own, and on the merged tree")
    .option("--attempt <n>", "of this attempt")
    .option("-f, --follow", "go on until the task or the run ends")
    .option("--json", "the output and what it is of, or the list of what there is, as JSON")
    .action(looks(async () => (await import("./commands/logs.ts")).logs));
  add(
    program,
    "events [run]",
    "what happened, a line each",
    "pleach events --follow",
    "pleach events --json | jq .type",
  )
    .option("-f, --follow", "go on until the run ends")
    .option("--records", "everything that the log holds")
    .option("--json", "JSON lines")
    .action(looks(async () => (await import("./commands/events.ts")).events));
  add(
    program,
    "replay [run]",
    "fold the log again: the state of every actor",
    "pleach replay --verify",
    "pleach replay --until 120 --json",
    "pleach replay --to-test tests/yesterday.test.ts",
  )
    .option("--until <seq>", "fold no record after this one", parseSeq)
    .option("--verify", "exit with 4 when a record asks for other effects than are recorded")
    .option("--to-test <file>", "write a Vitest test, with the log beside it, that replays the run")
    .option("--json", "states, hash and differences (or what was written) as JSON")
    .action(looks(async () => (await import("./commands/replay.ts")).replay));
  const log = group(program, "log", "look after a run's log");
  add(log, "verify [run]", "check every record", "pleach log verify", "pleach log verify --json")
    .option("--json", "as JSON")
    .action(looks(async () => (await import("./commands/log-verify.ts")).verifyLog));
}

function addPreparing(program: Command, calls: Calls, looks: Calls): void {
  const plan = group(program, "plan", "look at plans");
  add(
    plan,
    // `--prompts plan.md` takes the plan for the name of a task.
    "check [plan]",
    "dry run: every mistake, waves, critical path, speed-up",
    "pleach plan check plan.md",
    "pleach plan check plan.md --gates",
    "pleach plan check plan.md --prompts",
    "pleach plan check plan.md --prompts parser | less",
    "pleach plan check plan.md --json",
  )
    .option("--gates", "also run its gates now, in a worktree of the commit that a run would begin with")
    .usage("[options] <plan>")
    .option("--prompts [task]", "print what agents and reviewers of its tasks, or of one, are told in a first attempt")
    .option("--concurrency <n>", "tasks at once; auto: as many as this machine has room for", parseConcurrency)
    .option("--agent <name>", "agent of tasks that name none")
    .option("--vault <dir>", "vault that is read")
    .addOption(trustOption())
    .option("--json", "as JSON")
    .action(looks(async () => (await import("./commands/plan-check.ts")).planCheck));
  add(
    program,
    "init",
    "set a project up: look at it, try its gates, write pleach.yaml, a vault, ignore entries; overwrites nothing",
    "pleach init",
    "pleach init --yes",
    "pleach init --dry-run",
    "pleach init --claude",
  )
    .option("--yes", "try what is proposed without asking: set-up and each gate, in a worktree of its own")
    .option("--dry-run", "print the pleach.yaml that is proposed; write nothing, run nothing")
    .option("--claude", "also commands for Claude Code, such as /ce-parallel-run, and a plugin, into .claude")
    .option("--json", "what was found and done, as JSON")
    .action(calls(async () => (await import("./commands/init.ts")).init));
  add(
    program,
    "trust",
    "what this repository would run, and whether you agreed to it",
    "pleach trust",
    "pleach trust give",
    "pleach trust take-back",
  )
    .addArgument(
      new Argument("[what]", "show, give or take-back").choices(["show", "give", "take-back"]).default("show"),
    )
    .option("--json", "as JSON")
    .action(looks(async () => (await import("./commands/trust.ts")).trust));
  const vault = group(program, "vault", "what runs taught");
  add(
    vault,
    "init [dir]",
    "lay down what a vault lacks; overwrites nothing",
    "pleach vault init",
    "pleach vault init ../notes",
  )
    .option("--json", "what was created, as JSON")
    .action(looks(async () => (await import("./commands/vault.ts")).vaultInit));
  add(
    vault,
    "check [dir]",
    "what is broken, doubled, stale or contradicting in a vault; changes no note",
    "pleach vault check",
    "pleach vault check ../notes --full",
    "pleach vault check --json | jq .counts",
  )
    .option("--vault <dir>", "the same as naming the folder")
    .option("--all", "everything of the vaults that are only read and of what the repository notes, too")
    .option("--full", "every problem, not only the first ones of each kind")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExits with 1 when there are errors, and with 0 when there are none or only warnings.\n")
    .action(looks(async () => (await import("./commands/vault-check.ts")).vaultCheck));
  add(
    vault,
    "search <words...>",
    "notes that hold these words, best first; nothing in the words is syntax",
    'pleach vault search "merge conflict"',
    'pleach vault search --limit 3 -- "--force lost my work"',
  )
    .option("--vault <dir>", "vault that is searched first")
    .option("--limit <n>", "notes at most (20)", parseCount)
    .option("--json", "as JSON")
    .action(looks(async () => (await import("./commands/vault.ts")).vaultSearch));
  add(
    program,
    "paths <module>",
    "paths through an XState machine: what is reached, diagrams, tests",
    "pleach paths src/door.ts",
    "pleach paths src/door.ts --events examples.yaml --bound tries=3 --run",
    "pleach paths src/door.ts --export door --coverage pairs --out src/door.paths.test.ts",
    "pleach paths src/door.ts --format mermaid > door.mmd",
  )
    .option("--export <name>", "the machine, if the module exports several")
    .option("--coverage <what>", "states, transitions, pairs, shortest, simple or random:N", "transitions")
    .option("--seed <n>", "of the walks of random:N", parseSeq, 1)
    .option("--bound <path=n>", "explore no further beyond this number (or length) in the context", parseBound, {})
    .option("--max-states <n>", "explore at most so many states with their contexts", parseStates, 2_000)
    .option("--events <file>", "example payloads by event, JSON or YAML")
    .option("--input <file>", "the machine's input, JSON or YAML")
    .option("--out <file>", "write a Vitest file, keeping what you wrote in it")
    .option("--force", "write it although it was changed outside the parts that are kept")
    .option("--run", "walk the paths in the runtime now, comparing replay with live after each step")
    .addOption(new Option("--format <how>", "what is printed").choices(["text", "json", "mermaid", "dot", "md"]))
    .option("--json", "the same as --format json")
    .action(calls(async () => (await import("./commands/paths.ts")).paths));
  add(
    program,
    "doctor",
    "check this machine and this folder, and what dead runs left there",
    "pleach doctor",
    "pleach doctor --fix",
    "pleach doctor --fix --dry-run",
    "pleach doctor --json | jq .leftovers",
  )
    .option("--fix", "first mend what is left over: processes, sockets, locks, worktrees, branches; no work is lost")
    .option("--dry-run", "with --fix: only say what would be done")
    .option("--json", "as JSON")
    .action(looks(async () => (await import("./commands/doctor.ts")).doctor));
  add(
    program,
    "agents",
    "the coding agents of this machine: version, login, what they can, and how they did in the runs here",
    "pleach agents",
    "pleach agents --all",
    "pleach agents --json | jq '.agents[] | select(.ready).name'",
  )
    .option("--all", "also those that are not installed, and where they come from")
    .option("--json", "as JSON")
    .addHelpText("after", "\nNothing is installed or asked that costs. Exits with 0, also where no agent can work.\n")
    .action(looks(async () => (await import("./commands/agents.ts")).agents));
  add(
    program,
    "completion",
    "the script that teaches a shell these commands",
    "source <(pleach completion bash)",
    "pleach completion fish > ~/.config/fish/completions/pleach.fish",
  )
    .addArgument(new Argument("<shell>", "which shell").choices([...SHELLS]))
    .action(
      looks(async () => {
        const { completion } = await import("./commands/completion.ts");
        return (shell: Shell) => completion(shell, program);
      }),
    );
}
