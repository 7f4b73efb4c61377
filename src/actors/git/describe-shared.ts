/** What changed of what all worktrees share, in words: from what to what, and whether it was put back. */
import { quoteForShell } from "./refusals.ts";
import { isSecret } from "./restore-shared.ts";
import type { SharedChange } from "./shared-snapshot.ts";

interface Outcome {
  isBack: boolean;
  /** The ref that holds an entry of the stash. */
  held: string | null;
  /** Whether it was done in the person's own checkout. */
  isPersons: boolean;
}

/** git tells keys in small letters. */
const SPELLED: Readonly<Record<string, string>> = {
  "core.hookspath": "core.hooksPath",
  "core.sshcommand": "core.sshCommand",
};
/** Kind of settings -> the command that changes them. */
const COMMANDS: Readonly<Record<string, string>> = {
  config: "git config",
  "config.worktree": "git config --worktree",
  global: "git config --global",
  "global.xdg": "git config --file ~/.config/git/config",
};
/** How a person calls them. */
const CALLED: Readonly<Record<string, string>> = {
  global: "your ~/.gitconfig",
  "global.xdg": "your ~/.config/git/config",
};
const MAX_LENGTH = 80;

/** One line. */
export function describeChange(change: SharedChange, { isBack, held, isPersons }: Outcome): string {
  const end = isBack ? ", put back" : isPersons ? ", made in your checkout" : describeUndo(change);
  return `${describe(change, held)}${end}`;
}

/** How a person takes a setting back that was left; "" for anything else. */
function describeUndo({ name, before }: SharedChange): string {
  const [kind, key] = split(name);
  const config = COMMANDS[kind];
  if (config === undefined) return "";
  const values = before === null ? [] : (JSON.parse(before) as (string | null)[]);
  const [old = "true"] = values;
  // What may be a secret stands in no log.
  const isUntold =
    (isSecret(key) && before !== null) ||
    withoutLogin(key) !== key ||
    values.length > 1 ||
    (old?.length ?? 0) > MAX_LENGTH ||
    /[\p{Cc}\p{Cf}]/u.test(`${key}${old}`);
  const change = before === null ? `--unset-all ${quote(key)}` : `${quote(key)} ${quote(old ?? "true")}`;
  return `, left as it is (to undo: ${config} ${isUntold ? "--edit" : change})`;
}

/** Keys may name an address with a password in it. */
const withoutLogin = (key: string): string => key.replace(/\/\/[^/@]{0,1000}@/g, "//…@");

/** A word of a command, in quotes where it needs them. */
const quote = (word: string): string => (/^[\w./:@+-]+$/.test(word) ? word : quoteForShell(word));

function describe({ name, before, after }: SharedChange, held: string | null): string {
  const [kind = "", rest = ""] = split(name);
  if (kind === "stash") return describeStash(rest, before ?? after ?? "", before === null, held);
  if (kind === "hook") return `hooks/${rest} ${before === null ? "added" : after === null ? "removed" : "changed"}`;
  if (kind === "worktree") return `the worktree of ${rest} was removed (${before})`;
  if (COMMANDS[kind] !== undefined) {
    const called = CALLED[kind] ?? kind;
    if (rest === "(unreadable)") return `${called} made unreadable`;
    const key = withoutLogin(SPELLED[rest] ?? rest);
    return isSecret(rest) ? `${called} ${key} changed` : `${called} ${key}: ${setting(before)} -> ${setting(after)}`;
  }
  if (kind === "ref") return `${rest} ${moved(short(before), short(after))}`;
  return name === "HEAD" ? `HEAD ${moved(before, after)}` : `${rest || kind} changed`;
}

function describeStash(commit: string, message: string, isNew: boolean, held: string | null): string {
  const entry = `stash ${commit.slice(0, 12)} (${cut(message)})`;
  if (isNew) return `${entry} left behind`;
  return `${entry} taken out${held === null ? "" : `, held by ${held}`}`;
}

function moved(before: string | null, after: string | null): string {
  if (before === null) return `added at ${after}`;
  return after === null ? `removed, was at ${before}` : `from ${before} to ${after}`;
}

function setting(json: string | null): string {
  if (json === null) return "unset";
  const values = JSON.parse(json) as (string | null)[];
  return cut(values.map((value) => value ?? "true").join(", ")) || '""';
}

const short = (commit: string | null): string | null => commit?.slice(0, 12) ?? null;

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

function split(name: string): [string, string] {
  const end = name.indexOf(" ");
  return end < 0 ? [name, ""] : [name.slice(0, end), name.slice(end + 1)];
}
