/** Words of the commits that pleach makes, and how their objects are written. */
import { sanitizeText } from "../../terminal-text/index.ts";
import { gitText } from "./git.ts";
import { asCommit, type Repository } from "./repository.ts";

/** What tells a commit of ours apart; `effect` is the id of the effect that asked for it. */
export interface CommitTrailers {
  run: string;
  task: string;
  effect: string;
}

/**
 * The message with our trailers as its own last paragraph, so that trailer-like lines in `message` (which an agent may
 * have written, as it may a title) do not count; nothing in it acts on the terminal of who reads the history.
 */
export function composeMessage(message: string, trailers: CommitTrailers): string {
  const body =
    sanitizeText(message.replaceAll("\0", "").replaceAll("\r\n", "\n")).trim() || `Work of ${oneLine(trailers.task)}`;
  const lines = [
    `Pleach-Run: ${oneLine(trailers.run)}`,
    `Pleach-Task: ${oneLine(trailers.task)}`,
    `Pleach-Effect: ${oneLine(trailers.effect)}`,
  ];
  return `${body}\n\n${lines.join("\n")}\n`;
}

/** Writes a commit object and returns its id; nothing points at it yet. `env` may fix people and dates. */
export function writeCommit(
  repo: Repository,
  commit: { tree: string; parents: readonly string[]; message: string; env?: Readonly<Record<string, string>> },
): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ["-p", asCommit(parent)]);
  return gitText(repo.root, ["commit-tree", asCommit(commit.tree), ...parents, "-F", "-"], {
    input: commit.message,
    env: { ...repo.identity, ...commit.env },
  });
}

function oneLine(text: string): string {
  return text.replaceAll(/[\0\r\n]+/g, " ").trim();
}
