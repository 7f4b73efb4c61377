/** Which files of the repository a gate's command line names, and what the task runner that it calls runs in turn. Pure. */
import { posix } from "node:path";
import type { Gate } from "../../plan/model.ts";

type Command = Pick<Gate, "run" | "cwd">;

/** Task runners: what they are called, and the file in their folder that says what they run. */
const RUNNERS: readonly { program: RegExp; files: readonly string[] }[] = [
  { program: /\b(?:npm|pnpm|yarn|bun)\b/, files: ["package.json"] },
  { program: /\bcomposer\b/, files: ["composer.json"] },
  { program: /\bg?make\b/, files: ["GNUmakefile", "makefile", "Makefile"] },
  { program: /\bjust\b/, files: ["justfile", "Justfile"] },
];
/** Words of one command, or of one file of a runner. */
const MAX_WORDS = 20_000;

const known = new WeakMap<Command, ReadonlySet<string>>();

/** Paths that the command line names as they stand there, relative to the worktree; whether they are there is not asked. */
export function namedBy(gate: Command): ReadonlySet<string> {
  const before = known.get(gate);
  if (before !== undefined) return before;
  const named = listWords(gate);
  known.set(gate, named);
  return named;
}

/** Files that say what the runners run that these commands call. */
export function listRunnerFiles(gates: readonly Command[]): string[] {
  const files = gates.flatMap(({ run, cwd = "" }) =>
    RUNNERS.filter(({ program }) => program.test(run)).flatMap(({ files: names }) =>
      names.map((name) => posix.normalize(posix.join(cwd, name))),
    ),
  );
  return [...new Set(files)].filter(isInside);
}

/** Paths that such a file names in what it runs. */
export function namedByRunner(path: string, text: string): ReadonlySet<string> {
  const folder = posix.dirname(path);
  const cwd = folder === "." ? "" : folder;
  return new Set(commandsIn(path, text).flatMap((run) => [...listWords({ run, cwd })]));
}

function listWords({ run, cwd = "" }: Command): ReadonlySet<string> {
  const words = run.split(/[\s;&|()<>"'`=]+/, MAX_WORDS);
  const paths = words
    .filter((word) => word !== "" && !word.startsWith("-"))
    .map((word) => posix.normalize(posix.join(cwd, word)))
    .filter(isInside);
  return new Set(paths);
}

const isInside = (path: string): boolean => path !== "." && path !== ".." && !path.startsWith("../");

function commandsIn(path: string, text: string): string[] {
  if (!path.endsWith(".json")) return [text];
  try {
    const scripts: unknown = (JSON.parse(text) as { scripts?: unknown } | null)?.scripts;
    return typeof scripts === "object" && scripts !== null
      ? Object.values(scripts)
          .flat()
          .filter((script) => typeof script === "string")
      : [];
  } catch {
    return [];
  }
}
